import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { createApp } from '../app.ts';
import { demoPassword } from '../demo/cast.ts';
import { sha256 } from '../http/session.ts';
import { startTestApi } from '../testing/index.ts';
import type { TestApi } from '../testing/index.ts';
import { argon2Hasher } from './password-hasher.ts';
import type { PasswordHasher } from './password-hasher.ts';

let api: TestApi;
let app: TestApi['app'];
/** Real checks of the real strength, counted. */
const hashing = { checks: 0 };

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  const real = api.deps.passwords;
  const counting: PasswordHasher = {
    hash: (password) => real.hash(password),
    verify: (stored, password, lane) => {
      hashing.checks += 1;
      return real.verify(stored, password, lane);
    },
  };
  app = createApp({ ...api.deps, passwords: counting });
  // The first check also makes the decoy.
  await signIn({ account: 'nobody' });
});
afterAll(() => api.stop());
beforeEach(async () => {
  await api.admin`delete from app.sign_in_attempts`;
  hashing.checks = 0;
});

interface Credentials {
  readonly school?: string;
  readonly account: string;
  readonly password?: string;
}

const signIn = async (credentials: Credentials, cookie?: string): Promise<Response> =>
  app.fetch(
    new Request('http://localhost/api/session', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-forwarded-for': '203.0.113.7',
        ...(cookie ? { cookie } : {}),
      },
      body: JSON.stringify({ school: 'jiangpan', password: demoPassword, ...credentials }),
    }),
  );

/** Signs in once and gives the cookie by which this browser is known from then on. */
async function knownDeviceOf(account: string): Promise<string> {
  const lines = (await signIn({ account })).headers.getSetCookie();
  return lines.find((line) => line.startsWith('shaodian-device='))?.split(';')[0] ?? '';
}

const many = <T>(count: number, of: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => of(index)));
const tally = (statuses: readonly number[]): Record<number, number> =>
  Object.fromEntries(
    [...new Set(statuses)].map((one) => [one, statuses.filter((other) => other === one).length]),
  );

describe('while guesses pour in,', () => {
  test('200 at one account cost 5 hash checks, and its owner signs in from the known device', async () => {
    const cookie = await knownDeviceOf('xinli');
    hashing.checks = 0;
    const flood = many(200, (index) => signIn({ account: 'xinli', password: `wrong-${index}` }));
    const startedAt = performance.now();
    const owner = await signIn({ account: 'xinli' }, cookie);
    const seconds = (performance.now() - startedAt) / 1000;
    const statuses = tally((await flood).map((one) => one.status));
    expect(owner.status).toBe(201);
    expect(statuses).toEqual({ 401: 5, 429: 195 });
    expect(hashing.checks).toBe(5 + 1);
    process.stdout.write(
      `brute force: 200 guesses, ${hashing.checks - 1} hash checks; owner in ${seconds.toFixed(2)} s\n`,
    );
  });

  test('300 at names that are nobody’s fill the queue of strangers, and known devices go before it', async () => {
    const cookie = await knownDeviceOf('deyu');
    const flood = many(300, (index) => signIn({ account: `nobody-${index}`, password: 'wrong' }));
    const startedAt = performance.now();
    const owner = await signIn({ account: 'deyu' }, cookie);
    const ownerAfter = performance.now() - startedAt;
    const statuses = tally((await flood).map((one) => one.status));
    const floodAfter = performance.now() - startedAt;
    expect(owner.status).toBe(201);
    expect(ownerAfter).toBeLessThan(floodAfter);
    expect((statuses[401] ?? 0) + (statuses[503] ?? 0)).toBe(300);
    expect(statuses[503]).toBeGreaterThan(200);
    process.stdout.write(
      `brute force: 300 names, ${JSON.stringify(statuses)}; owner in ${(ownerAfter / 1000).toFixed(2)} s of ${(floodAfter / 1000).toFixed(2)} s\n`,
    );
  });

  test('guesses from the known device of one person do not hold up the same person elsewhere', async () => {
    const cookie = await knownDeviceOf('deyu');
    await many(20, () => signIn({ account: 'deyu', password: 'wrong' }, cookie));
    expect((await signIn({ account: 'deyu' }, cookie)).status).toBe(429);
    expect((await signIn({ account: 'deyu' })).status).toBe(201);
  });
});

test('40 people behind one address, each on a device of their own, are in within a minute', async () => {
  const hash = await api.deps.passwords.hash(demoPassword);
  const made = await api.admin<{ name: string }[]>`
    with chosen as (
      select s.school_id, s.id, row_number() over (order by s.id) as n from app.staff s
      where s.school_id = (select id from app.schools where code = 'jiangpan')
        and not exists (select from app.accounts a where a.school_id = s.school_id and a.person_id = s.id) limit 40),
    accounts as (
      insert into app.accounts (school_id, id, person_id, name)
        select school_id, gen_random_uuid(), id, 'morning-' || n from chosen returning school_id, id, name),
    secrets as (
      insert into app.account_secrets (school_id, account_id, password_hash) select school_id, id, ${hash} from accounts)
    select name from accounts`;
  expect(made).toHaveLength(40);
  const startedAt = performance.now();
  const answers = await Promise.all(made.map(({ name }) => signIn({ account: name })));
  const seconds = (performance.now() - startedAt) / 1000;
  expect(tally(answers.map((one) => one.status))).toEqual({ 201: 40 });
  expect(hashing.checks).toBe(40);
  expect(seconds).toBeLessThan(60);
  process.stdout.write(
    `brute force: 40 people behind one address signed in within ${seconds.toFixed(1)} s\n`,
  );
});

