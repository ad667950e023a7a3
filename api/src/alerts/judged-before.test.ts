import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { ObservationInput } from '../observations/observations.schemas.ts';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';

let api: TestApi;
let girl: Requester;
let pupils: string[];
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
  girl = await api.as('weiyuan-a');
  const boy = await api.as('weiyuan-b');
  const { items } = (await (await girl.get('/pupils')).json()) as { items: { id: string }[] };
  // The last of the list: the demo's stories are about the first.
  pupils = items.map((one) => one.id).filter((id) => id !== girl.personId && id !== boy.personId);
});
afterAll(() => api.stop());

const nextPupil = (): string => pupils.pop() ?? '';
const observe = async (pupil: string, changes: Partial<ObservationInput>) => {
  const answer = await girl.post('/observations', observationInput(pupil, changes));
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: string }).id;
};
const close = (pupil: string, counsellorOnly = false) =>
  api.admin`update app.alerts set status = 'closed' where pupil_id = ${pupil} and counsellor_only = ${counsellorOnly}`;
const openOn = (pupil: string) =>
  api.admin`select a.colour, a.ack_clock, a.counsellor_only, a.mandatory_report,
      array(select e.observation_id::text from app.alert_evidence e where e.alert_id = a.id order by 1) as evidence
    from app.alerts a where a.pupil_id = ${pupil} and a.status <> 'closed'`;

describe('after an alert was closed', () => {
  test('a sign that alone starts nothing starts nothing, whatever was judged', async () => {
    const pupil = nextPupil();
    await observe(pupil, { indicators: ['SUI02'] });
    await close(pupil);
    await observe(pupil, { indicators: ['MOO05'] });
    expect(await openOn(pupil)).toEqual([]);
  });

  test('a new concern raises what it is worth, with the old evidence beside it', async () => {
    const pupil = nextPupil();
    const old = await observe(pupil, { indicators: ['SUI02'] });
    await close(pupil);
    const fresh = await observe(pupil, { indicators: ['MOO01'] });
    expect(await openOn(pupil)).toMatchObject([{ colour: 'blue', evidence: [old, fresh].sort() }]);
  });

  test('an emergency is red again', async () => {
    const pupil = nextPupil();
    await observe(pupil, { indicators: ['SUI02'] });
    await close(pupil);
    await observe(pupil, { indicators: ['SUI02'] });
    expect(await openOn(pupil)).toMatchObject([{ colour: 'red' }]);
  });

  test('what only counsellors closed is not judged for the others', async () => {
    const pupil = nextPupil();
    await observe(pupil, { indicators: ['MOO01'] });
    await observe(pupil, { indicators: ['ABU03'], aboutWhom: 'school_staff' });
    await close(pupil, true);
    const [before] = await openOn(pupil);
    await observe(pupil, { indicators: ['MOO05'] });
    const [after] = await openOn(pupil);
    expect(after).toMatchObject({ counsellor_only: false });
    expect(after?.['evidence']).toHaveLength(before?.['evidence'].length + 1);
  });
});

describe('what the form asks beside a sign', () => {
  test('is stored with it and judged', async () => {
    const [ticked, not] = [nextPupil(), nextPupil()];
    const about: Partial<ObservationInput> = { indicators: ['BUL03'], aboutWhom: 'classmate' };
    await observe(ticked, { ...about, conditionsMet: ['BUL03'] });
    await observe(not, about);
    expect(await openOn(ticked)).toMatchObject([
      { ack_clock: 'orange-immediate', mandatory_report: true },
    ]);
    expect(await openOn(not)).toMatchObject([{ ack_clock: 'orange', mandatory_report: false }]);
    const read = await (await api.as('xinli')).get(`/observations?pupil=${ticked}`);
    expect(await read.json()).toMatchObject({ items: [{ conditionsMet: ['BUL03'] }] });
  });

  test.each([
    ['of a sign that is not chosen', { indicators: ['MOO01'], conditionsMet: ['PSY01'] }],
    ['of a sign that asks nothing', { indicators: ['MOO01'], conditionsMet: ['MOO01'] }],
  ])('is refused %s', async (_, changes) => {
    const input = { ...observationInput(nextPupil()), ...changes };
    expect((await girl.post('/observations', input)).status).toBe(422);
  });
});
