import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { sql as statement } from 'kysely';
import postgres from 'postgres';
import type { Sql } from 'postgres';
import { contextSigner } from '../db/context.ts';
import type { Context } from '../db/context.ts';
import { startTestApi, testMaster, testSigner } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

let api: TestApi;
let teacher: Requester;
let counsellor: Requester;
let app: Sql;
let pid: number;

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  teacher = await api.as('banzhuren');
  counsellor = await api.as('xinli');
  app = postgres(api.appUrl, { max: 1, onnotice: () => {} });
  pid = (await app<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]?.pid ?? 0;
});
afterAll(async () => {
  await app.end();
  await api.stop();
});

/** The alerts that a context shows, or the error code it is refused with. */
async function alertsUnder(context: string | null): Promise<number | string> {
  try {
    const result = await app.begin(async (trx) => {
      if (context !== null) await trx`select set_config('app.ctx', ${context}, true)`;
      return trx<{ n: number }[]>`select count(*)::int as n from app.alerts`;
    });
    return result[0]?.n ?? -1;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const errorOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? String(error),
  );

/** A context altered before it is signed again with the right key. */
function resigned(
  context: Context,
  change: (parts: string[]) => void,
  key = testMaster.contextKey,
): string {
  const parts = testSigner.sign(context, pid).split('|').slice(0, 11);
  change(parts);
  const text = parts.join('|');
  return `${text}|${createHmac('sha256', key).update(text).digest('hex')}`;
}

describe('without a context', () => {
  test('no table shows a row', async () => {
    const tables = await api.admin<
      { name: string }[]
    >`select relname as name from pg_class where relnamespace = 'app'::regnamespace and relkind = 'r'`;
    expect(tables.length).toBeGreaterThan(20);
    for (const context of [null, ''])
      for (const { name } of tables) {
        const seen = await app
          .begin(async (trx) => {
            if (context !== null) await trx`select set_config('app.ctx', ${context}, true)`;
            return trx.unsafe(
              `select school from (select ${name === 'schools' ? 'id' : 'school_id'} as school from app.${name}) x`,
            );
          })
          .catch((error: { code: string }) => error.code);
        expect([name, typeof seen === 'string' ? seen : seen.length]).toEqual([
          name,
          typeof seen === 'string' ? '42501' : 0,
        ]);
      }
  });
});

describe('a context', () => {
  test('that is signed and fresh shows what the person may see', async () => {
    expect(await alertsUnder(testSigner.sign(counsellor.context, pid))).toBeGreaterThan(3);
  });

  test('with another person under the same signature is refused', async () => {
    const mine = testSigner.sign(teacher.context, pid);
    expect(await alertsUnder(mine.replace(teacher.personId, counsellor.personId))).toBe('28000');
    const judging = mine.split('|');
    judging[1] = 'evaluation';
    expect(await alertsUnder(judging.join('|'))).toBe('28000');
  });

  test('signed with a key of one’s own is refused', async () => {
    const forger = contextSigner(
      Buffer.alloc(32, 1),
      testMaster.contextKeyId,
      () => Date.now() / 1000,
    );
    expect(await alertsUnder(forger.sign(counsellor.context, pid))).toBe('28000');
  });

  test('with a signature that is cut, lengthened, empty or in capitals is refused', async () => {
    const good = testSigner.sign(counsellor.context, pid);
    const at = good.lastIndexOf('|') + 1;
    const signature = good.slice(at);
    for (const other of [
      signature.slice(0, 63),
      `${signature}0`,
      '',
      signature.toUpperCase().replace(/^\d+$/, 'F'),
    ])
      expect(await alertsUnder(good.slice(0, at) + other)).toBe('28000');
  });

  test('that names an unknown key is refused', async () => {
    expect(await alertsUnder(resigned(counsellor.context, (parts) => (parts[9] = '2')))).toBe(
      '28000',
    );
  });

  test('is refused one second after its minute, and taken up to then', async () => {
    const at = (offset: number) =>
      contextSigner(
        testMaster.contextKey,
        testMaster.contextKeyId,
        () => Date.now() / 1000 + offset,
      ).sign(counsellor.context, pid);
    expect(await alertsUnder(at(-61))).toBe('28000');
    expect(await alertsUnder(at(-50))).toBeGreaterThan(3);
  });

  test('made for another backend is refused', async () => {
    expect(await alertsUnder(testSigner.sign(counsellor.context, pid + 1))).toBe('28000');
  });

  test('that is malformed is refused, whatever it is signed with', async () => {
    const good = testSigner.sign(counsellor.context, pid);
    const broken = [
      'x',
      '|||||||||||',
      good.replace('v2', 'v1'),
      // The format before the claims.
      good
        .split('|')
        .filter((_, index) => index !== 6 && index !== 7)
        .join('|'),
      `${good}|`,
      good.split('|').slice(1).join('|'),
      resigned(counsellor.context, (parts) => (parts[0] = 'v1')),
      resigned(counsellor.context, (parts) => (parts[9] = '1x')),
      resigned(counsellor.context, (parts) => (parts[9] = '-1')),
    ];
    for (const context of broken)
      expect([context, await alertsUnder(context)]).toEqual([context, '28000']);
  });

  test('ends with its transaction', async () => {
    await app.begin(
      (trx) => trx`select set_config('app.ctx', ${testSigner.sign(counsellor.context, pid)}, true)`,
    );
    expect(await alertsUnder(null)).toBe(0);
  });
});

describe('the claims of a context', () => {
  const claims = async (context: string) => {
    try {
      return await app.begin(async (trx) => {
        await trx`select set_config('app.ctx', ${context}, true)`;
        const rows = await trx<{ up: boolean; purpose: string | null }[]>`
          select sec.stepped_up() as up, sec.purpose() as purpose`;
        return rows[0];
      });
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const stepped = (seconds: number): Context => ({
    ...counsellor.context,
    steppedUp: { until: new Date(Date.now() + seconds * 1000), purpose: 'follow_up' },
  });
  const none = { up: false, purpose: null };

  test('hold until their second, and then no longer', async () => {
    const sign = (context: Context) => testSigner.sign(context, pid);
    expect(await claims(sign(stepped(60)))).toEqual({ up: true, purpose: 'follow_up' });
    expect(await claims(sign(stepped(-1)))).toEqual(none);
    expect(await claims(sign(counsellor.context))).toEqual(none);
  });

  test('added, prolonged or exchanged under the same signature are refused', async () => {
    const soon = String(Math.floor(Date.now() / 1000) + 600);
    for (const [context, at, value] of [
      [counsellor.context, 6, soon],
      [counsellor.context, 7, 'follow_up'],
      [stepped(60), 6, soon],
      [stepped(60), 7, 'urgent_help'],
    ] as const) {
      const parts = testSigner.sign(context, pid).split('|');
      parts[at] = value;
      expect([at, await claims(parts.join('|'))]).toEqual([at, '28000']);
    }
  });

  test('are nothing to the rules and to nobody', async () => {
    const judging: Context = { kind: 'evaluation', schoolId: 1, pupilId: counsellor.personId };
    const soon = String(Math.floor(Date.now() / 1000) + 600);
    expect(await claims(resigned(judging, (parts) => (parts[6] = soon)))).toEqual(none);
    expect(await claims('')).toEqual(none);
  });
});

describe('injected SQL', () => {
  test('cannot become another person by setting app.ctx', async () => {
    const forged = `v2|person|${counsellor.schoolId}|${counsellor.personId}||||||1||`;
    const run = api.deps.db.asActor(teacher.context, async (trx) => {
      await statement`select set_config('app.ctx', ${forged}, true)`.execute(trx);
      return trx.selectFrom('alerts').selectAll().execute();
    });
    expect(await errorOf(run)).toBe('28000');
  });

  test('cannot take the context of another open transaction along', async () => {
    const stolen = await api.deps.db.asActor(counsellor.context, async (trx) => {
      const found = await statement<{
        ctx: string;
      }>`select current_setting('app.ctx') as ctx`.execute(trx);
      return found.rows[0]?.ctx ?? '';
    });
    expect(await alertsUnder(stolen)).toBe('28000');
  });

  test('cannot change its role, switch row security off, or replace a function', async () => {
    for (const text of [
      'set role shaodian_owner',
      'set role postgres',
      'set role shaodian_worker',
      'set session authorization postgres',
      'alter role shaodian_app bypassrls',
      'alter role shaodian_app superuser',
      'grant shaodian_owner to shaodian_app',
      'alter table app.alerts disable row level security',
      'drop policy alerts_listed on app.alerts',
      'create policy all_of_it on app.alerts using (true)',
      'create table app.mine (a int)',
      'create or replace function sec.school() returns int language sql as $$ select 1 $$',
      'create function public.school() returns int language sql as $$ select 1 $$',
      'truncate app.alerts',
      "copy app.alerts to program 'true'",
    ])
      expect([text, await errorOf(app.unsafe(text))]).toEqual([text, '42501']);
    const off = app.begin(async (trx) => {
      await trx`set local row_security = off`;
      await trx`select count(*) from app.alerts`;
    });
    expect(await errorOf(off)).toBe('42501');
  });

  test('reads neither the signing keys nor the password hashes nor the way back to a reporter', async () => {
    for (const table of [
      'sec.context_keys',
      'app.account_secrets',
      'app.reporter_seals',
      'app.sign_in_attempts',
      'app.second_factors',
      'app.recovery_codes',
      'meta.migrations',
    ])
      expect([table, await errorOf(app.unsafe(`select * from ${table}`))]).toEqual([
        table,
        '42501',
      ]);
    const token = api.deps.db.asActor(teacher.context, (trx) =>
      statement`select token_sha256 from app.sessions`.execute(trx),
    );
    expect(await errorOf(token)).toBe('42501');
  });
});

describe('the context of the rules', () => {
  test('shows what is known of one pupil and of no other', async () => {
    const [pupil] = await api.admin<{ school_id: number; pupil_id: string }[]>`
      select a.school_id, a.pupil_id from app.alerts a join app.schools s on s.id = a.school_id where s.code = 'jiangpan' limit 1`;
    const context = testSigner.sign(
      { kind: 'evaluation', schoolId: pupil?.school_id ?? 0, pupilId: pupil?.pupil_id ?? '' },
      pid,
    );
    const seen = await app.begin(async (trx) => {
      await trx`select set_config('app.ctx', ${context}, true)`;
      return trx<{ pupil_id: string }[]>`
        select pupil_id from app.observations union select pupil_id from app.observation_details union select pupil_id from app.alerts
        union select pupil_id from app.alert_evidence union select id from app.pupils`;
    });
    expect([...seen]).toEqual([{ pupil_id: pupil?.pupil_id }]);
  });
});

describe('a grant', () => {
  test('that ends takes the rows away at the next statement of a transaction that is open', async () => {
    const end = (at: Date | null) =>
      api.admin`update app.grants set ends_at = ${at} where school_id = ${teacher.schoolId} and person_id = ${teacher.personId}`;
    const seen = await api.deps.db.asActor(teacher.context, async (trx) => {
      const count = async () => (await trx.selectFrom('pupils').select('id').execute()).length;
      const before = await count();
      await end(new Date());
      const after = await count();
      await end(null);
      return { before, after, again: await count() };
    });
    expect(seen.before).toBeGreaterThan(30);
    expect(seen.after).toBe(0);
    expect(seen.again).toBe(seen.before);
  });
});
