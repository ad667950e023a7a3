import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createApp } from '../app.ts';
import { demoPassword } from '../demo/cast.ts';
import { sha256 } from '../http/session.ts';
import { startTestApi } from '../testing/index.ts';
import type { TestApi } from '../testing/index.ts';
import type { PasswordHasher } from './password-hasher.ts';

let api: TestApi;
let app: TestApi['app'];
let checks: (string | null)[] = [];

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  const real = api.deps.passwords;
  const counting: PasswordHasher = {
    hash: (password) => real.hash(password),
    verify: (stored, password, lane) => {
      checks.push(stored);
      return real.verify(stored, password, lane);
    },
  };
  app = createApp({ ...api.deps, passwords: counting });
});
afterAll(() => api.stop());

const signIn = (
  credentials: { school?: string; account: string; password?: string },
  options: { cookie?: string; base?: string } = {},
) =>
  app.fetch(
    new Request(`${options.base ?? 'http://localhost'}/api/session`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(options.cookie ? { cookie: options.cookie } : {}),
      },
      body: JSON.stringify({ school: 'jiangpan', password: demoPassword, ...credentials }),
    }),
  );

const cookiesOf = (response: Response): Map<string, string> =>
  new Map(response.headers.getSetCookie().map((line) => [line.split('=')[0] ?? '', line]));
const valueOf = (line = ''): string => line.split(';')[0] ?? '';
const forget = () => api.admin`delete from app.sign_in_attempts`;

