import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connectForSetUp } from '@shaodian/migrations';
import { attachTestServer } from '@shaodian/migrations/testing';
import { createApp } from '../app.ts';
import { newToken, sha256 } from '../http/session.ts';
import { approveWaiting, asApprover, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { makeDeps, testDatabase, testMaster } from '../testing/test-deps.ts';
import { watchAnswers } from '../testing/refusals.ts';
import { fixture, utf8 } from './testing-files.ts';

interface Preview {
  id: string;
  state: string;
  counts: Record<'create' | 'update' | 'unchanged' | 'error', number>;
  applicable: boolean;
  newClasses: string[];
  homeroomTeachers: { className: string; from: string | null; to: string }[];
  items: { row: number; action: string; changed: string[]; issues: { code: string }[] }[];
  nextCursor: string | null;
}
type Send = (method: string, path: string, body?: unknown, type?: string) => Promise<Response>;

const binary = 'application/octet-stream';
const upload = (send: Send, name: string, bytes: Uint8Array) =>
  send('POST', `/roster-imports?fileName=${encodeURIComponent(name)}`, bytes, binary);
const preview = async (send: Send, name: string, bytes: Uint8Array) => {
  const sent = await upload(send, name, bytes);
  expect(sent.status).toBe(201);
  return (await sent.json()) as Preview;
};
const apply = (send: Send, id: string) => send('POST', `/roster-imports/${id}/application`, {});

describe.each(['pupils.xlsx', 'pupils-gb18030.csv'])(
  'the whole file %s into an empty school',
  (name) => {
    let stop: () => Promise<void>;
    let admin: ReturnType<typeof connectForSetUp>;
    let send: Send;

    beforeAll(async () => {
      const maintenance = new URL(inject('seededUrl'));
      maintenance.pathname = '/postgres';
      const adminUrl = await attachTestServer(maintenance.href).emptyDatabase();
      const database = await testDatabase(adminUrl);
      admin = connectForSetUp(adminUrl);
      const app = createApp(makeDeps(database));
      const request = (
        method: string,
        path: string,
        headers: Record<string, string>,
        body?: unknown,
      ) =>
        app.request(`/api${path}`, {
          method,
          headers: { 'idempotency-key': randomUUID(), ...headers },
          ...(body === undefined
            ? {}
            : { body: body instanceof Uint8Array ? (body as never) : JSON.stringify(body) }),
        });
      const person = (account: string) => ({
        name: `某${account}`,
        account,
        password: 'a good password',
      });
      const founded = await request(
        'POST',
        '/setup',
        { 'content-type': 'application/json' },
        {
          school: { code: 'empty', name: '空学校' },
          administrator: person('admin'),
          lead: person('lead'),
        },
      );
      expect(founded.status).toBe(201);
      const token = newToken();
      await admin`insert into app.sessions (school_id, id, account_id, person_id, token_sha256, created_at, last_seen_at, expires_at, idle_seconds)
      select school_id, ${randomUUID()}, id, person_id, ${sha256(token)}, now(), now(), now() + interval '1 hour', 3600 from app.accounts where name = 'admin'`;
      send = async (method, path, body, type = 'application/json') =>
        request(method, path, { 'content-type': type, cookie: `shaodian-session=${token}` }, body);
      stop = async () => {
        await admin.end();
        await database.stop();
      };
    });
    afterAll(() => stop());

    test('is 1,080 pupils in 24 classes with their homeroom teachers; the second time nothing changes', async () => {
      const file = await fixture(name);
      const first = await preview(send, name, file);
      expect(first).toMatchObject({
        applicable: true,
        counts: { create: 1080, update: 0, unchanged: 0, error: 0 },
      });
      expect(first.newClasses).toHaveLength(24);
      expect(first.homeroomTeachers).toHaveLength(24);
      const before = await admin`select from app.pupils`;
      expect(before).toHaveLength(0);
      expect((await apply(send, first.id)).status).toBe(201);
      const [stored] =
        await admin`select (select count(*)::int from app.pupils) as pupils, (select count(*)::int from app.pupil_records) as records,
      (select count(*)::int from app.classes) as classes, (select count(*)::int from app.grades) as grades,
      (select count(distinct class_id)::int from app.grant_proposals where role = 'homeroom_teacher' and decision is null) as proposed,
      (select count(*)::int from app.grants where role = 'homeroom_teacher') as led`;
      expect(stored).toEqual({
        pupils: 1080,
        records: 1080,
        classes: 24,
        grades: 3,
        proposed: 24,
        led: 0,
      });
      const second = await preview(send, name, file);
      expect(second.counts).toEqual({ create: 0, update: 0, unchanged: 1080, error: 0 });
      expect([second.newClasses, second.homeroomTeachers]).toEqual([[], []]);
      const sealed = await admin<
        { sealed_rows: Buffer }[]
      >`select sealed_rows from app.roster_imports`;
      const [pupil] = await admin<{ name: string }[]>`select name from app.pupils limit 1`;
      for (const row of sealed)
        expect(row.sealed_rows.includes(Buffer.from(pupil?.name ?? ''))).toBe(false);
    });
  },
);

describe('a school with a roster', () => {
  let api: TestApi;
  let who: Requester;
  let send: Send;
  let header: string;
  let pupils: { no: string; name: string; sex: string; grade: string; class: string }[];

  beforeAll(async () => {
    api = await startTestApi(inject('seededUrl'));
    watchAnswers(api);
    who = await api.as('admin', 'qinghe');
    send = as(who);
    header = '学号,姓名,性别,年级,班级,班主任';
    pupils =
      await api.admin`select 'QH' || r.student_no_last4 as no, p.name, case p.sex when 'male' then '男' else '女' end as sex,
        g.name as grade, c.name as class
      from app.pupils p join app.pupil_records r on r.school_id = p.school_id and r.pupil_id = p.id
      join app.grades g on g.school_id = p.school_id and g.id = p.grade_id join app.classes c on c.school_id = p.school_id and c.id = p.class_id
      where p.school_id = ${who.schoolId} order by r.student_no_last4`;
  });
  afterAll(() => api.stop());

  const as =
    (requester: Requester): Send =>
    (method, path, body, type = 'application/json') =>
      method === 'GET' ? requester.get(path) : requester.post(path, body, { 'content-type': type });
  type Line = Partial<(typeof pupils)[number]> & { teacher?: string };
  const file = (...lines: Line[]) =>
    utf8(
      [
        header,
        ...lines.map((one) =>
          [one.no, one.name, one.sex, one.grade, one.class, one.teacher ?? ''].join(','),
        ),
      ].join('\n'),
    );
  const pupil = (index: number, changes: Line = {}): Line => ({ ...pupils[index], ...changes });
  const checksum = async () =>
    (
      await api.admin`select (select md5(string_agg(p::text, '|' order by p.id)) from app.pupils p) as pupils,
      (select md5(string_agg(r::text, '|' order by r.pupil_id)) from app.pupil_records r) as records,
      (select md5(string_agg(c::text, '|' order by c.id)) from app.classes c) as classes,
      (select md5(string_agg(g::text, '|' order by g.id)) from app.grants g) as grants,
      (select md5(string_agg(s::text, '|' order by s.id)) from app.staff s) as staff, (select count(*) from app.people) as people`
    )[0];
  const stored = async (no = '') =>
    (
      await api.admin`select p.name, c.name as class from app.pupils p join app.pupil_records r on r.school_id = p.school_id and r.pupil_id = p.id
      join app.classes c on c.school_id = p.school_id and c.id = p.class_id where r.student_no_mark = ${testMaster.markOf(who.schoolId, 'student-no', no)} and p.school_id = ${who.schoolId}`
    )[0];

  test('takes a new name and a move to another class, and leaves everybody else as they are', async () => {
    const changed = file(
      pupil(0, { name: '赵新名' }),
      pupil(1, { grade: '八年级', class: '八(1)班' }),
      pupil(2),
    );
    const shown = await preview(send, 'a.csv', changed);
    expect(shown.counts).toEqual({ create: 0, update: 2, unchanged: 1, error: 0 });
    expect(shown.items.map((one) => one.changed)).toEqual([['name'], ['class'], []]);
    expect((await apply(send, shown.id)).status).toBe(201);
    expect(await stored(pupils[0]?.no)).toEqual({ name: '赵新名', class: pupils[0]?.class });
    expect(await stored(pupils[1]?.no)).toEqual({ name: pupils[1]?.name, class: '八(1)班' });
    const count = await api.admin`select from app.pupils where school_id = ${who.schoolId}`;
    expect(count).toHaveLength(36);
  });

  test('with a new homeroom teacher proposes them; the old one leads the class until another person approves, and not a moment longer', async () => {
    const old = await api.as('banzhuren', 'qinghe');
    expect(
      ((await (await old.get('/pupils')).json()) as { items: unknown[] }).items.length,
    ).toBeGreaterThan(0);
    const shown = await preview(send, 'a.csv', file(pupil(2, { teacher: '新来的' })));
    expect(shown.homeroomTeachers).toEqual([
      { className: '七(1)班', from: '罗嘉宁', to: '新来的' },
    ]);
    expect((await apply(send, shown.id)).status).toBe(201);
    const again = await preview(send, 'a.csv', file(pupil(2, { teacher: '新来的' })));
    expect(again.homeroomTeachers).toEqual([]);
    expect((await old.get('/pupils')).status).toBe(200);
    // There is no school leader with an account: the lead counsellor stands in.
    await approveWaiting(await asApprover(api, 'xinli', 'qinghe'));
    expect((await old.get('/pupils')).status).toBe(401);
    const signedInAgain = await api.as('banzhuren', 'qinghe');
    expect(await (await signedInAgain.get('/pupils')).json()).toEqual({
      items: [],
      nextCursor: null,
    });
    const holders =
      await api.admin`select s.name, g.ends_at is null as now from app.grants g join app.staff s on s.id = g.person_id
      join app.classes c on c.school_id = g.school_id and c.id = g.class_id
      where g.school_id = ${who.schoolId} and g.role = 'homeroom_teacher' and c.name = '七(1)班' order by g.starts_at`;
    expect([...holders]).toEqual([
      { name: '罗嘉宁', now: false },
      { name: '新来的', now: true },
    ]);
  });

  test('is changed by no file that is broken, in the whole or in one row', async () => {
    const before = await checksum();
    const unreadable = [
      ['a.xlsx', utf8('not a workbook')],
      ['a.xlsx', (await fixture('pupils.xlsx')).subarray(0, 9_000)],
      ['a.csv', utf8('')],
      ['a.csv', utf8('一,二\n1,2')],
      ['a.csv', new Uint8Array([0xff, 0xfe, 0x00])],
    ] as const;
    for (const [name, bytes] of unreadable) {
      const refused = await upload(send, name, bytes);
      expect(refused.status).toBe(422);
      expect(await refused.json()).toMatchObject({
        code: 'roster-import.unreadable',
        errors: [{}],
      });
    }
    const withErrors = await preview(
      send,
      'a.csv',
      file(pupil(3, { name: '改了名' }), pupil(4, { name: '' }), pupil(5), pupil(5)),
    );
    expect(withErrors.applicable).toBe(false);
    expect(withErrors.counts.error).toBeGreaterThan(0);
    const refused = await apply(send, withErrors.id);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      409,
      'roster-import.not-applicable',
    ]);
    expect(await checksum()).toEqual(before);
  });

  test('is not changed by an upload alone, nor twice by one preview', async () => {
    const before = await checksum();
    const shown = await preview(send, 'a.csv', file(pupil(6, { name: '一次' })));
    expect(await checksum()).toEqual(before);
    const both = await Promise.all([apply(send, shown.id), apply(send, shown.id)]);
    expect(both.map((one) => one.status).sort()).toEqual([201, 409]);
    const after = await checksum();
    const again = await apply(send, shown.id);
    expect([again.status, ((await again.json()) as { code: string }).code]).toEqual([
      409,
      'roster-import.already-applied',
    ]);
    expect(await checksum()).toEqual(after);
  });

  test.each<[string, Line, Line]>([
    [
      'a pupil was added meanwhile',
      { no: 'QH9999', name: '后来', sex: '女', grade: '七年级', class: '七(1)班' },
      { no: 'QH9999', name: '后来', sex: '女', grade: '七年级', class: '七(1)班' },
    ],
    [
      'the same number of rows would change, but not in the same way',
      { name: '先看到的' },
      { grade: '八年级', class: '八(1)班' },
    ],
  ])('refuses a preview that is stale because %s', async (_, wanted, meanwhile) => {
    const line = (changes: Line) => (changes.no ? changes : pupil(7, changes));
    const shown = await preview(send, 'a.csv', file(line(wanted)));
    const other = await preview(send, 'b.csv', file(line(meanwhile)));
    expect((await apply(send, other.id)).status).toBe(201);
    const before = await checksum();
    const stale = await apply(send, shown.id);
    expect([stale.status, ((await stale.json()) as { code: string }).code]).toEqual([
      409,
      'roster-import.stale',
    ]);
    expect(await checksum()).toEqual(before);
  });

  test('shows the preview in pages, by action, and to no one but its own administrators', async () => {
    const { id } = await preview(
      send,
      'a.csv',
      file(pupil(10), pupil(11), pupil(12, { name: '换名' }), pupil(13)),
    );
    const rows: number[] = [];
    let cursor: string | null = null;
    do {
      const page = (await (
        await who.get(`/roster-imports/${id}?limit=1${cursor ? `&cursor=${cursor}` : ''}`)
      ).json()) as Preview;
      rows.push(...page.items.map((one) => one.row));
      cursor = page.nextCursor;
    } while (cursor);
    expect(rows).toEqual([2, 3, 4, 5]);
    const updates = (await (
      await who.get(`/roster-imports/${id}?action=update`)
    ).json()) as Preview;
    expect(updates.items.map((one) => one.row)).toEqual([4]);
    for (const stranger of [
      await api.as('admin'),
      await api.as('xinli', 'qinghe'),
      await api.as('banzhuren', 'qinghe'),
    ]) {
      expect((await stranger.get(`/roster-imports/${id}`)).status).toBe(404);
      expect((await apply(as(stranger), id)).status).toBe(404);
    }
  });

  test('is imported by administrators only, who are told before the file is read', async () => {
    const before = await checksum();
    for (const account of ['weiyuan-a', 'banzhuren', 'nianji', 'xinli', 'deyu', 'baohu']) {
      const other = await api.as(account);
      expect((await upload(as(other), 'a.xlsx', utf8('not a workbook'))).status).toBe(403);
      expect((await other.get('/roster-imports')).status).toBe(403);
    }
    expect(await checksum()).toEqual(before);
  });

  test('takes files of up to 5 MB, and not a byte more', async () => {
    const most = 5 * 1024 * 1024;
    expect((await upload(send, 'a.csv', new Uint8Array(most + 1))).status).toBe(413);
    expect((await upload(send, 'a.csv', new Uint8Array(most))).status).toBe(422);
    expect(
      (await send('POST', '/roster-imports?fileName=a.csv', {}, 'application/json')).status,
    ).toBe(415);
    expect((await send('POST', '/roster-imports', utf8('x'), binary)).status).toBe(422);
    expect((await upload(send, 'x'.repeat(201), utf8('x'))).status).toBe(422);
  });
});
