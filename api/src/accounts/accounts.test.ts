import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { approveWaiting, asApprover, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';

let api: TestApi;
let admin: Requester;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
  admin = await api.as('admin');
});
afterAll(() => api.stop());

const staff = (account: string, changes: object = {}) => ({
  kind: 'staff',
  name: `新人${account}`,
  title: '教师',
  account,
  password: 'a good password',
  grants: [],
  ...changes,
});
const codeOf = async (response: Response) => ({
  status: response.status,
  code: ((await response.json()) as { code?: string }).code ?? null,
});
const signIn = (account: string) =>
  api.anonymous('POST', '/session', { school: 'jiangpan', account, password: 'a good password' });
const counts = async () =>
  (
    await api.admin`select (select count(*)::int from app.people) as people, (select count(*)::int from app.staff) as staff,
    (select count(*)::int from app.accounts) as accounts, (select count(*)::int from app.account_secrets) as secrets,
    (select count(*)::int from app.grants) as grants, (select count(*)::int from app.committee_seats) as seats`
  )[0];
const idOf = async (what: 'classes' | 'grades', name: string) =>
  Number(
    (
      await api.admin`select id from app.${api.admin(what)} where name = ${name} and school_id = ${admin.schoolId}`
    )[0]?.['id'],
  );

describe('an account for a member of staff', () => {
  test('comes with its roles proposed, which hold once another person has approved', async () => {
    const grants = [
      { role: 'homeroom_teacher', classId: await idOf('classes', '七(2)班') },
      { role: 'grade_head', gradeId: await idOf('grades', '八年级') },
      { role: 'counsellor' },
    ];
    expect((await admin.post('/accounts', staff('laoshi', { grants }))).status).toBe(201);
    const signedIn = await signIn('laoshi');
    const cookie =
      signedIn.headers
        .getSetCookie()
        .find((one) => one.includes('session='))
        ?.split(';')[0] ?? '';
    const session = async () =>
      (await api.anonymous('GET', '/session', undefined, { cookie })).json();
    expect(await session()).toMatchObject({ person: { name: '新人laoshi' }, roles: [] });
    expect(await (await api.anonymous('GET', '/alerts', undefined, { cookie })).json()).toEqual({
      items: [],
      nextCursor: null,
    });
    await approveWaiting(await asApprover(api, 'xiaozhang'));
    expect(await session()).toMatchObject({
      roles: [
        { role: 'counsellor', scope: { kind: 'school' } },
        { role: 'grade_head', scope: { kind: 'grade', name: '八年级' } },
        { role: 'homeroom_teacher', scope: { kind: 'class', name: '七(2)班' } },
      ],
    });
    const [hash] =
      await api.admin`select password_hash from app.account_secrets s join app.accounts a on a.id = s.account_id where a.name = 'laoshi'`;
    expect(hash?.['password_hash']).toMatch(/^\$argon2id\$/);
  });

  test('takes the member of staff of that name who has none, and makes no double', async () => {
    const [known] = await api.admin<
      { id: string; name: string }[]
    >`select s.id, s.name from app.staff s
      left join app.accounts a on a.person_id = s.id where s.school_id = ${admin.schoolId} and a.id is null
        and (select count(*) from app.staff n where n.school_id = s.school_id and n.name = s.name) = 1 limit 1`;
    const before = await counts();
    expect((await admin.post('/accounts', staff('yizai', { name: known?.name }))).status).toBe(201);
    const [account] = await api.admin`select person_id from app.accounts where name = 'yizai'`;
    expect(account?.['person_id']).toBe(known?.id);
    expect((await counts())?.['people']).toBe(before?.['people']);
  });

  test('has a name of its own in the school, whatever its case', async () => {
    const before = await counts();
    for (const name of ['banzhuren', 'BanZhuRen', ' banzhuren '])
      expect(await codeOf(await admin.post('/accounts', staff(name)))).toEqual({
        status: 409,
        code: 'account.name-taken',
      });
    expect(await counts()).toEqual(before);
    expect(
      (await (await api.as('admin', 'qinghe')).post('/accounts', staff('nianji'))).status,
    ).toBe(201);
  });

  test('is never given to oneself: the administrator’s own name makes another person', async () => {
    const [own] = await api.admin<
      { name: string }[]
    >`select name from app.staff where id = ${admin.personId}`;
    const before = await api.admin`select id from app.grants where person_id = ${admin.personId}`;
    const body = staff('ziji', { name: own?.name, grants: [{ role: 'lead_counsellor' }] });
    expect((await admin.post('/accounts', body)).status).toBe(201);
    const [made] = await api.admin`select person_id from app.accounts where name = 'ziji'`;
    expect(made?.['person_id']).not.toBe(admin.personId);
    expect([
      ...(await api.admin`select id from app.grants where person_id = ${admin.personId}`),
    ]).toEqual([...before]);
    expect((await admin.get('/alerts')).status).toBe(200);
    expect(await (await admin.get('/alerts')).json()).toEqual({ items: [], nextCursor: null });
  });

  test('is refused whole when one of its roles is for a class that is not there', async () => {
    const before = await counts();
    const qinghe = await api.as('admin', 'qinghe');
    const [foreign] =
      await api.admin`select id from app.classes where school_id = ${qinghe.schoolId} limit 1`;
    for (const classId of [99_999, Number(foreign?.['id'])]) {
      const grants = [{ role: 'counsellor' }, { role: 'homeroom_teacher', classId }];
      expect(await codeOf(await admin.post('/accounts', staff('bucunzai', { grants })))).toEqual({
        status: 404,
        code: 'resource.not-found',
      });
    }
    expect(await counts()).toEqual(before);
  });

  test.each<[string, object]>([
    ['a short password', { password: '123456789' }],
    ['a role that is not given here', { grants: [{ role: 'committee_member' }] }],
    ['a role without its class', { grants: [{ role: 'homeroom_teacher' }] }],
    ['a role with a scope it does not have', { grants: [{ role: 'counsellor', classId: 1 }] }],
    [
      'a class beyond what the database counts',
      { grants: [{ role: 'homeroom_teacher', classId: 2 ** 31 }] },
    ],
    ['no name', { name: ' ' }],
    ['an unknown kind', { kind: 'robot' }],
  ])('is refused with %s', async (_, changes) => {
    expect((await admin.post('/accounts', staff('cuole', changes))).status).toBe(422);
  });
});

