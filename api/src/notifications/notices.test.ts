import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { deliverAll, observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

let api: TestApi;
let reporter: Requester;
let pupils: string[];

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  reporter = await api.as('weiyuan-a');
  const { items } = (await (await reporter.get('/pupils')).json()) as { items: { id: string }[] };
  pupils = items.map((one) => one.id).filter((id) => id !== reporter.personId);
  await deliverAll(api);
});
afterAll(() => api.stop());

type Changes = Parameters<typeof observationInput>[1];

async function raise(changes: Changes, pupilId = pupils.pop() ?? ''): Promise<string> {
  const sent = await reporter.post('/observations', observationInput(pupilId, changes));
  expect(sent.status).toBe(201);
  const { id } = (await sent.json()) as { id: string };
  const [row] = await api.admin<{ alert_id: string }[]>`
    select alert_id from app.alert_evidence where observation_id = ${id}`;
  return row?.alert_id ?? '';
}

/** Who has been told of an alert, by number of staff, with what. */
async function toldOf(alertId: string): Promise<Record<string, string>> {
  const rows = await api.admin<{ no: string; kind: string }[]>`
    select s.staff_no as no, n.kind from app.notices n join app.staff s on s.id = n.person_id
    where n.alert_id = ${alertId} order by n.at`;
  return Object.fromEntries(rows.map((row) => [row.no, row.kind]));
}

interface Notices {
  items: {
    id: string;
    kind: string;
    seenAt: string | null;
    alert: { id: string; colour: string; status: string } | null;
  }[];
  unseen: number;
  undelivered: number;
  nextCursor: string | null;
}
const noticesOf = async (who: Requester, query = ''): Promise<Notices> =>
  (await (await who.get(`/notices${query}`)).json()) as Notices;

/** That a leader broke the glass for a pupil: the id of what is to be told. */
async function brokenGlass(): Promise<string> {
  const id = randomUUID();
  await api.admin`with glass as (insert into app.break_glass (school_id, id, pupil_id, person_id, category, reason, review_due_at)
      select s.school_id, gen_random_uuid(), ${pupils[0] ?? ''}, s.id, 'other', 'x', now() + interval '2 days'
      from app.staff s where s.staff_no = 'T121' returning school_id, id)
    insert into app.outbox (school_id, id, topic, subject_id, at) select school_id, ${id}, 'break_glass.opened', id, now() from glass`;
  return id;
}

/** Their numbers in the cast: T001 grade head, T002 homeroom teacher, T118 lead counsellor, T119 counsellor, T121 and T123 school leaders. */
const counsellors = async (): Promise<string[]> => {
  const rows = await api.admin<{ no: string }[]>`
    select distinct s.staff_no as no from app.grants g join app.staff s on s.id = g.person_id
    where g.school_id = ${reporter.schoolId} and g.role = any (array['counsellor', 'lead_counsellor'])`;
  return rows.map((row) => row.no);
};
const holderOf = async (alertId: string): Promise<string> =>
  (
    await api.admin<{ no: string }[]>`
      select s.staff_no as no from app.alerts a join app.staff s on s.id = a.holder_id where a.id = ${alertId}`
  )[0]?.no ?? '';

