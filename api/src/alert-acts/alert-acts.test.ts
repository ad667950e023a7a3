import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { carryOutDue, deliverAll, observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

let api: TestApi;
let reporter: Requester;
let pupils: string[];
const start = new Date('2026-11-25T10:00:00+08:00');
const people: Record<string, Requester> = {};

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  api.setNow(start);
  reporter = await api.as('weiyuan-a');
  for (const account of ['banzhuren', 'nianji', 'xinli', 'zixun', 'deyu', 'xiaozhang', 'admin'])
    people[account] = await api.as(account);
  const { items } = (await (await reporter.get('/pupils')).json()) as { items: { id: string }[] };
  const known = await api.admin<{ pupil_id: string }[]>`select distinct pupil_id from app.alerts`;
  pupils = items
    .map(({ id }) => id)
    .filter((id) => id !== reporter.personId && known.every(({ pupil_id }) => pupil_id !== id));
});
afterAll(() => api.stop());

const by = (account: string): Requester => {
  const who = people[account];
  if (!who) throw new Error(`nobody is ${account}`);
  return who;
};
type Code = 'MOO01' | 'MOO02' | 'SUI02' | 'SUI07' | 'FAM02' | 'ABU01';
const observe = async (pupil: string, code: Code, aboutWhom: 'family' | null = null) => {
  const body = observationInput(pupil, {
    indicators: [code],
    aboutWhom,
    observedOn: '2026-11-24',
  });
  const answer = await reporter.post('/observations', body);
  expect(answer.status).toBe(201);
};
const raise = async (code: Code, aboutWhom: 'family' | null = null) => {
  const pupil = pupils.pop() ?? '';
  await observe(pupil, code, aboutWhom);
  const [alert] = await api.admin<{ id: string; colour: string; holder_id: string }[]>`
    select id, colour, holder_id from app.alerts where pupil_id = ${pupil} and status <> 'closed'`;
  if (!alert) throw new Error('no alert was raised');
  return { ...alert, pupil };
};
const acknowledge = async (account: string, id: string) => {
  const answer = await by(account).post(`/alerts/${id}/acknowledgement`, {
    nextStep: 'talk_today',
  });
  expect(answer.status).toBe(201);
};
const why = {
  reason: '谈过两次，睡眠和上课都好了，家里也有人陪。',
  raiseAgain: '再说起不想活，或者连续三天不吃饭。',
};
const close = { act: 'close', outcome: 'supported', ...why } as const;
const lower = (colour: string) => ({ act: 'lower', colour, ...why }) as const;
const clear = { act: 'clear_guardian', reason: '已核实：不是家里人，可以告诉妈妈。' } as const;
const propose = async (account: string, id: string, body: object) => {
  const answer = await by(account).post(`/alerts/${id}/proposals`, body);
  return {
    status: answer.status,
    ...((await answer.json()) as { id: string; state?: string; code?: string }),
  };
};
const decide = async (account: string, id: string, agree = true) => {
  const answer = await by(account).post(`/proposals/${id}/decision`, { agree });
  const body = (await answer.json()) as { code?: string };
  return answer.status === 201 ? 'decided' : body.code;
};
const withdraw = async (account: string, id: string) => {
  const answer = await by(account).post(`/proposals/${id}/withdrawal`, {});
  const body = (await answer.json()) as { code?: string };
  return answer.status === 201 ? 'withdrawn' : body.code;
};
const stateOf = async (id: string) => {
  const [row] = await api.admin<
    { status: string; colour: string; guardian_locked: boolean; outcome: string | null }[]
  >`select status, colour, guardian_locked, outcome from app.alerts where id = ${id}`;
  return row;
};
const runningClocks = async (id: string) =>
  (
    await api.admin<{ kind: string }[]>`
      select kind from app.alert_clocks where alert_id = ${id} and state = 'running' order by kind`
  ).map(({ kind }) => kind);
interface Acts {
  proposals: { id: string; act: string; state: string; reason: string | null; by: string }[];
  mayClose: boolean;
  mayLowerTo: string[];
  mayClearGuardian: boolean;
  mayDecide: boolean;
  mayWithdraw: boolean;
}
const actsFor = async (account: string, id: string) =>
  ((await (await by(account).get(`/alerts/${id}`)).json()) as { acts: Acts }).acts;