describe('the wait after failures', () => {
  const waits: [failures: number, seconds: number, status: number][] = [
    [4, 0, 401],
    [5, 29, 429],
    [5, 31, 401],
    [6, 59, 429],
    [6, 61, 401],
    [9, 479, 429],
    [9, 481, 401],
    [10, 899, 429],
    [10, 901, 401],
    // No lock for ever, however many there were.
    [1_000_000, 899, 429],
    [1_000_000, 901, 401],
  ];
  test.each(waits)('%i failures, the last one %i s ago: %i', async (failures, seconds, status) => {
    const subject = sha256('jiangpan/nianji');
    await api.admin`insert into app.sign_in_attempts (school_id, subject_sha256, device_sha256, failures, last_failure_at)
      select id, ${subject}, '', ${failures}, now() - make_interval(secs => ${seconds}) from app.schools where code = 'jiangpan'`;
    expect((await signIn({ account: 'nianji', password: 'wrong' })).status).toBe(status);
  });

  test('is over for an account after a quarter of an hour without attempts: five are free again', async () => {
    const subject = sha256('jiangpan/nianji');
    await api.admin`insert into app.sign_in_attempts (school_id, subject_sha256, device_sha256, failures, last_failure_at)
      select id, ${subject}, '', 40, now() - interval '901 seconds' from app.schools where code = 'jiangpan'`;
    const statuses = [];
    for (let attempt = 0; attempt < 6; attempt += 1)
      statuses.push((await signIn({ account: 'nianji', password: 'wrong' })).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  });

  test('is the same for a school that does not exist', async () => {
    const statuses = [];
    for (let attempt = 0; attempt < 6; attempt += 1)
      statuses.push((await signIn({ school: 'nowhere', account: 'nianji' })).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  });
});

describe('the time of an answer', () => {
  // The first quartile: what else the machine does only ever adds to a time, so the faster half says what the work costs.
  const typical = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)] ?? 0;
  const kinds: Record<string, Credentials> = {
    'unknown school': { school: 'nowhere', account: 'banzhuren' },
    'unknown account': { account: 'nobody' },
    disabled: { account: 'zixun' },
    'wrong password': { account: 'banzhuren', password: 'wrong' },
  };

  test(
    'tells unknown, disabled and wrong apart by less than 5 %',
    { timeout: 300_000 },
    async () => {
      await api.admin`update app.accounts set disabled_at = now() where name = 'zixun'`;
      const times = new Map(Object.keys(kinds).map((kind) => [kind, [] as number[]]));
      const spread = () => {
        const each = [...times.values()].map(typical);
        return (Math.max(...each) - Math.min(...each)) / Math.min(...each);
      };
      let round = 0;
      // In turns, each kind after each other kind equally often, so that what the machine does besides falls on all alike.
      for (; round < 24 || (round < 100 && spread() >= 0.05); round += 1) {
        const names = Object.keys(kinds);
        const order = names.map(
          (_, at) => names[(at * (round % 2 ? 3 : 1) + round) % names.length] ?? '',
        );
        for (const kind of order) {
          await api.admin`delete from app.sign_in_attempts`;
          const startedAt = performance.now();
          const { status } = await signIn(kinds[kind] as Credentials);
          times.get(kind)?.push(performance.now() - startedAt);
          expect(status).toBe(401);
        }
      }
      const shown = [...times].map(([kind, values]) => `${kind} ${typical(values).toFixed(1)} ms`);
      process.stdout.write(
        `brute force: ${shown.join(', ')}; ${(spread() * 100).toFixed(1)} % apart after ${round} rounds\n`,
      );
      expect(spread()).toBeLessThan(0.05);
    },
  );
});

describe('hashing', () => {
  test('is done two at a time, and the known go before the strangers that wait', async () => {
    const hasher = argon2Hasher();
    const stored = await hasher.hash('a password');
    const order: string[] = [];
    const ask = async (name: string, lane: 'known' | 'stranger') => {
      await hasher.verify(stored, 'wrong', lane);
      order.push(name);
    };
    await Promise.all([
      ...['s1', 's2', 's3', 's4', 's5', 's6'].map((name) => ask(name, 'stranger')),
      ...['k1', 'k2'].map((name) => ask(name, 'known')),
    ]);
    // Two strangers were being served already, and who of two that run side by side ends first is chance.
    for (const known of ['k1', 'k2'])
      expect(order.indexOf(known)).toBeLessThan(Math.min(order.indexOf('s5'), order.indexOf('s6')));
    expect(order).toHaveLength(8);
  });
});
