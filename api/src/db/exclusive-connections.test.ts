import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import type { Sql } from 'postgres';
import { connectForSetUp, prepareDatabase } from '@shaodian/migrations';
import { countBackends, keepTerminating } from '../testing/chaos-backends.ts';
import { chaosProxy } from '../testing/chaos-proxy.ts';
import type { ChaosProxy } from '../testing/chaos-proxy.ts';
import { copyDatabase, testMaster } from '../testing/test-deps.ts';
import { ConnectionLostError, exclusivePool } from './exclusive-connections.ts';
import type { ExclusivePool, Lease } from './exclusive-connections.ts';

let admin: Sql;
let appUrl: string;
let pool: ExclusivePool;
let proxy: ChaosProxy;

beforeAll(async () => {
  const adminUrl = await copyDatabase(inject('seededUrl'));
  admin = connectForSetUp(adminUrl);
  appUrl = (await prepareDatabase(adminUrl, testMaster.databaseSecrets)).app;
  await admin`create table app.marks (word text)`;
  await admin`grant select, insert on app.marks to shaodian_app`;
  proxy = await chaosProxy(appUrl);
});
afterEach(async () => {
  await pool.close();
  await admin`truncate app.marks`;
});
afterAll(async () => {
  await proxy.stop();
  await admin.end();
});

const patience = { timeout: 10_000 };
const pidOf = async (lease: Lease) =>
  (await lease.run('select pg_backend_pid() as pid', []))[0]?.['pid'] as number;
const insert = (lease: Lease, word: string) =>
  lease.run('insert into marks (word) values ($1)', [word]);
const terminate = (lease: Lease) => admin`select pg_terminate_backend(${lease.backendPid}, 2000)`;
const countMarks = async () => (await admin`select from app.marks`).length;
const within = <T>(seconds: number, promise: Promise<T>): Promise<T | 'still waiting'> =>
  Promise.race([
    promise,
    new Promise<'still waiting'>((resolve) => {
      setTimeout(() => resolve('still waiting'), seconds * 1000).unref();
    }),
  ]);
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: Error) => error.name,
  );
const settled = (promises: Promise<unknown>[]) => Promise.all(promises.map(outcome));

describe('a lost backend', () => {
  test('poisons its lease: every later statement is refused, and the next lease has another backend', async () => {
    pool = exclusivePool(appUrl, 1);
    const lease = await pool.lend();
    await lease.run('begin', []);
    await insert(lease, 'before');
    await terminate(lease);
    for (let n = 0; n < 3; n += 1)
      await expect(insert(lease, 'after')).rejects.toThrow(ConnectionLostError);
    await expect(lease.end('commit')).rejects.toThrow(ConnectionLostError);
    lease.giveBack();
    const next = await pool.lend();
    expect(next.backendPid).not.toBe(lease.backendPid);
    expect(await pidOf(next)).toBe(next.backendPid);
    await expect(insert(lease, 'much later')).rejects.toThrow(ConnectionLostError);
    next.giveBack();
    expect(await countMarks()).toBe(0);
  });

  test('takes the statements that were queued behind the running one with it; none runs on a new backend', async () => {
    pool = exclusivePool(appUrl, 1);
    const lease = await pool.lend();
    await lease.run('begin', []);
    const asked = settled([
      lease.run('select pg_sleep($1)', [5]),
      ...Array.from({ length: 5 }, (_, n) => insert(lease, `queued ${n}`)),
    ]);
    await vi.waitFor(async () => {
      const running = await admin`
        select from pg_stat_activity where pid = ${lease.backendPid} and query like '%pg_sleep%' and state = 'active'`;
      expect(running).toHaveLength(1);
    }, patience);
    await terminate(lease);
    expect(await within(5, asked)).toEqual(Array(6).fill('ConnectionLostError'));
    lease.giveBack();
    // Long enough for a driver that connects again to have sent them.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await countMarks()).toBe(0);
  });

  test('without a good-bye from the server leaves no statement pending', async () => {
    pool = exclusivePool(proxy.url, 1);
    for (let n = 0; n < 20; n += 1) {
      const lease = await pool.lend();
      await lease.run('begin', []);
      proxy.reset();
      const asked: Promise<string>[] = [];
      for (let at = 0; at < 10; at += 1) {
        asked.push(outcome(insert(lease, 'into nothing')));
        await new Promise((resolve) => (at % 2 ? setImmediate(resolve) : setTimeout(resolve, 0)));
      }
      const names = await within(5, Promise.all(asked));
      expect(new Set(names)).toEqual(new Set(['ConnectionLostError']));
      lease.giveBack();
    }
    const lease = await pool.lend();
    expect(await pidOf(lease)).toBe(lease.backendPid);
    lease.giveBack();
  });
});

