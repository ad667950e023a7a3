import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { prepareDatabase, startEmbeddedServer } from '@shaodian/migrations';
import { countBackends } from '../testing/chaos-backends.ts';
import { chaosProxy } from '../testing/chaos-proxy.ts';
import { startTestApi, testMaster, testSigner } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { appendActs } from '../audit/append-acts.ts';
import { arrayTypes } from './array-types.ts';
import {
  ConnectionLostError,
  NestedTransactionError,
  NotCommittedError,
  asEvaluation,
  connectDatabase,
} from './database.ts';
import type { ActorTransaction, Database } from './database.ts';

let api: TestApi;
let db: Database;
let member: Requester;
let pupilId: string;

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  // One connection, so that whatever is left behind meets the next transaction.
  db = connectDatabase(api.appUrl, testSigner, appendActs(testMaster), 1);
  member = await api.as('weiyuan-a');
  await api.admin`create table app.marks (word text primary key deferrable initially deferred)`;
  await api.admin`grant select, insert on app.marks to shaodian_app`;
  const rows = await api.admin<{ id: string }[]>`
    select id from app.pupils where school_id = ${member.schoolId} and id <> ${member.personId} limit 1`;
  pupilId = rows[0]?.id ?? '';
});
afterAll(async () => {
  await db.close();
  await api.stop();
});

const who = async (trx: ActorTransaction) =>
  (
    await sql<{ person: string | null; evaluated: string | null }>`
      select sec.uid() as person, sec.evaluated_pupil() as evaluated`.execute(trx)
  ).rows[0];
const mark = (trx: ActorTransaction, word: string) =>
  sql`insert into marks (word) values (${word})`.execute(trx);
const marks = async () =>
  (await api.admin<{ word: string }[]>`delete from app.marks returning word`).map(
    ({ word }) => word,
  );

