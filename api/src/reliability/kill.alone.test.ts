import { connectForSetUp } from '@shaodian/migrations';
import type { Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifySchool } from '../audit/verify-school.ts';
import {
  countPromised,
  countStored,
  findInconsistencies,
  listLost,
  minus,
} from '../testing/kill-balance.ts';
import type { Stored } from '../testing/kill-balance.ts';
import { startKillLoad } from '../testing/kill-load.ts';
import type { KillLoad } from '../testing/kill-load.ts';
import { startKillableApi } from '../testing/killable-api.ts';
import type { KillableApi } from '../testing/killable-api.ts';
import { startKillableServer } from '../testing/killable-server.ts';
import type { KillableServer } from '../testing/killable-server.ts';
import { seedTemplate } from '../testing/seeded-template.ts';
import { statementProxy } from '../testing/statement-proxy.ts';
import type { StatementProxy } from '../testing/statement-proxy.ts';
import { testDatabase, testMaster } from '../testing/test-deps.ts';
import { crashPoints } from './crash-points.ts';

const long = Boolean(process.env['SHAODIAN_LONG']);
const times = {
  eachPoint: long ? 10 : 1,
  apiAtRandom: long ? 100 : 4,
  postmaster: long ? 40 : 2,
  immediateStop: long ? 20 : 1,
  backend: long ? 60 : 3,
  control: long ? 10 : 2,
};

let server: KillableServer;
let proxy: StatementProxy;
let api: KillableApi;
let admin: Sql;

beforeAll(async () => {
  server = await startKillableServer();
  const url = await seedTemplate({ emptyDatabase: async () => server.adminUrl() });
  admin = connectForSetUp(url);
  // The invented schools stand for real ones here: `main.ts` refuses a demo.
  await admin`update app.schools set is_demo = false`;
  proxy = await statementProxy(url);
  api = await startKillableApi(proxy.url);
}, 120_000);
afterAll(async () => {
  await api.stop();
  await proxy.stop();
  await admin.end({ timeout: 1 });
  await server.stop();
}, 60_000);

/** Each committee member hands in a month once: the fewer are sent at a time, the longer they last. */
const reportShare = long ? 0.02 : 0.15;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Lets the load get some requests through, so that the next kill hits it at work. */
async function work(load: KillLoad, requests: number): Promise<void> {
  const wanted = load.acknowledged() + requests;
  const end = Date.now() + 30_000;
  while (load.acknowledged() < wanted) {
    if (Date.now() > end) throw new Error(`nothing gets through: ${load.lastRefusals()}`);
    await pause(5);
  }
}

async function killAtPoint(name: string): Promise<void> {
  const point = crashPoints[name];
  if (!point) throw new Error(`there is no point ${name}`);
  const reached = proxy.arm(point, () => api.kill()).then(() => true);
  if (!(await Promise.race([reached, pause(30_000)])))
    expect.unreachable(`nothing came to the point "${name}"`);
  await api.untilHealthy();
}

/** A new way to the database after it came back. */
async function reconnect(): Promise<void> {
  const url = server.adminUrl();
  proxy.pointTo(url);
  await admin.end({ timeout: 1 });
  admin = connectForSetUp(url);
}

async function untilDelivered(): Promise<void> {
  const end = Date.now() + 30_000;
  const waiting = async () =>
    (
      await admin<{ n: number }[]>`
        select count(*)::int as n from app.outbox where delivered_at is null`
    )[0]?.n;
  while ((await waiting()) !== 0) {
    if (Date.now() > end) throw new Error('the outbox does not empty');
    await pause(20);
  }
}

/** Verifies the audit chains of all schools, with the checkpoints that were filed. */
async function verifyChains(): Promise<{ entries: number; bad: unknown[] }> {
  const database = await testDatabase(server.adminUrl());
  const filed = await api.checkpoints();
  const schools = await admin<{ id: number }[]>`select id from app.schools`;
  const verdicts = [];
  for (const { id } of schools)
    verdicts.push(await verifySchool({ db: database.db, master: testMaster }, id, filed));
  await database.stop();
  return {
    entries: verdicts.reduce((sum, one) => sum + one.entries, 0),
    bad: verdicts.filter((one) => one.firstBad !== null),
  };
}

const shuffled = <T>(list: readonly T[]): T[] =>
  list
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);

