import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { countBackends, keepTerminating } from '../testing/chaos-backends.ts';
import { chaosUsers } from '../testing/chaos-users.ts';
import type { ChaosUser, PendingReport } from '../testing/chaos-users.ts';
import { startTestApi } from '../testing/index.ts';
import type { TestApi } from '../testing/index.ts';

const times = process.env['SHAODIAN_LONG'] === '1' ? 10 : 1;
const requests = 10_000 * times;
const terminations = 500 * times;
const concurrency = 24;

let api: TestApi;
let users: ChaosUser[];

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  users = await chaosUsers(api);
});
afterAll(() => api.stop());

const countStored = async () => {
  const rows = await api.admin<{ observations: number; keys: number }[]>`
    select (select count(*) from app.observation_details)::int as observations,
      (select count(*) from app.idempotency_records)::int as keys`;
  return { observations: rows[0]?.observations ?? 0, keys: rows[0]?.keys ?? 0 };
};

/** Asks as somebody at random, again and again; a report without an acknowledgement is sent again by whoever is next. */
async function askAsEverybody(): Promise<{
  faults: string[];
  reports: PendingReport[];
  unavailable: number;
}> {
  const faults: string[] = [];
  const reports: PendingReport[] = [];
  const unanswered: PendingReport[] = [];
  let asked = 0;
  let unavailable = 0;
  const worker = async () => {
    while (asked < requests) {
      asked += 1;
      const user = users[Math.floor(Math.random() * users.length)] as ChaosUser;
      if (user.report && Math.random() < 0.07) {
        const report = unanswered.shift() ?? user.report(Math.random);
        if (!reports.includes(report)) reports.push(report);
        const fault = await report.send();
        if (fault !== null) faults.push(fault);
        if (report.ids.size > 0) continue;
        unavailable += 1;
        unanswered.push(report);
      } else {
        const read = user.reads[Math.floor(Math.random() * user.reads.length)];
        const fault = (await read?.(Math.random)) ?? null;
        if (fault !== null) faults.push(fault);
      }
    }
  };
  const killer = keepTerminating(api.admin, {
    atOnce: 1,
    pauseMs: () => Math.random() * 5,
    isDue: (ended) => ended / terminations <= asked / requests,
    isDone: (ended) => ended >= terminations,
  });
  await Promise.all([killer, ...Array.from({ length: concurrency }, worker)]);
  return { faults, reports, unavailable };
}

test(
  `${terminations} random backend terminations under mixed users of two schools: no answer holds what is another user's, nothing acknowledged is lost or doubled`,
  { timeout: 300_000 * times },
  async () => {
    const before = await countStored();
    const { faults, reports, unavailable } = await askAsEverybody();
    expect(faults).toEqual([]);
    // The terminations were felt, and most requests passed between them.
    expect(unavailable).toBeGreaterThan(terminations / 50);
    expect(unavailable).toBeLessThan(reports.length / 2);
    const acknowledged = reports.flatMap((report) => [...report.ids]);
    const found = await api.admin`
      select from app.observation_details where observation_id in ${api.admin(acknowledged)}`;
    expect(found).toHaveLength(acknowledged.length);

    // Everything works again, and a report that is sent once more is stored once under one id.
    const again = [...reports.filter(({ ids }) => ids.size === 0), ...reports.slice(0, 200)];
    for (const report of again) expect(await report.send()).toBe(null);
    expect(reports.filter((report) => report.ids.size !== 1)).toEqual([]);
    const after = await countStored();
    expect(after.observations - before.observations).toBe(reports.length);
    expect(after.keys - before.keys).toBe(reports.length);
    for (const user of users)
      for (const read of user.reads) expect(await read(Math.random)).toBe(null);
    await vi.waitFor(async () => expect(await countBackends(api.admin)).toBeLessThanOrEqual(6), {
      timeout: 10_000,
    });
  },
);