describe('a transaction', () => {
  test('that was answered with ROLLBACK is not called committed, even if its own code swallowed the error', async () => {
    const swallowing = db.asActor(member.context, async (trx) => {
      await mark(trx, 'first');
      await sql`select 1 / 0`.execute(trx).catch(() => undefined);
      return 'done';
    });
    await expect(swallowing).rejects.toThrow(NotCommittedError);
    expect(await marks()).toEqual([]);
  });

  test('whose COMMIT fails tells why, and leaves a connection that works', async () => {
    const twice = db.asActor(member.context, async (trx) => {
      await mark(trx, 'same');
      await mark(trx, 'same');
    });
    await expect(twice).rejects.toMatchObject({ code: '23505' });
    expect(await db.answers()).toBe(true);
    expect(await marks()).toEqual([]);
  });

  test('rolls back when its work throws', async () => {
    const failing = db.asActor(member.context, async (trx) => {
      await mark(trx, 'undone');
      throw new RangeError('of our own');
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(await marks()).toEqual([]);
  });

  test('that lost its backend fails, even if its own code swallowed every error', async () => {
    const swallowing = db.asActor(member.context, async (trx) => {
      await mark(trx, 'before');
      await api.admin`select pg_terminate_backend(pid, 2000) from pg_stat_activity
        where application_name = 'shaodian' and datname = current_database() and state = 'idle in transaction'`;
      await mark(trx, 'after').catch(() => undefined);
      return 'done';
    });
    await expect(swallowing).rejects.toThrow(ConnectionLostError);
    expect(await db.answers()).toBe(true);
    expect(await marks()).toEqual([]);
  });

  test('refuses those who kept it after its end', async () => {
    const kept = await db.asActor(member.context, async (trx) => ({ trx }));
    await expect(mark(kept.trx, 'late')).rejects.toThrow(ConnectionLostError);
    expect(await marks()).toEqual([]);
  });

  test('leaves no context to the next one on the same backend', async () => {
    const pidAndContext = sql<{ pid: number; context: string | null }>`
      select pg_backend_pid() as pid, nullif(current_setting('app.ctx', true), '') as context`;
    const [actor, nobody] = [
      await db.asActor(member.context, (trx) => pidAndContext.execute(trx)),
      await db.asNobody((trx) => pidAndContext.execute(trx)),
    ];
    expect(nobody.rows[0]?.pid).toBe(actor.rows[0]?.pid);
    expect(actor.rows[0]?.context).toContain(member.personId);
    expect(nobody.rows[0]?.context).toBe(null);
  });

  test('is not opened inside another, neither by asActor nor by Kysely', async () => {
    const nested = db.asActor(member.context, () => db.asNobody(async () => 'inside'));
    await expect(nested).rejects.toThrow(NestedTransactionError);
    const kysely = db.asActor(member.context, (trx) =>
      trx.transaction().execute(async () => 'inside'),
    );
    await expect(kysely).rejects.toThrow('never inside one');
    // What was started inside and goes on after the end may open its own.
    let later = Promise.resolve('');
    await db.asActor(member.context, async () => {
      later = new Promise((resolve) => setTimeout(resolve, 50)).then(() =>
        db.asNobody(async () => 'afterwards'),
      );
    });
    expect(await later).toBe('afterwards');
  });
});

describe('an evaluation', () => {
  test('sees as the rules while it works, and as the actor before and after', async () => {
    const seen = await db.asActor(member.context, async (trx) => [
      await who(trx),
      await asEvaluation(trx, pupilId, () => who(trx)),
      await who(trx),
    ]);
    const actor = { person: member.personId, evaluated: null };
    expect(seen).toEqual([actor, { person: null, evaluated: pupilId }, actor]);
  });

  test('that throws ends the transaction: whoever catches it sees nothing more and commits nothing', async () => {
    let after: unknown;
    const going = db.asActor(member.context, async (trx) => {
      await mark(trx, 'before');
      await asEvaluation(trx, pupilId, () => Promise.reject(new RangeError('of our own'))).catch(
        () => undefined,
      );
      after = await who(trx).catch((error: unknown) => error);
      return 'done';
    });
    await expect(going).rejects.toThrow(ConnectionLostError);
    expect(after).toBeInstanceOf(ConnectionLostError);
    expect(await marks()).toEqual([]);
  });

  test('is not begun inside another, nor in a transaction of nobody', async () => {
    const nested = db.asActor(member.context, (trx) =>
      asEvaluation(trx, pupilId, () => asEvaluation(trx, member.personId, () => who(trx))),
    );
    await expect(nested).rejects.toThrow(NestedTransactionError);
    const ofNobody = db.asNobody((trx) =>
      asEvaluation(trx as never, pupilId, async () => undefined),
    );
    await expect(ofNobody).rejects.toThrow('asActor');
  });
});

describe('values', () => {
  test('dates are plain text, alone and in arrays', async () => {
    const { rows } = await db.asNobody((trx) =>
      sql`select date '2026-02-28' as day, array[date '2026-02-28', null] as days,
        ${['2026-03-01']}::date[] as given, '{}'::date[] as none`.execute(trx),
    );
    expect(rows).toEqual([
      { day: '2026-02-28', days: ['2026-02-28', null], given: ['2026-03-01'], none: [] },
    ]);
  });

  test('arrays come back as they were sent, whatever they hold', async () => {
    const words = ['', 'NULL', 'null', 'a,b', '{}', '"', '\\', '\\"', ' ', '哭\n了', "'"];
    const ids = [pupilId, member.personId];
    const bytes = [Buffer.from([0, 92, 34, 255]), Buffer.alloc(0), null];
    const { rows } = await db.asNobody((trx) =>
      sql`select ${words}::text[] as words, ${ids}::uuid[] as ids, ${[1, -2]}::int[] as numbers, array['a', null] as gap, array['\\x005c22ff'::bytea, '', null] as bytes`.execute(
        trx,
      ),
    );
    expect(rows).toEqual([{ words, ids, numbers: [1, -2], gap: ['a', null], bytes }]);
  });

  test('every array of the schema is of a type that is known here', async () => {
    const rows = await api.admin<{ oid: number; place: string }[]>`
      select a.atttypid::int as oid, c.relname || '.' || a.attname as place
      from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid
      where c.relnamespace = 'app'::regnamespace and t.typcategory = 'A' and a.attnum > 0 and not a.attisdropped
      union all
      select unnest(p.proargtypes || p.prorettype)::int, p.proname from pg_proc p where p.pronamespace = 'sec'::regnamespace`;
    const arrays = await api.admin<{ oid: number }[]>`
      select oid::int from pg_type where typcategory = 'A'`;
    const isArray = new Set(arrays.map(({ oid }) => oid));
    const known = new Set(Object.values(arrayTypes).flatMap(({ from }) => from));
    const used = rows.filter(({ oid }) => isArray.has(oid));
    expect(used.length).toBeGreaterThan(3);
    expect(used.filter(({ oid }) => !known.has(oid))).toEqual([]);
  });
});

describe('a server that is restarted', () => {
  test('is answered for again, without a restart of ours, and no backend is left behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shaodian-test-'));
    await chmod(folder, 0o755);
    let server = await startEmbeddedServer({ folder, durable: false });
    const urlNow = async () =>
      (await prepareDatabase(await server.adminUrl('restarted'), testMaster.databaseSecrets)).app;
    const proxy = await chaosProxy(await urlNow());
    const restarted = connectDatabase(proxy.url, testSigner, appendActs(testMaster), 4);
    const ask = () => restarted.asNobody((trx) => sql`select 1`.execute(trx));
    await Promise.all(Array.from({ length: 12 }, ask));
    proxy.refuse();
    await server.stop();
    const down = await Promise.allSettled(Array.from({ length: 12 }, ask));
    expect(down.filter((one) => one.status === 'fulfilled')).toEqual([]);
    expect(await restarted.answers()).toBe(false);
    server = await startEmbeddedServer({ folder, durable: false });
    proxy.open(await urlNow());
    await Promise.all(Array.from({ length: 12 }, ask));
    await restarted.close();
    await proxy.stop();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
});

test('closing leaves no backend', async () => {
  const own = connectDatabase(api.appUrl, testSigner, appendActs(testMaster), 4);
  const before = await countBackends(api.admin);
  await Promise.all(Array.from({ length: 8 }, () => own.answers()));
  const settlesAt = (count: number) =>
    vi.waitFor(async () => expect(await countBackends(api.admin)).toBe(count), { timeout: 10_000 });
  await settlesAt(before + 4);
  await own.close();
  await settlesAt(before);
});
