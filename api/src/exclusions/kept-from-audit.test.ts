import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

let api: TestApi;
let lead: Requester;
let counsellor: Requester;
let officer: Requester;
let kept: { readonly pupil: string; readonly alert: string };
let other: { readonly pupil: string; readonly alert: string };
const exclusions: string[] = [];

// Two pupils with an alert each; the lead counsellor and the officer are kept away from the first, and a counsellor looks at both.
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  [lead, counsellor, officer] = [
    await api.as('xinli'),
    await api.as('zixun'),
    await api.as('baohu'),
  ];
  const girl = await api.as('weiyuan-a');
  const { items } = await read<{ items: { id: string }[] }>(girl, '/pupils');
  const pupils = items.map((one) => one.id).filter((id) => id !== girl.personId);
  const raised = async (pupil: string) => {
    const input = observationInput(pupil, { indicators: ['SUI02'] } as never);
    expect((await girl.post('/observations', input)).status).toBe(201);
    const [alert] = await api.admin`select id from app.alerts where pupil_id = ${pupil}`;
    return { pupil, alert: String(alert?.['id']) };
  };
  [kept, other] = [await raised(pupils[0] ?? ''), await raised(pupils[1] ?? '')];
  for (const person of [lead.personId, officer.personId]) {
    const exclusion = { person, kind: 'is_the_concern' };
    const decided = await counsellor.post(`/pupils/${kept.pupil}/exclusions`, exclusion);
    exclusions.push(((await decided.json()) as { id: string }).id);
  }
  for (const { pupil, alert } of [kept, other]) {
    await read(counsellor, `/alerts/${alert}`);
    await read(counsellor, `/pupils/${pupil}/exclusions`);
  }
});
afterAll(() => api.stop());

const read = async <T>(who: Requester, path: string): Promise<T> => {
  const answer = await who.get(path);
  expect([path, answer.status]).toEqual([path, 200]);
  return (await answer.json()) as T;
};
const readersOf = async (who: Requester, pupil: string) =>
  (await read<{ items: { action: string; name: string }[] }>(who, `/pupils/${pupil}/readers`))
    .items;

describe('who is kept away from a pupil', () => {
  test('does not learn from the readers of the pupil that anybody looked', async () => {
    expect((await readersOf(lead, other.pupil)).map((one) => one.action)).toContain('alert.read');
    expect(await readersOf(lead, kept.pupil)).toEqual([]);
    // As of a pupil whom nobody else looked at: the own look is there the next time.
    expect((await readersOf(lead, kept.pupil)).map((one) => one.action)).toEqual(['readers.read']);
  });

  test('finds nothing in the audit of what others did about the pupil', async () => {
    for (const who of [lead, officer]) {
      const audit = JSON.stringify(await read(who, '/audit?limit=200'));
      expect(audit).toContain(`alert:${other.alert}`);
      expect(audit).not.toContain(kept.alert);
    }
    const audit = JSON.stringify(await read(officer, '/audit?limit=200'));
    for (const id of exclusions) expect(audit).not.toContain(id);
  });

  test('still finds what they did themselves', async () => {
    const own = await read<{ items: { action: string }[] }>(lead, '/audit?mine=1&limit=200');
    expect(own.items.map((one) => one.action)).toContain('readers.read');
  });

  test('is nobody else: the audit of an officer without a conflict is whole', async () => {
    await api.admin`update app.exclusions set ends_at = now(), ended_by = ${counsellor.personId} where person_id = ${officer.personId}`;
    const audit = JSON.stringify(await read(officer, '/audit?limit=200'));
    for (const id of [...exclusions, kept.alert]) expect(audit).toContain(id);
  });
});
