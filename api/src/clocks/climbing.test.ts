import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { relieveAbsent } from '../duty/relieve-absent.ts';
import { carryOutDue, deliverAll, observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

let api: TestApi;
let reporter: Requester;
let pupils: string[];
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  reporter = await api.as('weiyuan-a');
  const { items } = (await (await reporter.get('/pupils')).json()) as { items: { id: string }[] };
  pupils = items.map((one) => one.id).filter((id) => id !== reporter.personId);
  // The stories of the demo have clocks of their own.
  await api.admin`update app.alert_clocks set state = 'stopped', ended_at = now() where state = 'running'`;
  // One counsellor besides the lead: which of several is asked first is not what this is about.
  await api.admin`update app.grants g set starts_at = '2099-01-01' from app.staff s where s.id = g.person_id and s.staff_no = 'T120'`;
  await deliverAll(api);
});
afterAll(() => api.stop());

const at = (time: string) => new Date(`${time}+08:00`);
const raise = async (changes: Parameters<typeof observationInput>[1], time: string) => {
  const pupilId = pupils.pop() ?? '';
  api.setNow(at(time));
  const body = observationInput(pupilId, { ...changes, observedOn: time.slice(0, 10) });
  expect((await reporter.post('/observations', body)).status).toBe(201);
  await deliverAll(api);
  const [row] = await api.admin<{ id: string }[]>`select id from app.alerts
    where pupil_id = ${pupilId} and status <> 'closed'`;
  return row?.id ?? '';
};
const state = async (id: string) => {
  const [row] = await api.admin<
    { status: string; tier: string; rung: string; holder: string; due: string }[]
  >`
    select a.status, a.tier, a.rung, acc.name as holder, to_char(a.ack_due_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI') as due
    from app.alerts a left join app.accounts acc on acc.school_id = a.school_id and acc.person_id = a.holder_id where a.id = ${id}`;
  if (!row) throw new Error('no such alert');
  return `${row.status} ${row.rung} ${row.holder} ${row.due}`;
};
/** Lets domain time pass, and whatever ran out be carried out. */
const until = async (time: string): Promise<number> => {
  api.setNow(at(time));
  const carried = await carryOutDue(api);
  await deliverAll(api);
  return carried;
};
const acknowledge = async (account: string, id: string) =>
  (await api.as(account)).post(`/alerts/${id}/acknowledgement`, { nextStep: 'go_to_pupil' });
const told = async (id: string, kind: string) => {
  await deliverAll(api);
  const rows = await api.admin<{ name: string }[]>`
    select acc.name from app.notices n join app.accounts acc on acc.school_id = n.school_id and acc.person_id = n.person_id
    where n.alert_id = ${id} and n.kind = ${kind} order by n.at, acc.name`;
  return rows.map(({ name }) => name);
};
const events = async (id: string) =>
  (
    await api.admin<{ kind: string; step: string | null; rung: string | null }[]>`
      select kind, step, rung from app.alert_events where alert_id = ${id} order by at, kind`
  ).map(({ kind, step, rung }) => [kind, step, rung].filter(Boolean).join(' '));

describe('whoever holds it falls ill before anybody has acknowledged', () => {
  const fallIll = async (account: string, time: string) => {
    await api.admin`insert into app.absences (school_id, id, person_id, starts_at, ends_at)
      select school_id, gen_random_uuid(), person_id, ${at(time)}, ${at('2027-03-31T17:00:00')}
      from app.accounts where name = ${account}`;
    api.setNow(at(time));
    await relieveAbsent(api.deps);
    await deliverAll(api);
  };

  test('it goes on to the next, never back down; when all were asked, to the contact outside and somebody who is there', async () => {
    const id = await raise({ indicators: ['MOO01'] }, '2027-03-01T09:00:00');
    await until('2027-03-04T17:30:00');
    expect(await state(id)).toMatch(/^open grade nianji/);
    await fallIll('nianji', '2027-03-04T18:00:00');
    expect(await state(id)).toMatch(/^open school xinli/);
    for (const time of ['2027-03-05T17:30:00', '2027-03-06T05:30:00']) await until(time);
    expect(await state(id)).toMatch(/^open school deyu/);
    await fallIll('xiaozhang', '2027-03-06T05:40:00');
    await fallIll('deyu', '2027-03-06T05:41:00');
    expect(await state(id)).toMatch(/^open outside xinli/);
    const outside = () =>
      api.admin`select from app.outbox where topic = 'alert.outside' and subject_id = ${id}`;
    expect(await outside()).toHaveLength(1);
    await fallIll('xinli', '2027-03-06T05:42:00');
    expect(await state(id)).toMatch(/^open outside zixun/);
    expect(await outside()).toHaveLength(1);
    await api.admin`delete from app.absences where ends_at = ${at('2027-03-31T17:00:00')}`;
  });
});

