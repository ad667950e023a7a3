import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connectForSetUp } from '@shaodian/migrations';
import { attachTestServer } from '@shaodian/migrations/testing';
import { createApp } from '../app.ts';
import { codeNow } from '../testing/authenticator.ts';
import { makeDeps, testDatabase } from '../testing/test-deps.ts';
import type { TestDatabase } from '../testing/test-deps.ts';

let database: TestDatabase;
let admin: ReturnType<typeof connectForSetUp>;
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  const maintenance = new URL(inject('seededUrl'));
  maintenance.pathname = '/postgres';
  const adminUrl = await attachTestServer(maintenance.href).emptyDatabase();
  database = await testDatabase(adminUrl);
  admin = connectForSetUp(adminUrl);
  app = createApp(makeDeps(database));
});
afterAll(async () => {
  await admin.end();
  await database.stop();
});

const post = async (path: string, body: unknown, cookie = '') =>
  app.request(`/api${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(cookie ? { cookie } : {}) },
    body: JSON.stringify(body),
  });
const person = (account: string, name: string) => ({
  name,
  account,
  password: `password of ${account}`,
});
const input = (code: string) => ({
  school: { code, name: '新学校' },
  administrator: person('Guanli', '管理员'),
  lead: person('xinli', '心理老师'),
});
const state = async () => (await app.request('/api/setup')).json();
const count = async () =>
  (
    await admin`select (select count(*)::int from app.schools) as schools, (select count(*)::int from app.people) as people,
    (select count(*)::int from app.accounts) as accounts, (select count(*)::int from app.grants) as grants`
  )[0];

describe('the first-run set-up', () => {
  test('is needed while there is no school, and lists none', async () => {
    expect(await state()).toEqual({ needed: true, demo: false });
    expect(await (await app.request('/api/schools')).json()).toEqual({ items: [] });
    expect((await app.request('/api/health')).status).toBe(200);
  });

  test.each<[string, object]>([
    ['a short password', { administrator: { ...person('aa', '甲'), password: '123456789' } }],
    ['one account for two people', { administrator: person('XinLi', '甲') }],
    ['an account name with spaces', { lead: person('xin li', '乙') }],
    ['a school code with capitals', { school: { code: 'Third', name: '三中' } }],
    ['a school without a name', { school: { code: 'third', name: ' ' } }],
    ['no lead counsellor', { lead: undefined }],
  ])('refuses %s', async (_, changes) => {
    expect((await post('/setup', { ...input('third'), ...changes })).status).toBe(422);
    expect(await count()).toEqual({ schools: 0, people: 0, accounts: 0, grants: 0 });
  });

  test('founds one school, however many ask at the same time; the rest learn nothing', async () => {
    const codes = ['first', 'second', 'third', 'fourth'];
    const answers = await Promise.all(codes.map((code) => post('/setup', input(code))));
    expect(answers.map((one) => one.status).sort()).toEqual([201, 404, 404, 404]);
    expect(await count()).toEqual({ schools: 1, people: 2, accounts: 2, grants: 3 });
    const winner = answers.findIndex((one) => one.status === 201);
    const { items } = (await (await app.request('/api/schools')).json()) as {
      items: { code: string }[];
    };
    expect(items.map((one) => one.code)).toEqual([codes[winner]]);
    expect(await state()).toEqual({ needed: false, demo: false });
    expect((await post('/setup', input('fifth'))).status).toBe(404);
  });

  test('leaves an administrator and a lead counsellor who can sign in, and an alert has a holder from the first day', async () => {
    const { items } = (await (await app.request('/api/schools')).json()) as {
      items: { code: string }[];
    };
    const cookieFrom = (answer: Response): string => {
      const lines = answer.headers.getSetCookie();
      return lines.find((line) => line.includes('session='))?.split(';')[0] ?? '';
    };
    const signIn = async (account: string) => {
      const signedIn = await post('/session', {
        school: items[0]?.code,
        account,
        password: `password of ${account === 'guanli' ? 'Guanli' : account}`,
      });
      expect(signedIn.status).toBe(201);
      return { answer: (await signedIn.json()) as object, cookie: cookieFrom(signedIn) };
    };
    const rolesOf = async (cookie: string) => {
      const session = (await (
        await app.request('/api/session', { headers: { cookie } })
      ).json()) as { roles: { role: string }[] };
      return session.roles.map((one) => one.role);
    };
    const administrator = await signIn('guanli');
    expect(administrator.answer).toEqual({ signedIn: true });
    expect(await rolesOf(administrator.cookie)).toEqual(['administrator']);
    // What a lead counsellor sees asks for a second factor from the first sign-in on.
    const lead = await signIn('xinli');
    expect(lead.answer).toEqual({ signedIn: false, needs: 'enrolment' });
    const started = await post('/account/second-factor', {}, lead.cookie);
    const { secret } = (await started.json()) as { secret: string };
    const code = codeNow(secret);
    const confirmed = await post('/account/second-factor/confirmation', { code }, lead.cookie);
    expect(confirmed.status).toBe(201);
    expect(await rolesOf(cookieFrom(confirmed))).toEqual(['counsellor', 'lead_counsellor']);
    const slots = await admin`select duty from app.duty_slots order by duty`;
    expect(slots.map((row) => row['duty'])).toEqual(['counsellor', 'red']);
    const hashes = await admin`select password_hash from app.account_secrets`;
    for (const row of hashes) expect(row['password_hash']).toMatch(/^\$argon2id\$/);
  });
});