describe('an account for a committee seat', () => {
  const seat = (pupilId: string, letter: 'A' | 'B', account: string) => ({
    kind: 'committee_seat',
    pupilId,
    seat: letter,
    account,
    password: 'a good password',
  });

  test('seats a pupil of the class, who then reports for it', async () => {
    const [pupil] = await api.admin<
      { id: string; class_id: number }[]
    >`select p.id, p.class_id from app.pupils p
      where p.school_id = ${admin.schoolId} and not exists (select from app.committee_seats s where s.person_id = p.id) limit 1`;
    await api.admin`update app.committee_seats set ends_on = current_date where class_id = ${pupil?.class_id ?? 0} and seat = 'B'`;
    expect((await admin.post('/accounts', seat(pupil?.id ?? '', 'B', 'xinweiyuan'))).status).toBe(
      201,
    );
    const who = await api.asPerson(admin.schoolId, pupil?.id ?? '');
    expect((await who.get('/monthly-reports/mine')).status).toBe(403);
    await approveWaiting(await asApprover(api, 'xinli'));
    expect(await (await who.get('/monthly-reports/mine')).json()).toMatchObject({
      seat: { seat: 'B' },
    });
  });

  test('is refused when the seat is taken, and for a pupil of another school', async () => {
    const before = await counts();
    const [pupil] = await api.admin<{ id: string }[]>`select p.id from app.pupils p
      join app.committee_seats s on s.class_id = p.class_id and s.seat = 'A' and s.ends_on is null
      where p.school_id = ${admin.schoolId} and p.id <> s.person_id limit 1`;
    expect(
      await codeOf(await admin.post('/accounts', seat(pupil?.id ?? '', 'A', 'dierge'))),
    ).toEqual({
      status: 409,
      code: 'account.person-has-one',
    });
    const [foreign] = await api.admin<
      { id: string }[]
    >`select id from app.pupils where school_id <> ${admin.schoolId} limit 1`;
    expect((await admin.post('/accounts', seat(foreign?.id ?? '', 'A', 'dierge'))).status).toBe(
      404,
    );
    expect(await counts()).toEqual(before);
  });
});

describe('the accounts', () => {
  test('are made by administrators only', async () => {
    const before = await counts();
    for (const account of [
      'weiyuan-a',
      'banzhuren',
      'nianji',
      'xinli',
      'deyu',
      'xiaozhang',
      'baohu',
    ])
      expect(
        await codeOf(await (await api.as(account)).post('/accounts', staff('meiyou'))),
      ).toEqual({
        status: 403,
        code: 'action.not-allowed',
      });
    expect(await counts()).toEqual(before);
  });

  test('are listed in pages, those of the own school only', async () => {
    const names = async (who: Requester, limit: number) => {
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const at = await who.get(`/accounts?limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`);
        const page = (await at.json()) as {
          items: { account: string }[];
          nextCursor: string | null;
        };
        found.push(...page.items.map((one) => one.account));
        cursor = page.nextCursor;
      } while (cursor);
      return found;
    };
    const all = await names(admin, 200);
    expect(await names(admin, 3)).toEqual(all);
    const stored = await api.admin<
      { name: string }[]
    >`select name from app.accounts where school_id = ${admin.schoolId}`;
    expect([...all].sort()).toEqual(stored.map((row) => row.name).sort());
    for (const account of ['banzhuren', 'xinli', 'deyu'])
      expect((await (await api.as(account)).get('/accounts')).status).toBe(403);
  });
});
