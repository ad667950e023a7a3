import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';

let api: TestApi;
let reporter: Requester;
let pupils: string[];
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
  reporter = await api.as('weiyuan-a');
  const { items } = (await (await reporter.get('/pupils')).json()) as { items: { id: string }[] };
  pupils = items.map((one) => one.id).filter((id) => id !== reporter.personId);
});
afterAll(() => api.stop());

const raise = async (indicators: Parameters<typeof observationInput>[1] = {}): Promise<string> => {
  const pupilId = pupils.pop() ?? '';
  const sent = await reporter.post('/observations', observationInput(pupilId, indicators));
  expect(sent.status).toBe(201);
  const [row] = await api.admin<{ id: string }[]>`select id from app.alerts
    where pupil_id = ${pupilId} and status <> 'closed' order by raised_at desc`;
  return row?.id ?? '';
};
const red = () => raise({ indicators: ['SUI02'] });
const aboutStaff = () => raise({ indicators: ['BUL01'], aboutWhom: 'school_staff' });
const acknowledge = async (
  account: string,
  id: string,
  body: unknown = { nextStep: 'talk_today' },
) => (await api.as(account)).post(`/alerts/${id}/acknowledgement`, body);
const outcome = async (response: Response) => ({
  status: response.status,
  code: ((await response.json()) as { code?: string }).code ?? null,
});
const stored = async (id: string) =>
  (await api.admin`select status, acknowledged_by, version from app.alerts where id = ${id}`)[0];

describe('an alert is acknowledged', () => {
  test('by its holder, with a next step and a note that only readers of the alert read', async () => {
    const id = await raise();
    const answer = await acknowledge('banzhuren', id, {
      nextStep: 'talk_today',
      note: ' 放学后谈 ',
    });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({
      status: 'acknowledged',
      version: 2,
      canAcknowledge: false,
      acknowledgement: { nextStep: 'talk_today', note: '放学后谈' },
      events: [{ kind: 'raised', by: null }, { kind: 'acknowledged' }],
    });
    const [row] = await api.admin<{ note: Buffer }[]>`select note from app.alerts where id = ${id}`;
    expect(row?.note.includes(Buffer.from('放学'))).toBe(false);
  });

  test('by any counsellor, also when about school staff', async () => {
    expect((await acknowledge('zixun', await raise())).status).toBe(201);
    expect((await acknowledge('zixun', await red())).status).toBe(201);
    expect((await acknowledge('zixun', await aboutStaff())).status).toBe(201);
  });

  test('by anyone on the red duty list when it is red, and not when it is not', async () => {
    expect((await acknowledge('deyu', await red())).status).toBe(201);
    const orange = await raise({ indicators: ['SUI07'] });
    expect(await outcome(await acknowledge('deyu', orange))).toEqual({
      status: 403,
      code: 'alert.not-on-duty',
    });
  });

  test('by nobody who merely sees it', async () => {
    const id = await red();
    for (const account of ['banzhuren', 'nianji', 'xiaozhang']) {
      const seen = await (await (await api.as(account)).get(`/alerts/${id}`)).json();
      expect(seen).toMatchObject({ id, canAcknowledge: false });
      expect(await outcome(await acknowledge(account, id))).toEqual({
        status: 403,
        code: 'alert.not-on-duty',
      });
    }
    expect(await stored(id)).toEqual({ status: 'open', acknowledged_by: null, version: 1 });
  });

  test('by nobody who does not see it, who is not told that it exists', async () => {
    const ids = [await red(), await aboutStaff()];
    const nothing = await (await acknowledge('admin', crypto.randomUUID())).text();
    const cases = [
      ['weiyuan-a', ids],
      ['admin', ids],
      ['baohu', ids],
      ['banzhuren-2', ids],
      ['banzhuren', ids.slice(1)],
      ['xiaozhang', ids.slice(1)],
      ['deyu', ids.slice(1)],
    ] as const;
    for (const [account, invisible] of cases)
      for (const id of invisible) {
        const refused = await acknowledge(account, id);
        expect({ status: refused.status, body: await refused.text() }).toEqual({
          status: 404,
          body: nothing,
        });
      }
  });

  test('no longer by one whose duty has ended', async () => {
    const id = await red();
    const leader = await api.as('deyu');
    await api.admin`update app.duty_slots set ends_at = now() where person_id = ${leader.personId}`;
    expect((await acknowledge('deyu', id)).status).toBe(403);
    await api.admin`update app.duty_slots set ends_at = null where person_id = ${leader.personId}`;
    expect((await acknowledge('deyu', id)).status).toBe(201);
  });

  test('once: who comes second gets the current copy, without its words', async () => {
    const id = await red();
    const note = '已经和他谈过';
    expect((await acknowledge('xinli', id, { nextStep: 'talk_today', note })).status).toBe(201);
    const second = await acknowledge('zixun', id, { nextStep: 'other' });
    expect(second.status).toBe(409);
    expect(await second.json()).toMatchObject({
      code: 'alert.already-acknowledged',
      current: {
        id,
        status: 'acknowledged',
        acknowledgement: { nextStep: 'talk_today', note: null },
      },
    });
  });

  test('once, when several answer at the same moment', async () => {
    const id = await red();
    const people = await Promise.all(['xinli', 'zixun', 'deyu', 'xinli'].map((one) => api.as(one)));
    const answers = await Promise.all(
      people.map((who) => who.post(`/alerts/${id}/acknowledgement`, { nextStep: 'go_to_pupil' })),
    );
    expect(answers.map((one) => one.status).sort()).toEqual([201, 409, 409, 409]);
    const events =
      await api.admin`select from app.alert_events where alert_id = ${id} and kind = 'acknowledged'`;
    expect(events).toHaveLength(1);
    expect(await stored(id)).toMatchObject({ status: 'acknowledged', version: 2 });
  });

  test('with a next step of the list and a note of at most 300 characters', async () => {
    const id = await raise();
    for (const body of [{}, { nextStep: 'nothing' }, { nextStep: 'other', note: '字'.repeat(301) }])
      expect((await acknowledge('banzhuren', id, body)).status).toBe(422);
    expect(
      (await acknowledge('banzhuren', id, { nextStep: 'other', note: '字'.repeat(300) })).status,
    ).toBe(201);
  });
});

describe('“I am with the pupil”', () => {
  test('is shown to everyone who sees the alert, and stops no clock', async () => {
    const id = await red();
    const before = await stored(id);
    for (const account of ['banzhuren', 'nianji'])
      expect((await (await api.as(account)).post(`/alerts/${id}/companions`, {})).status).toBe(201);
    expect(await stored(id)).toEqual(before);
    const seen = (await (await (await api.as('xinli')).get(`/alerts/${id}`)).json()) as {
      events: { kind: string; by: string | null }[];
    };
    expect(seen.events.map((one) => one.kind)).toEqual(['raised', 'with_pupil', 'with_pupil']);
    expect(new Set(seen.events.map((one) => one.by)).size).toBe(3);
  });

  test('is not said of an alert one does not see', async () => {
    const id = await aboutStaff();
    for (const account of ['banzhuren', 'weiyuan-a', 'admin'])
      expect((await (await api.as(account)).post(`/alerts/${id}/companions`, {})).status).toBe(404);
  });
});