describe('a lease', () => {
  test('refuses statements after its transaction ended', async () => {
    pool = exclusivePool(appUrl, 1);
    const lease = await pool.lend();
    await lease.run('begin', []);
    expect(await lease.end('commit')).toBe('COMMIT');
    await expect(insert(lease, 'late')).rejects.toThrow(ConnectionLostError);
    lease.giveBack();
    expect(await countMarks()).toBe(0);
  });

  test('whose transaction was not seen to end does not give its connection to anybody', async () => {
    pool = exclusivePool(appUrl, 1);
    const first = await pool.lend();
    await first.run('begin', []);
    await insert(first, 'left open');
    first.giveBack();
    const second = await pool.lend();
    expect(second.backendPid).not.toBe(first.backendPid);
    second.giveBack();
    expect(await countMarks()).toBe(0);
  });

  test('is lent to one at a time, and a clean one is used again', async () => {
    pool = exclusivePool(appUrl, 1);
    const first = await pool.lend();
    const second = pool.lend();
    expect(await within(0.2, second)).toBe('still waiting');
    await first.run('begin', []);
    await first.end('rollback');
    first.giveBack();
    first.giveBack();
    expect((await second).backendPid).toBe(first.backendPid);
    (await second).giveBack();
  });
});

describe('those who wait', () => {
  test('are served as soon as a lent connection is lost', async () => {
    pool = exclusivePool(appUrl, 2);
    const holders = [await pool.lend(), await pool.lend()];
    const waiting = [pool.lend(), pool.lend()];
    await Promise.all(holders.map(terminate));
    const served = await within(5, Promise.all(waiting));
    expect(served).toHaveLength(2);
    for (const lease of [...holders, ...(served as Lease[])]) lease.giveBack();
  });

  test('are refused, each of them, when no connection can be made', async () => {
    pool = exclusivePool(proxy.url, 2);
    proxy.refuse();
    const names = await within(5, settled(Array.from({ length: 9 }, () => pool.lend())));
    expect(names).toEqual(Array(9).fill('ConnectionLostError'));
    proxy.open();
    const lease = await pool.lend();
    expect(await pidOf(lease)).toBe(lease.backendPid);
    lease.giveBack();
  });
});

describe('the pool', () => {
  test(
    'neither leaks nor loses a connection under hundreds of losses, also while connections are being made',
    { timeout: 300_000 },
    async () => {
      const losses = process.env['SHAODIAN_LONG'] === '1' ? 5_000 : 500;
      const size = 5;
      pool = exclusivePool(appUrl, size);
      let finished = false;
      let committed = 0;
      const wrong: unknown[] = [];
      const worker = async () => {
        while (!finished) {
          const lease = await pool.lend().catch(() => null);
          if (!lease) continue;
          try {
            await lease.run('begin', []);
            const pid = await pidOf(lease);
            if (pid !== lease.backendPid) wrong.push([pid, lease.backendPid]);
            await lease.end('commit');
            committed += 1;
          } catch (error) {
            if (!(error instanceof ConnectionLostError)) wrong.push(error);
          } finally {
            lease.giveBack();
          }
        }
      };
      const killer = keepTerminating(admin, {
        atOnce: 3,
        pauseMs: () => Math.random() * 3,
        // How much gets through between two losses is up to the machine; the losses go on until enough has.
        isDone: (ended) => ended >= losses && committed > 50,
      }).finally(() => (finished = true));
      await Promise.all([killer, ...Array.from({ length: 20 }, worker)]);
      expect(wrong).toEqual([]);
      expect(committed).toBeGreaterThan(50);
      // The last one ended may still be on its way out, so this is asked until it is so.
      await vi.waitFor(async () => {
        const all = await Promise.all(Array.from({ length: size }, () => pool.lend()));
        try {
          expect(new Set(await Promise.all(all.map(pidOf))).size).toBe(size);
          expect(await countBackends(admin)).toBe(size);
        } finally {
          await settled(all.map((lease) => lease.end('rollback')));
          for (const lease of all) lease.giveBack();
        }
      }, patience);
    },
  );

  test('ends: it waits for what is under way, refuses what comes later, and leaves no backend', async () => {
    pool = exclusivePool(appUrl, 3);
    const [idle, busy] = [await pool.lend(), await pool.lend()];
    await idle.run('begin', []);
    await idle.end('commit');
    idle.giveBack();
    await busy.run('begin', []);
    const closed = pool.close();
    await expect(pool.lend()).rejects.toThrow(ConnectionLostError);
    expect(await within(0.2, closed)).toBe('still waiting');
    await insert(busy, 'finished');
    expect(await busy.end('commit')).toBe('COMMIT');
    busy.giveBack();
    await closed;
    expect(await countMarks()).toBe(1);
    await vi.waitFor(async () => expect(await countBackends(admin)).toBe(0), patience);
  });
});