describe('the right password', () => {
  test('sets an HttpOnly, SameSite=Lax cookie that opens the session', async () => {
    const signedIn = await signIn({ account: 'banzhuren' });
    expect(signedIn.status).toBe(201);
    expect(await signedIn.json()).toEqual({ signedIn: true });
    const line = cookiesOf(signedIn).get('shaodian-session') ?? '';
    expect(line).toMatch(
      /^shaodian-session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    const who = await app.request('/api/session', { headers: { cookie: valueOf(line) } });
    expect(await who.json()).toMatchObject({
      account: 'banzhuren',
      school: { code: 'jiangpan' },
      roles: [{ role: 'homeroom_teacher', scope: { kind: 'class', name: '七(1)班' } }],
      seat: null,
    });
  });

  test('over https sets Secure cookies with the __Host- prefix, and takes no other', async () => {
    const base = 'https://school.example';
    const signedIn = await signIn({ account: 'nianji' }, { base });
    const cookies = cookiesOf(signedIn);
    expect([...cookies.keys()].sort()).toEqual([
      '__Host-shaodian-device',
      '__Host-shaodian-session',
    ]);
    for (const line of cookies.values()) {
      expect(line).toContain('; Path=/; HttpOnly; Secure; SameSite=Lax');
      expect(line).not.toContain('Domain');
    }
    const cookie = valueOf(cookies.get('__Host-shaodian-session'));
    const ask = (name: string) => app.request(`${base}/api/session`, { headers: { cookie: name } });
    expect((await ask(cookie)).status).toBe(200);
    expect((await ask(cookie.replace('__Host-', ''))).status).toBe(401);
  });

  test('gives each sign-in another token, stored as its SHA-256 only', async () => {
    const tokens = [];
    for (const _ of [1, 2]) {
      const line = cookiesOf(await signIn({ account: 'baohu' })).get('shaodian-session') ?? '';
      tokens.push(valueOf(line).split('=')[1] ?? '');
    }
    const [first = '', second = ''] = tokens;
    expect(first).not.toBe(second);
    const stored = await api.admin<{ token_sha256: Buffer; row: string }[]>`
      select s.token_sha256, s::text as row from app.sessions s
      join app.accounts a on a.school_id = s.school_id and a.id = s.account_id where a.name = 'baohu'`;
    for (const token of tokens) {
      expect(stored.some((row) => row.token_sha256.equals(sha256(token)))).toBe(true);
      for (const { row } of stored) {
        expect(row).not.toContain(token);
        expect(row).not.toContain(Buffer.from(token).toString('hex'));
        expect(row).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
      }
    }
  });

  test('is asked of the account of one school: the same name elsewhere is another person', async () => {
    const persons = [];
    for (const school of ['jiangpan', 'qinghe']) {
      const line = cookiesOf(await signIn({ school, account: 'BanZhuRen ' })).get(
        'shaodian-session',
      );
      const who = await app.request('/api/session', { headers: { cookie: valueOf(line) } });
      persons.push((await who.json()) as { school: { code: string }; person: { id: string } });
    }
    expect(persons.map((one) => one.school.code)).toEqual(['jiangpan', 'qinghe']);
    expect(new Set(persons.map((one) => one.person.id)).size).toBe(2);
  });
});

describe('unknown school, unknown account, disabled account and wrong password', () => {
  test('give byte-equal answers after the same one hash check', async () => {
    await forget();
    await api.admin`update app.accounts set disabled_at = now() where name = 'zixun'`;
    const attempts = [
      { school: 'nowhere', account: 'banzhuren' },
      { account: 'nobody' },
      { account: 'zixun' },
      { account: 'banzhuren', password: 'wrong' },
    ];
    const answers = [];
    for (const attempt of attempts) {
      checks = [];
      const response = await signIn(attempt);
      answers.push({
        status: response.status,
        headers: [...response.headers].filter(([name]) => name !== 'set-cookie'),
        cookies: [...cookiesOf(response).keys()],
        body: await response.text(),
        checks: checks.length,
      });
    }
    expect(answers[0]).toMatchObject({
      status: 401,
      checks: 1,
      cookies: [],
      body: expect.stringContaining('"code":"session.invalid-credentials"') as string,
    });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  test('the decoy costs what a real hash costs, and no password opens it', async () => {
    const stored = await api.deps.passwords.hash('a password');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/);
    const verify = (hash: string | null, password: string) =>
      api.deps.passwords.verify(hash, password, 'stranger');
    expect(await verify(stored, 'a password')).toBe(true);
    expect(await verify(stored, 'a passwore')).toBe(false);
    expect(await verify(null, 'a password')).toBe(false);
  });
});

describe('guessing', () => {
  test('200 parallel wrong passwords cost at most 5 hash checks; the rest are told to wait', async () => {
    await forget();
    checks = [];
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const response = await signIn({ account: 'xinli', password: `wrong-${index}` });
        return { status: response.status, wait: Number(response.headers.get('retry-after')) };
      }),
    );
    expect(checks.length).toBe(5);
    expect(statuses.filter((one) => one.status === 401)).toHaveLength(5);
    const told = statuses.filter((one) => one.status === 429);
    expect(told).toHaveLength(195);
    for (const { wait } of told) expect(wait > 0 && wait <= 30).toBe(true);
  });

  test('a name without an account is throttled in the same way', async () => {
    await forget();
    const statuses = [];
    for (let attempt = 0; attempt < 7; attempt += 1)
      statuses.push((await signIn({ account: 'nobody-at-all' })).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  test('even the right password waits on a new device, but not on a device that signed in before', async () => {
    await forget();
    const device = valueOf(cookiesOf(await signIn({ account: 'deyu' })).get('shaodian-device'));
    for (let attempt = 0; attempt < 5; attempt += 1)
      await signIn({ account: 'deyu', password: 'wrong' });
    checks = [];
    expect((await signIn({ account: 'deyu' })).status).toBe(429);
    expect(checks).toEqual([]);
    expect((await signIn({ account: 'deyu' }, { cookie: device })).status).toBe(201);
  });

  test('the device of one person is no key to the account of another', async () => {
    await forget();
    const device = valueOf(cookiesOf(await signIn({ account: 'deyu' })).get('shaodian-device'));
    for (let attempt = 0; attempt < 5; attempt += 1)
      await signIn({ account: 'xiaozhang', password: 'wrong' });
    expect((await signIn({ account: 'xiaozhang' }, { cookie: device })).status).toBe(429);
  });

  test('a known device is throttled too, on a count of its own', async () => {
    await forget();
    const cookie = valueOf(cookiesOf(await signIn({ account: 'deyu' })).get('shaodian-device'));
    const statuses = [];
    for (let attempt = 0; attempt < 6; attempt += 1)
      statuses.push((await signIn({ account: 'deyu', password: 'wrong' }, { cookie })).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await signIn({ account: 'deyu' })).status).toBe(201);
  });

  test('the wait doubles to a quarter of an hour and ends by itself', async () => {
    await forget();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1) {
      const response = await signIn({ account: 'xiaozhang', password: 'wrong' });
      const wait = Number(response.headers.get('retry-after'));
      if (response.status !== 429) continue;
      waits.push(wait);
      await api.admin`update app.sign_in_attempts set last_failure_at = last_failure_at - make_interval(secs => ${wait})`;
    }
    const longest = waits.map((wait) => [30, 60, 120, 240, 480, 900].find((step) => wait <= step));
    expect(longest.slice(0, 3)).toEqual([30, 60, 120]);
    await api.admin`update app.sign_in_attempts set last_failure_at = now() - interval '901 seconds', failures = 50`;
    expect((await signIn({ account: 'xiaozhang' })).status).toBe(201);
  });
});

describe('a new password', () => {
  test('ends every session of the account, and the old one opens none', async () => {
    await forget();
    const teacher = await api.as('banzhuren-2');
    const [account] = await api.admin<{ id: string }[]>`
      select id from app.accounts where name = 'banzhuren-2'`;
    const fresh = await api.deps.passwords.hash('another password');
    await api.deps.db.asActor(teacher.context, (trx) =>
      sql`select sec.set_password(${account?.id}, ${fresh})`.execute(trx),
    );
    expect((await teacher.get('/session')).status).toBe(401);
    expect((await signIn({ account: 'banzhuren-2' })).status).toBe(401);
    const signedIn = await signIn({ account: 'banzhuren-2', password: 'another password' });
    expect(signedIn.status).toBe(201);
  });

  test('is set by nobody but the owner and an administrator', async () => {
    const teacher = await api.as('banzhuren');
    const [other] = await api.admin<{ id: string }[]>`
      select id from app.accounts where name = 'nianji'`;
    const attempt = api.deps.db.asActor(teacher.context, (trx) =>
      sql`select sec.set_password(${other?.id}, 'x')`.execute(trx),
    );
    await expect(attempt).rejects.toMatchObject({ code: '42501' });
  });
});
