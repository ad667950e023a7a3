import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  crossTransactions,
  prepareMarks,
  runSchedule,
  whoText,
} from '../testing/chaos-schedule.ts';
import type { Person, Transact } from '../testing/chaos-schedule.ts';
import { startTestApi, testMaster, testSigner } from '../testing/index.ts';
import type { TestApi } from '../testing/index.ts';
import { appendActs } from '../audit/append-acts.ts';
import { connectDatabase } from './database.ts';
import type { Database } from './database.ts';

// Why there is a pool of our own: the same people, statements and terminations, through it and through the driver's `begin`.

let api: TestApi;
let people: Person[];

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  const requesters = await Promise.all([
    ...['weiyuan-a', 'weiyuan-b', 'banzhuren', 'xinli'].map((account) => api.as(account)),
    ...['weiyuan-a', 'banzhuren', 'xinli', 'admin'].map((account) => api.as(account, 'qinghe')),
  ]);
  people = requesters.map((one) => one.context);
  await prepareMarks(api.admin);
});
afterAll(() => api.stop());

const throughOurPool =
  (db: Database): Transact =>
  (who, work) =>
    db.asActor(who, (trx) =>
      work(async (statement, word) => {
        if (statement === 'who') {
          const { rows } = await sql<{ person: string | null }>`${sql.raw(whoText)}`.execute(trx);
          return rows[0]?.person ?? null;
        }
        await sql`insert into marks (word) values (${word})`.execute(trx);
        return null;
      }),
    );

test(
  'our pool answers nobody as somebody else, and calls nothing committed that was not',
  { timeout: 120_000 },
  async () => {
    const db = connectDatabase(api.appUrl, testSigner, appendActs(testMaster), 6);
    const found = await runSchedule(api.admin, {
      people,
      terminations: 200,
      mostSeconds: 60,
      pauseMs: 80,
      transact: throughOurPool(db),
    });
    await db.close();
    expect(found).toMatchObject({ asSomebodyElse: 0, asNobody: 0, falselyCommitted: 0 });
    expect(found.committed).toBeGreaterThan(20);
  },
);

describe('the backend of a transaction ends between two statements and another transaction begins', () => {
  const pair = () => [people[0], people[4]] as [Person, Person];

  test('our pool refuses the first and answers the second as itself', async () => {
    const db = connectDatabase(api.appUrl, testSigner, appendActs(testMaster), 1);
    const seen = await crossTransactions(api.admin, {
      people: pair(),
      transact: throughOurPool(db),
    });
    await db.close();
    expect(seen).toEqual({ first: null, second: pair()[1].personId });
  });

  test('the stock pool answers the first as the second, who is of another school', async () => {
    const script = fileURLToPath(new URL('../testing/chaos-stock-pool.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [
      script,
      api.appUrl,
      api.adminUrl,
      JSON.stringify(pair()),
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ first: pair()[1].personId });
  });
});