describe('closing and lowering', () => {
  test('a blue alert is closed by whoever holds it, with a reason, once it is acknowledged; nothing of it runs on', async () => {
    const { id } = await raise('MOO01');
    expect((await propose('banzhuren', id, close)).code).toBe('alert.not-acknowledged');
    await acknowledge('banzhuren', id);
    expect((await propose('banzhuren', id, { ...close, reason: '好了' })).status).toBe(422);
    expect((await propose('banzhuren', id, { ...close, raiseAgain: undefined })).status).toBe(422);
    expect((await actsFor('banzhuren', id)).mayClose).toBe(true);
    expect(await runningClocks(id)).not.toEqual([]);
    expect((await propose('banzhuren', id, close)).state).toBe('agreed');
    expect(await stateOf(id)).toMatchObject({ status: 'closed', outcome: 'supported' });
    expect(await runningClocks(id)).toEqual([]);
    api.setNow(new Date(start.getTime() + 60 * 86_400_000));
    await carryOutDue(api);
    api.setNow(start);
    const missed = await api.admin`select from app.alert_events
      where alert_id = ${id} and kind in ('climbed', 'step_missed')`;
    expect(missed).toHaveLength(0);
    expect((await propose('banzhuren', id, close)).code).toBe('alert.closed');
  });

  test('what was judged in the closed alert raises nothing by itself; something new does', async () => {
    const { id, pupil } = await raise('MOO01');
    await acknowledge('banzhuren', id);
    await propose('banzhuren', id, close);
    await observe(pupil, 'MOO02');
    const alerts = await api.admin<{ id: string; status: string }[]>`
      select id, status from app.alerts where pupil_id = ${pupil} order by first_raised_at, status`;
    expect(alerts.map(({ status }) => status).sort()).toEqual(['closed', 'open']);
    expect(alerts.find(({ status }) => status === 'closed')?.id).toBe(id);
  });

  test('a red one needs another qualified person, who is neither the one who proposes nor the one who holds it', async () => {
    const { id } = await raise('SUI02');
    await acknowledge('xinli', id);
    const proposed = await propose('xinli', id, close);
    expect(proposed.state).toBe('open');
    expect(await stateOf(id)).toMatchObject({ status: 'acknowledged', colour: 'red' });
    expect((await propose('zixun', id, lower('orange'))).code).toBe('alert.proposal-waits');
    expect(await decide('xinli', proposed.id)).toBe('alert.second-person');
    expect(await decide('banzhuren', proposed.id)).toBe('alert.second-person');
    expect(await decide('nianji', proposed.id)).toBe('alert.second-person');
    expect(await decide('admin', proposed.id)).toBe('resource.not-found');
    expect((await actsFor('zixun', id)).mayDecide).toBe(true);
    expect((await actsFor('zixun', id)).proposals[0]?.reason).toBe(why.reason);
    expect((await actsFor('banzhuren', id)).proposals[0]?.reason).toBeNull();
    expect(await decide('zixun', proposed.id)).toBe('decided');
    expect(await stateOf(id)).toMatchObject({ status: 'closed' });
    expect(await runningClocks(id)).toEqual([]);
    expect(await decide('deyu', proposed.id)).toBe('alert.proposal-over');
  });

  test('not even the holder as the second: a counsellor proposes for the one who holds it', async () => {
    const { id } = await raise('SUI02');
    await acknowledge('xinli', id);
    const proposed = await propose('zixun', id, lower('yellow'));
    expect(proposed.state).toBe('open');
    expect(await decide('xinli', proposed.id)).toBe('alert.second-person');
    expect(await decide('deyu', proposed.id)).toBe('decided');
    expect(await stateOf(id)).toMatchObject({ status: 'acknowledged', colour: 'yellow' });
    expect(await runningClocks(id)).not.toContain('guardian');
    expect((await propose('xinli', id, lower('orange'))).code).toBe('alert.not-lower');
    expect((await propose('xinli', id, lower('blue'))).state).toBe('agreed');
  });

  test('is declined, or taken back by who proposed it, and then nothing has changed', async () => {
    const { id } = await raise('SUI02');
    await acknowledge('xinli', id);
    const first = await propose('xinli', id, close);
    expect(await decide('zixun', first.id, false)).toBe('decided');
    const second = await propose('xinli', id, lower('orange'));
    expect(await withdraw('zixun', second.id)).toBe('alert.not-yours');
    expect(await withdraw('xinli', second.id)).toBe('withdrawn');
    expect(await withdraw('xinli', second.id)).toBe('alert.proposal-over');
    expect(await decide('zixun', second.id)).toBe('alert.proposal-over');
    expect(await stateOf(id)).toMatchObject({ status: 'acknowledged', colour: 'red' });
    expect((await actsFor('xinli', id)).proposals.map(({ state }) => state).sort()).toEqual([
      'declined',
      'withdrawn',
    ]);
  });

  test.each([
    ['an emergency', 'SUI02', 'open'],
    ['a worry that rings for nobody', 'MOO01', 'acknowledged'],
  ] as const)('lapses when %s comes in between', async (_, code, status) => {
    const { id, pupil } = await raise('SUI02');
    await acknowledge('xinli', id);
    const proposed = await propose('xinli', id, close);
    await observe(pupil, code);
    expect(await stateOf(id)).toMatchObject({ status, colour: 'red' });
    expect(await decide('zixun', proposed.id)).toBe('alert.proposal-over');
    expect((await actsFor('xinli', id)).proposals[0]?.state).toBe('lapsed');
  });

  test('waits for the mandatory report', async () => {
    const { id } = await raise('ABU01', 'family');
    await acknowledge('xinli', id);
    expect((await propose('xinli', id, close)).code).toBe('alert.report-not-made');
    await by('xinli').post(`/alerts/${id}/mandatory-report`, { receipt: 'A-2026-1' });
    expect((await propose('xinli', id, close)).state).toBe('open');
  });

  test('is told to those who can be the second person, and to nobody else', async () => {
    const { id } = await raise('SUI02');
    await acknowledge('xinli', id);
    await propose('xinli', id, close);
    await deliverAll(api);
    const told = await api.admin<{ name: string }[]>`select a.name from app.notices n
      join app.accounts a on a.person_id = n.person_id where n.kind = 'alert_to_decide' and n.alert_id = ${id}`;
    expect(told.map(({ name }) => name).sort()).toEqual(
      expect.arrayContaining(['deyu', 'xiaozhang', 'zixun']),
    );
    expect(told.map(({ name }) => name)).not.toContain('xinli');
    expect(told.map(({ name }) => name)).not.toContain('banzhuren');
  });

  test('of the guardian lock is told to the holder too, who may be the other of the two', async () => {
    const { id } = await raise('ABU01', 'family');
    await acknowledge('xinli', id);
    await propose('zixun', id, clear);
    await deliverAll(api);
    const told = await api.admin<{ name: string }[]>`select a.name from app.notices n
      join app.accounts a on a.person_id = n.person_id where n.kind = 'alert_to_decide' and n.alert_id = ${id}`;
    expect(told.map(({ name }) => name)).toContain('xinli');
    expect(told.map(({ name }) => name)).not.toContain('zixun');
  });
});