describe('whom an alert is told to', () => {
  test('red: its holder, and counsellors, grade head and school leaders', async () => {
    const alert = await raise({ indicators: ['SUI02'] });
    expect(await deliverAll(api)).toBe(1);
    const told = await toldOf(alert);
    const holder = await holderOf(alert);
    expect(told[holder]).toBe('alert_to_acknowledge');
    const informed = [...(await counsellors()), 'T001', 'T121', 'T123'];
    expect(Object.keys(told).sort()).toEqual([...new Set([holder, ...informed])].sort());
    for (const one of informed.filter((no) => no !== holder))
      expect(told[one]).toBe('alert_to_know');
  });

  test('blue: the homeroom teacher alone', async () => {
    const alert = await raise({});
    await deliverAll(api);
    expect(await toldOf(alert)).toEqual({ T002: 'alert_to_acknowledge' });
  });

  test('about school staff: counsellors alone, whoever else its colour would inform', async () => {
    const alert = await raise({ indicators: ['SUI02', 'BUL01'], aboutWhom: 'school_staff' });
    const [row] = await api.admin<{ id: string; counsellor_only: boolean }[]>`
      select a.id, a.counsellor_only from app.alerts a join app.alerts b on b.pupil_id = a.pupil_id
      where b.id = ${alert} and a.counsellor_only`;
    expect(row?.counsellor_only).toBe(true);
    await deliverAll(api);
    const told = Object.keys(await toldOf(row?.id ?? ''));
    expect(told.length).toBeGreaterThan(0);
    expect((await counsellors()).filter((no) => told.includes(no)).sort()).toEqual(told.sort());
  });

  test('evidence that restarts no clock rings for nobody; a fresh emergency rings again', async () => {
    const pupil = pupils.pop() ?? '';
    const alert = await raise({}, pupil);
    await deliverAll(api);
    await raise({}, pupil);
    expect(await deliverAll(api)).toBe(0);
    await raise({ indicators: ['SUB02'] }, pupil);
    expect(await deliverAll(api)).toBe(1);
    await raise({ indicators: ['SUB02'] }, pupil);
    expect(await deliverAll(api)).toBe(1);
    const [held] = await api.admin<{ n: number }[]>`
      select count(*)::int as n from app.notices where alert_id = ${alert} and kind = 'alert_to_acknowledge'`;
    expect(held?.n).toBe(3);
  });

  test('without any holder: those who can look at it, and say so', async () => {
    const { admin } = api;
    // Ended in a transaction of its own, so that the schedule is put back whatever happens.
    const away = [
      ...(await admin<{ id: string }[]>`update app.grants set ends_at = now() - interval '1 second'
        where role = 'homeroom_teacher' and person_id = ${(await api.as('banzhuren')).personId} returning id`),
    ];
    const others = await admin<
      { id: string }[]
    >`update app.grants set ends_at = now() - interval '1 second'
      where school_id = ${reporter.schoolId} and role = any (array['grade_head', 'lead_counsellor', 'school_leader']) and ends_at is null returning id`;
    const slots = await admin<
      { id: string }[]
    >`update app.duty_slots set ends_at = now() - interval '1 second'
      where school_id = ${reporter.schoolId} and ends_at is null returning id`;
    // Counsellors who cannot sign in hold nothing, and find it waiting when they can again.
    const disabled = await admin<{ id: string }[]>`update app.accounts set disabled_at = now()
      where school_id = ${reporter.schoolId} and disabled_at is null and person_id in (select person_id from app.grants where role = 'counsellor') returning id`;
    const alert = await raise({});
    const [row] = await admin<{ needs_review: string; holder_id: string | null }[]>`
      select needs_review, holder_id from app.alerts where id = ${alert}`;
    expect(row).toEqual({ needs_review: 'no-holder', holder_id: null });
    await deliverAll(api);
    const told = await toldOf(alert);
    expect(Object.keys(told).length).toBeGreaterThan(0);
    expect(new Set(Object.values(told))).toEqual(new Set(['alert_to_review']));
    await admin`update app.grants set ends_at = null where id = any (${[...away, ...others].map((one) => one.id)}::uuid[])`;
    await admin`update app.duty_slots set ends_at = null where id = any (${slots.map((one) => one.id)}::uuid[])`;
    await admin`update app.accounts set disabled_at = null where id = any (${disabled.map((one) => one.id)}::uuid[])`;
  });

  test('a break-glass: the lead counsellor and the data-protection officer, of that school', async () => {
    const id = await brokenGlass();
    await deliverAll(api);
    const rows = await api.admin<{ no: string; kind: string }[]>`
      select s.staff_no as no, n.kind from app.notices n join app.staff s on s.id = n.person_id where n.outbox_id = ${id} order by 1`;
    expect(rows.map((row) => [row.no, row.kind])).toEqual([
      ['T118', 'break_glass_opened'],
      ['T122', 'break_glass_opened'],
    ]);
  });
});

