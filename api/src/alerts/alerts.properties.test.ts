import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import {
  aboutWhomValues,
  asksAboutWhom,
  colours,
  indicatorsFor,
  knownByValues,
  tiers,
} from '@shaodian/rules';
import type { AboutWhom, Colour, Tier } from '@shaodian/rules';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

interface State {
  id: string;
  counsellor_only: boolean;
  colour: Colour;
  tier: Tier;
  status: string;
  held: boolean;
  guardian_locked: boolean;
  version: number;
}

let api: TestApi;
let reporters: Requester[];
let counsellor: Requester;
let pupils: string[];
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  reporters = [await api.as('weiyuan-a'), await api.as('weiyuan-b'), await api.as('banzhuren')];
  counsellor = await api.as('xinli');
  const { items } = (await (await counsellor.get('/pupils?limit=200')).json()) as {
    items: { id: string; class: { name: string } }[];
  };
  const busy = await api.admin<
    { pupil_id: string }[]
  >`select pupil_id from app.alerts union select person_id from app.committee_seats`;
  const taken = new Set(busy.map((row) => row.pupil_id));
  pupils = items
    .filter((one) => one.class.name === '七(1)班' && !taken.has(one.id))
    .map((one) => one.id);
});
afterAll(() => api.stop());

const peerCodes = indicatorsFor('peer').map((one) => one.code);
const report = fc.record({
  kind: fc.constant('report' as const),
  by: fc.nat(2),
  codes: fc.uniqueArray(fc.constantFrom(...peerCodes), { minLength: 1, maxLength: 3 }),
  knownBy: fc.constantFrom(...knownByValues),
  aboutWhom: fc.option(fc.constantFrom<AboutWhom>(...aboutWhomValues)),
});
const act = fc.constantFrom({ kind: 'acknowledge' as const }, { kind: 'wait' as const });
const steps = fc.array(fc.oneof({ weight: 3, arbitrary: report }, { weight: 1, arbitrary: act }), {
  minLength: 1,
  maxLength: 6,
});

const stateOf = (pupilId: string) =>
  api.admin<
    State[]
  >`select id, counsellor_only, colour, tier, status, holder_id is not null as held, guardian_locked, version
    from app.alerts where pupil_id = ${pupilId} order by counsellor_only`;

function assertNotLower(before: readonly State[], after: readonly State[]): void {
  for (const one of before) {
    const now = after.find((other) => other.id === one.id);
    expect(now).toBeDefined();
    expect(colours.indexOf(now?.colour ?? 'blue')).toBeGreaterThanOrEqual(
      colours.indexOf(one.colour),
    );
    expect(tiers.indexOf(now?.tier ?? 'class')).toBeGreaterThanOrEqual(tiers.indexOf(one.tier));
    expect(now?.version).toBeGreaterThanOrEqual(one.version);
    if (one.guardian_locked) expect(now?.guardian_locked).toBe(true);
  }
}

test('whatever comes in, and in whatever order: an open alert is never lowered, there is one for each circle of readers, and somebody holds it', async () => {
  let raised = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      // Starts anew with the same pupils when they have run out: shrinking asks for more runs than there are pupils.
      const pupilId = pupils.shift() ?? '';
      pupils.push(pupilId);
      await api.admin`update app.alerts set status = 'closed' where pupil_id = ${pupilId}`;
      const closed = new Set((await stateOf(pupilId)).map((one) => one.id));
      const open = async () => (await stateOf(pupilId)).filter((one) => !closed.has(one.id));
      let now = Date.now();
      for (const step of sequence) {
        const before = await open();
        if (step.kind === 'wait') now += 40 * 60_000;
        api.setNow(new Date(now));
        if (step.kind === 'acknowledge')
          for (const { id } of before.filter((one) => one.status === 'open'))
            expect(
              (await counsellor.post(`/alerts/${id}/acknowledgement`, { nextStep: 'talk_today' }))
                .status,
            ).toBe(201);
        if (step.kind === 'report') {
          const aboutWhom = step.aboutWhom ?? (step.codes.some(asksAboutWhom) ? 'unknown' : null);
          const body = observationInput(pupilId, {
            indicators: step.codes,
            knownBy: step.knownBy,
            aboutWhom,
          });
          expect((await reporters[step.by]?.post('/observations', body))?.status).toBe(201);
        }
        const after = await open();
        assertNotLower(before, after);
        for (const hidden of [true, false])
          expect(after.filter((one) => one.counsellor_only === hidden).length).toBeLessThanOrEqual(
            1,
          );
        expect(after.every((one) => one.held && one.status !== 'closed')).toBe(true);
        raised = Math.max(raised, after.length);
      }
    }),
    { numRuns: 30, seed: 20261124 },
  );
  expect(raised).toBe(2);
});