describe('the guardian lock', () => {
  test('is cleared by a counsellor and one other person, and starts the clock of telling the guardian', async () => {
    const { id } = await raise('ABU01', 'family');
    await acknowledge('xinli', id);
    expect(await stateOf(id)).toMatchObject({ guardian_locked: true });
    expect(await runningClocks(id)).not.toContain('guardian');
    const proposed = await propose('xinli', id, clear);
    expect(proposed.state).toBe('open');
    expect(await decide('xinli', proposed.id)).toBe('alert.second-person');
    expect(await decide('nianji', proposed.id)).toBe('alert.second-person');
    expect(await decide('deyu', proposed.id)).toBe('decided');
    expect(await stateOf(id)).toMatchObject({ guardian_locked: false });
    expect(await runningClocks(id)).toContain('guardian');
    expect((await propose('xinli', id, clear)).code).toBe('alert.not-locked');
  });
});

describe('in the database', () => {
  test('the program cannot lower, close or unlock an alert that nobody agreed on', async () => {
    const { id, pupil } = await raise('ABU01', 'family');
    await acknowledge('xinli', id);
    for (const change of [
      { status: 'closed' },
      { colour: 'blue' },
      { guardian_locked: false },
    ] as const)
      await expect(
        api.deps.db.asActor(actorOf(by('xinli')), (trx) =>
          trx.updateTable('alerts').set(change).where('id', '=', id).execute(),
        ),
      ).rejects.toMatchObject({ code: '23514' });
    // Not with a proposal that says of itself that it was agreed on, nor with one to do something else.
    const forged = (values: Record<string, unknown>, change: Record<string, unknown>) =>
      api.deps.db.asActor(actorOf(by('xinli')), async (trx) => {
        await trx
          .insertInto('alert_proposals')
          .values({
            school_id: by('xinli').schoolId,
            id: randomUUID(),
            alert_id: id,
            pupil_id: pupil,
            proposed_by: by('xinli').personId,
            proposed_at: start,
            state: 'agreed',
            decided_at: start,
            agreed_in: sql<Date>`now()`,
            ...values,
          } as never)
          .execute();
        await trx.updateTable('alerts').set(change).where('id', '=', id).execute();
      });
    const closing = { act: 'close', outcome: 'supported' };
    await expect(
      forged({ ...closing, colour_was: 'blue' }, { status: 'closed' }),
    ).rejects.toMatchObject({ code: '23514' });
    await expect(
      forged(
        { ...closing, colour_was: 'red', decided_by: by('zixun').personId },
        { status: 'closed' },
      ),
    ).rejects.toMatchObject({ code: '42501' });
    await expect(
      forged({ act: 'lower', colour: 'blue', colour_was: 'yellow' }, { status: 'closed' }),
    ).rejects.toMatchObject({ code: '23514' });
    // With one person alone not even a proposal says yes.
    await expect(
      api.admin`insert into app.alert_proposals (school_id, id, alert_id, pupil_id, act, colour_was, outcome, proposed_by, proposed_at, state, decided_by, decided_at, agreed_in)
        select school_id, gen_random_uuid(), id, pupil_id, 'close', 'red', 'supported', holder_id, now(), 'agreed', holder_id, now(), now() from app.alerts where id = ${id}`,
    ).rejects.toMatchObject({ constraint_name: 'alert_proposals_two_people' });
  });
});

const actorOf = (who: Requester) =>
  ({ ...who.context, schoolId: who.schoolId, personId: who.personId }) as never;