describe('what cannot be told', () => {
  test('is tried again ever more slowly, kept, and after five times shown to those who mend it', async () => {
    const { admin } = api;
    const id = randomUUID();
    // An alert that does not exist: the delivery fails each time.
    await admin`insert into app.outbox (school_id, id, topic, subject_id, at)
      values (${reporter.schoolId}, ${id}, 'alert.clock_started', ${randomUUID()}, now())`;
    const state = async () =>
      (
        await admin<
          { attempts: number; stuck: boolean; fault: string; pause: number; open: boolean }[]
        >`
          select attempts, stuck, last_fault as fault, extract(epoch from next_at - clock_timestamp())::int as pause,
            delivered_at is null as open from app.outbox where id = ${id}`
      )[0];
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 12; attempt += 1) {
      expect(await deliverAll(api)).toBe(0);
      const now = await state();
      expect([attempt, now?.attempts, now?.stuck, now?.open]).toEqual([
        attempt,
        attempt,
        attempt >= 5,
        true,
      ]);
      pauses.push(now?.pause ?? 0);
      await admin`update app.outbox set next_at = now() where id = ${id}`;
    }
    expect((await state())?.fault).toBe('AlertMissingError');
    expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]);
    for (const account of ['xinli', 'admin', 'baohu'])
      expect([account, (await noticesOf(await api.as(account))).undelivered]).toEqual([account, 1]);
    for (const account of ['banzhuren', 'weiyuan-a', 'deyu', 'zixun'])
      expect([account, (await noticesOf(await api.as(account))).undelivered]).toEqual([account, 0]);
    // What was wrong is mended: it is delivered after all, and no longer shown.
    const alert = await raise({});
    await admin`update app.outbox set subject_id = ${alert}, next_at = now() where id = ${id}`;
    expect(await deliverAll(api)).toBe(2);
    expect((await noticesOf(await api.as('xinli'))).undelivered).toBe(0);
  });

  test('is not taken for told when nobody is there to be told', async () => {
    const { admin } = api;
    const grants = await admin<
      { id: string }[]
    >`update app.grants set ends_at = now() - interval '1 second'
      where school_id = ${reporter.schoolId} and role = any (array['lead_counsellor', 'data_protection_officer']) and ends_at is null returning id`;
    const id = await brokenGlass();
    expect(await deliverAll(api)).toBe(0);
    const [row] = await admin`select last_fault from app.outbox where id = ${id}`;
    expect(row?.['last_fault']).toBe('NobodyToTellError');
    await admin`update app.grants set ends_at = null where id = any (${grants.map((one) => one.id)}::uuid[])`;
    await admin`update app.outbox set next_at = now() where id = ${id}`;
    expect(await deliverAll(api)).toBe(1);
  });
});

describe('my notices', () => {
  test('name no pupil, no class and no word of a child', async () => {
    const words = '他说不想来学校';
    await raise({ words });
    await deliverAll(api);
    const teacher = await api.as('banzhuren');
    const text = await (await teacher.get('/notices')).text();
    const names = await api.admin<{ name: string }[]>`
      select name from app.pupils where school_id = ${reporter.schoolId} union select name from app.classes`;
    expect(names.length).toBeGreaterThan(100);
    for (const { name } of names) expect(text).not.toContain(name);
    expect(text).not.toContain(words);
  });

  test('count what I have not seen and what still waits; seeing acknowledges nothing', async () => {
    const teacher = await api.as('banzhuren');
    const before = (await noticesOf(teacher)).unseen;
    const [first, second] = [await raise({}), await raise({})];
    await deliverAll(api);
    const { items, unseen } = await noticesOf(teacher);
    expect(unseen).toBe(before + 2);
    const notice = items.find((one) => one.alert?.id === first);
    expect((await teacher.post(`/notices/${notice?.id}/seen`, {})).status).toBe(201);
    const after = await noticesOf(teacher);
    expect(after.unseen).toBe(before + 1);
    expect(after.items.find((one) => one.id === notice?.id)).toMatchObject({
      seenAt: expect.any(String),
      alert: { id: first, colour: 'blue', status: 'open' },
    });
    await teacher.post(`/alerts/${second}/acknowledgement`, { nextStep: 'talk_today', note: '' });
    expect((await noticesOf(teacher)).unseen).toBe(before);
  });

  test('come in pages, each once, the latest first', async () => {
    const teacher = await api.as('banzhuren');
    const all = (await noticesOf(teacher, '?limit=100')).items.map((one) => one.id);
    expect(all.length).toBeGreaterThan(5);
    const paged: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Notices = await noticesOf(
        teacher,
        `?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      paged.push(...page.items.map((one) => one.id));
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(all);
  });

  test('go when the right to see the alert goes, and come back with it', async () => {
    const alert = await raise({ indicators: ['SUI02'] });
    await deliverAll(api);
    const head = await api.as('nianji');
    const sees = async () =>
      (await noticesOf(head, '?limit=100')).items.some((one) => one.alert?.id === alert);
    expect(await sees()).toBe(true);
    const { unseen } = await noticesOf(head);
    const end = (at: Date | null) =>
      api.admin`update app.grants set ends_at = ${at} where person_id = ${head.personId}`;
    await end(new Date());
    expect(await sees()).toBe(false);
    // What the head holds stays theirs until it is handed over.
    expect((await noticesOf(head)).unseen).toBeLessThan(unseen);
    const [hidden] = await api.admin<{ id: string }[]>`
      select id from app.notices where alert_id = ${alert} and person_id = ${head.personId}`;
    expect((await head.post(`/notices/${hidden?.id}/seen`, {})).status).toBe(404);
    await end(null);
    expect(await sees()).toBe(true);
  });
});