/** Everything that is killed, in random order; the points each as often as the rest says. */
const killings = (load: KillLoad): (() => Promise<void>)[] => {
  const many = (count: number, kill: () => Promise<void>) =>
    Array.from({ length: count }, () => kill);
  return shuffled([
    ...Object.keys(crashPoints).flatMap((name) => many(times.eachPoint, () => killAtPoint(name))),
    ...many(times.apiAtRandom, async () => {
      await pause(Math.random() * 300);
      api.kill();
      await api.untilHealthy();
    }),
    ...many(times.postmaster, async () => {
      await server.killPostmaster();
      await reconnect();
    }),
    ...many(times.immediateStop, async () => {
      await server.stopImmediately();
      await reconnect();
    }),
    ...many(times.backend, () => server.killBackend()),
  ]).map((kill) => async () => {
    await kill();
    await work(load, 10);
    // Else the next kill, and the one after, may hit the same request: a report comes to most of the points, and each would be its end.
    await load.caughtUp();
  });
};

describe('the API and PostgreSQL killed again and again under load', () => {
  test(
    'lose nothing that was acknowledged, double nothing, and tell everybody once',
    // Under a minute on two idle cores. Most of it is the API starting again, which a busy machine makes many times slower.
    { timeout: long ? 7_200_000 : 600_000 },
    async () => {
      await untilDelivered();
      const before = await countStored(admin);
      const load = await startKillLoad(admin, api.url, {
        seats: 100,
        lanes: 8,
        reportShare,
      });
      await work(load, 20);
      const kills = killings(load);
      for (const kill of kills) await kill();
      await load.settle();
      await load.sendAgain(long ? 2_000 : 100);
      await untilDelivered();

      const promised = countPromised(load.requests);
      const stored = minus(await countStored(admin), before);
      const lost = await listLost(admin, load.requests);
      const meantMore = load.requests.filter((one) => one.ids.size > 1);
      const chains = await verifyChains();
      const inconsistent = await findInconsistencies(admin);
      const retried = load.requests.filter((one) => one.attempts > 1).length;
      process.stdout.write(
        `kill -9: API killed ${api.ended.killed} times (${Object.keys(crashPoints).length} named points × ${times.eachPoint}, ${times.apiAtRandom} at random), ` +
          `PostgreSQL ${times.postmaster + times.immediateStop + times.backend} times (${times.postmaster} postmaster, ${times.immediateStop} immediate, ${times.backend} backend)\n` +
          `kill -9: ${promised.keys} acknowledged (${promised.reports} reports, ${promised.observations} observations, ${promised.acknowledgements} acknowledgements), ` +
          `${load.unanswered()} attempts without an answer, ${retried} keys sent more than once: ${lost.length} lost, ${doubledOf(stored, promised)} doubled\n` +
          `kill -9: audit chains of ${chains.entries} entries verified, ${chains.bad.length} bad; ${Object.keys(inconsistent).length} inconsistencies\n`,
      );
      expect(load.faults).toEqual([]);
      expect(lost).toEqual([]);
      expect(meantMore).toEqual([]);
      expect(stored).toEqual(promised);
      expect(inconsistent).toEqual({});
      expect(chains.bad).toEqual([]);
      expect(chains.entries).toBeGreaterThan(promised.keys);
      // Each kind of work was done, the kills were felt, and the program never ended by itself.
      for (const count of Object.values(promised)) expect(count).toBeGreaterThan(0);
      expect(load.unanswered()).toBeGreaterThan(kills.length);
      expect(api.ended.byItself).toBe(0);
    },
  );

  test(
    'and the same harness sees the losses where a commit is answered before it is on disk',
    { timeout: long ? 1_200_000 : 300_000 },
    async () => {
      await server.loosenCommits();
      const load = await startKillLoad(admin, api.url, { seats: 0, lanes: 8, reportShare: 0 });
      for (let round = 0; round < times.control; round += 1) {
        await work(load, 40);
        await server.killPostmaster();
        await reconnect();
      }
      await work(load, 10);
      await load.settle();
      const lost = await listLost(admin, load.requests);
      process.stdout.write(
        `kill -9, control with synchronous_commit = off: ${load.acknowledged()} acknowledged, ${times.control} times postmaster killed: ${lost.length} lost\n`,
      );
      expect(lost.length).toBeGreaterThan(0);
    },
  );
});

const doubledOf = (stored: Stored, promised: Stored): number =>
  Math.max(0, stored.reports - promised.reports) +
  Math.max(0, stored.observations - promised.observations) +
  Math.max(0, stored.acknowledgements - promised.acknowledgements);