describe('nobody acknowledges', () => {
  test('a blue alert: homeroom teacher, grade head, each of the school, the contact outside; each with less time', async () => {
    const id = await raise({ indicators: ['MOO01'] }, '2026-11-23T09:00:00');
    expect(await state(id)).toBe('open class banzhuren 2026-11-26 17:30');
    expect(await until('2026-11-26T17:29:59')).toBe(0);
    expect(await until('2026-11-26T17:30:00')).toBe(1);
    expect(await state(id)).toBe('open grade nianji 2026-11-27 17:30');
    expect(await until('2026-11-27T17:30:00')).toBe(1);
    // A Friday evening at school: the twelve hours end before two school hours have passed.
    expect(await state(id)).toBe('open school xinli 2026-11-28 05:30');
    const walked: string[] = [];
    for (const time of [
      '2026-11-28T05:30',
      '2026-11-28T17:30',
      '2026-11-29T05:30',
      '2026-11-29T17:30',
    ])
      if ((await until(`${time}:00`)) > 0) walked.push(await state(id));
    expect(walked.map((line) => line.split(' ').slice(1, 3).join(' '))).toEqual([
      'school zixun',
      'school deyu',
      'school xiaozhang',
      'outside xiaozhang',
    ]);
    expect(await told(id, 'alert_to_acknowledge')).toEqual([
      'banzhuren',
      'nianji',
      'xinli',
      'zixun',
      'deyu',
      'xiaozhang',
      // Outside nobody can answer: whoever was asked last is asked again.
      'xiaozhang',
    ]);
    const [{ colour, tier } = { colour: '', tier: '' }] = await api.admin<
      { colour: string; tier: string }[]
    >`select colour, tier from app.alerts where id = ${id}`;
    expect([colour, tier]).toEqual(['blue', 'school']);
    const outside =
      await api.admin`select from app.outbox where topic = 'alert.outside' and subject_id = ${id}`;
    expect(outside).toHaveLength(1);
    // And it is never given up: told outside again and again.
    await until('2026-11-30T10:00:00');
    expect(
      await api.admin`select from app.outbox where topic = 'alert.outside' and subject_id = ${id}`,
    ).toHaveLength(2);
    expect((await acknowledge('xiaozhang', id)).status).toBe(201);
    expect(await state(id)).toMatch(/^acknowledged school xiaozhang/);
  });

  test('an emergency at 23:40 on a Saturday of a holiday: the red list at once, and after 10, 20, 30 minutes; one answer ends it', async () => {
    const id = await raise({ indicators: ['SUI02'] }, '2026-10-03T23:40:00');
    expect(await state(id)).toBe('open school xinli 2026-10-03 23:50');
    expect(await told(id, 'alert_to_acknowledge')).toEqual(['xinli']);
    expect(await until('2026-10-03T23:49:59')).toBe(0);
    await until('2026-10-03T23:50:00');
    expect(await state(id)).toBe('open school deyu 2026-10-04 00:00');
    await until('2026-10-04T00:00:00');
    expect(await state(id)).toBe('open school zixun 2026-10-04 00:10');
    await until('2026-10-04T00:10:00');
    expect(await state(id)).toBe('open school xiaozhang 2026-10-04 00:20');
    expect(await told(id, 'alert_to_acknowledge')).toEqual(['xinli', 'deyu', 'zixun', 'xiaozhang']);
    expect((await acknowledge('zixun', id)).status).toBe(201);
    expect(await state(id)).toBe('acknowledged school zixun 2026-10-04 00:20');
    expect((await acknowledge('xinli', id)).status).toBe(409);
    // The next clocks run on: contact was due at 23:55 and climbs from whoever answered.
    expect(await events(id)).toContain('step_missed contact school');
    await until('2026-10-04T00:20:00');
    expect(await told(id, 'alert_to_acknowledge')).toHaveLength(4);
    expect(await events(id)).toContain('climbed contact school');
    expect(await state(id)).toMatch(/^acknowledged school xinli/);
  });

  test('with a roster that is empty at that hour the contact outside is told at once, and a person looks', async () => {
    await api.admin`update app.duty_slots set ends_at = '2026-11-24T00:00:00Z' where school_id = ${reporter.schoolId}`;
    const grants = await api.admin<
      { id: string; starts_at: Date }[]
    >`select id, starts_at from app.grants
      where school_id = ${reporter.schoolId} and role in ('counsellor', 'lead_counsellor', 'school_leader') and ends_at is null and starts_at < now()`;
    const ids = grants.map((one) => one.id);
    await api.admin`update app.grants set starts_at = '2099-01-01' where id = any (${ids}::uuid[])`;
    const id = await raise({ indicators: ['SUI02'] }, '2026-11-25T09:00:00');
    expect(await state(id)).toMatch(/^open outside null/);
    expect(
      await api.admin`select from app.outbox where topic = 'alert.outside' and subject_id = ${id}`,
    ).toHaveLength(1);
    await api.admin`update app.grants set starts_at = '2026-01-01' where id = any (${ids}::uuid[])`;
    await api.admin`update app.duty_slots set ends_at = null where school_id = ${reporter.schoolId}`;
    // Somebody is there again: it is theirs.
    await until('2026-11-25T09:10:00');
    expect(await state(id)).toMatch(/^open outside xinli/);
    await acknowledge('xinli', id);
  });
});
