import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { deliverAll, startTestApi } from '../testing/index.ts';
import type { TestApi } from '../testing/index.ts';

const long = Boolean(process.env['SHAODIAN_LONG']);
let api: TestApi;
let receiver: Receiver;
const children = new Set<ChildProcess>();

/** The outside world: counts how often each item reached it, and shows each once. */
interface Receiver {
  readonly url: string;
  readonly calls: Map<string, number>;
  /** How long an item is kept waiting for the answer, in milliseconds. */
  pauseMs: () => number;
  onCall: (id: string) => void;
  readonly server: Server;
}

async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    const id = request.url?.slice(1) ?? '';
    receiver.calls.set(id, (receiver.calls.get(id) ?? 0) + 1);
    receiver.onCall(id);
    setTimeout(() => response.end(), receiver.pauseMs());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, calls: new Map(), pauseMs: () => 0, onCall: () => {}, server };
}

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  receiver = await startReceiver();
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  receiver.server.closeAllConnections();
  receiver.server.close();
  await api.stop();
});

async function startWorker(): Promise<ChildProcess> {
  const entry = new URL('../testing/worker-process.ts', import.meta.url);
  const child = fork(entry, [api.workerUrl, api.appUrl, receiver.url], { execArgv: [] });
  children.add(child);
  await once(child, 'message');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  children.delete(child);
}

/** Puts `count` new items about alerts of the school into the outbox. */
async function fill(count: number): Promise<string[]> {
  const rows = await api.admin<{ id: string }[]>`
    insert into app.outbox (school_id, id, topic, subject_id, at)
    select a.school_id, gen_random_uuid(), 'alert.clock_started', a.id, now()
    from app.alerts a cross join generate_series(1, ${count}) where not a.counsellor_only limit ${count} returning id`;
  expect(rows.length).toBe(count);
  return rows.map((row) => row.id);
}

async function until(holds: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const waiting = async (): Promise<number> =>
  (
    await api.admin<{ n: number }[]>`
      select count(*)::int as n from app.outbox where delivered_at is null`
  )[0]?.n ?? -1;

test('a row whose worker is killed in the middle of a delivery is free again at once', async () => {
  await deliverAll(api);
  const times: number[] = [];
  for (let round = 0; round < (long ? 50 : 10); round += 1) {
    receiver.pauseMs = () => 600_000;
    const held = new Promise<string>((resolve) => (receiver.onCall = resolve));
    const child = await startWorker();
    const [id] = await fill(1);
    expect(await held).toBe(id);
    // It is held: nobody else gets it while its worker lives.
    expect(await deliverAll(api)).toBe(0);
    child.kill('SIGKILL');
    const killedAt = performance.now();
    await until(async () => (await deliverAll(api)) === 1);
    times.push(performance.now() - killedAt);
    children.delete(child);
  }
  times.sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)] ?? 0;
  process.stdout.write(
    `outbox: row of a killed worker delivered by another after ${median.toFixed(0)} ms (median of ${times.length}, longest ${times.at(-1)?.toFixed(0)} ms)\n`,
  );
  // Nothing here waits for a timeout: a lease or a heartbeat would take seconds.
  expect(median).toBeLessThan(1_000);
});

test('many workers side by side, killed again and again: every item is told, and each shown once', async () => {
  receiver.calls.clear();
  receiver.onCall = () => {};
  receiver.pauseMs = () => Math.random() * 20;
  const ids = await fill(long ? 20_000 : 1_000);
  const workers = await Promise.all([1, 2, 3, 4].map(startWorker));
  const wanted = long ? 200 : 16;
  let kills = 0;
  // However fast the workers are, there is something to deliver until the last of them is killed.
  for (let left = ids.length; left > 0 || kills < wanted; left = await waiting()) {
    if (left === 0) ids.push(...(await fill(200)));
    if (kills < wanted) {
      const at = kills % workers.length;
      await kill(workers[at] as ChildProcess);
      kills += 1;
      workers[at] = await startWorker();
    } else await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await Promise.all(workers.map(kill));
  const calls = [...receiver.calls.values()].reduce((sum, one) => sum + one, 0);
  const [rows] = await api.admin<{ notices: number; items: number; doubled: number }[]>`
    select count(*)::int as notices, count(distinct outbox_id)::int as items,
      (count(*) - count(distinct (outbox_id, person_id)))::int as doubled
    from app.notices where outbox_id = any (${ids}::uuid[])`;
  process.stdout.write(
    `outbox: ${ids.length} items, 4 workers of 2 lanes, ${kills} killed with SIGKILL: ${calls} deliveries began, ${receiver.calls.size} items told, ` +
      `${rows?.notices} notices, ${rows?.doubled} doubled\n`,
  );
  expect(kills).toBe(wanted);
  // Nothing lost: each item reached the outside at least once, and each became notices.
  expect([...receiver.calls.keys()].sort()).toEqual([...ids].sort());
  expect(rows?.items).toBe(ids.length);
  expect(rows?.doubled).toBe(0);
  // And the kills did hit deliveries that had begun, or this would have shown nothing.
  expect(calls).toBeGreaterThan(ids.length);
  const [expected] = await api.admin<{ n: number }[]>`
    select count(*)::int as n from app.outbox where id = any (${ids}::uuid[]) and attempts > 0`;
  expect(expected?.n).toBe(0);
});

test('delivering the same item twice adds nothing', async () => {
  await deliverAll(api);
  const [id] = await fill(1);
  expect(await deliverAll(api)).toBe(1);
  const notices = async () =>
    api.admin`select id from app.notices where outbox_id = ${id ?? randomUUID()} order by id`;
  const once = await notices();
  await api.admin`update app.outbox set delivered_at = null where id = ${id ?? ''}`;
  expect(await deliverAll(api)).toBe(1);
  expect(await notices()).toEqual(once);
  expect(once.length).toBeGreaterThan(0);
});
