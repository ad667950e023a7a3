import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { countBackends, keepTerminating, terminateBackends } from './chaos-backends.ts';
import type { Context } from '../db/context.ts';

export type Person = Context & { readonly kind: 'person' };
type Statement = 'who' | 'mark';

/** One transaction as this person, committed when it resolves. */
export type Transact = (
  who: Person,
  work: (ask: (statement: Statement, word: string) => Promise<string | null>) => Promise<void>,
) => Promise<void>;

export const whoText = 'select sec.uid() as person';

export interface Findings {
  /** Statements that ran with another person's eyes. */
  asSomebodyElse: number;
  /** Statements that ran outside the transaction, where nobody asks. */
  asNobody: number;
  /** Transactions called committed of which nothing is stored. */
  falselyCommitted: number;
  committed: number;
}

interface Schedule {
  readonly people: readonly Person[];
  readonly terminations: number;
  /** It ends then, also when too few backends were there to be ended. */
  readonly mostSeconds: number;
  /** The longest a transaction waits between two statements: longer than it takes to connect again. */
  readonly pauseMs: number;
  readonly transact: Transact;
}

/** The table the transactions write to. */
export async function prepareMarks(admin: Sql): Promise<void> {
  await admin`create table app.marks (word text primary key)`;
  await admin`grant select, insert on app.marks to shaodian_app`;
}

/** 24 transactions at once by mixed people, with pauses in them as an application has, while backends are ended. */
export async function runSchedule(admin: Sql, schedule: Schedule): Promise<Findings> {
  const { people, transact } = schedule;
  const found: Findings = { asSomebodyElse: 0, asNobody: 0, falselyCommitted: 0, committed: 0 };
  let finished = false;
  let serial = 0;
  const worker = async () => {
    while (!finished) {
      const who = people[serial % people.length] as Person;
      const word = `${randomUUID()}/${who.personId}`;
      serial += 1;
      const work = transact(who, async (ask) => {
        for (let n = 0; n < 4; n += 1) {
          const person = await ask('who', word);
          if (person === null) found.asNobody += 1;
          else if (person !== who.personId) found.asSomebodyElse += 1;
          await pause(Math.random() * schedule.pauseMs);
        }
        await ask('mark', word);
      });
      const isCommitted = await Promise.race([
        work.then(
          () => true,
          () => false,
        ),
        never(5_000),
      ]);
      if (!isCommitted) continue;
      found.committed += 1;
      const stored = await admin`select from app.marks where word = ${word}`;
      if (stored.length === 0) found.falselyCommitted += 1;
    }
  };
  const until = Date.now() + schedule.mostSeconds * 1000;
  const killer = keepTerminating(admin, {
    atOnce: 1,
    pauseMs: () => 5 + Math.random() * 20,
    isDone: (ended) => ended >= schedule.terminations || Date.now() > until,
  }).finally(() => (finished = true));
  await Promise.all([killer, ...Array.from({ length: 24 }, worker)]);
  return found;
}

/**
 * The one order of events that a pool must survive, over a pool of one connection: the backend of the first person's
 * transaction ends between two of its statements, the second person's transaction begins, and the first goes on.
 * Returns who the database took each of them for afterwards, null for a refusal.
 */
export async function crossTransactions(
  admin: Sql,
  { people: [first, second], transact }: { people: readonly [Person, Person]; transact: Transact },
): Promise<{ first: string | null; second: string | null }> {
  const begun = Promise.withResolvers<void>();
  const crossed = Promise.withResolvers<void>();
  const seen = { first: null as string | null, second: null as string | null };

  const ended = transact(first, async (ask) => {
    await ask('who', '');
    begun.resolve();
    await crossed.promise;
    seen.first = await ask('who', '');
  }).catch(() => undefined);
  await begun.promise;
  await terminateBackends(admin, 1);
  while ((await countBackends(admin)) > 0) await pause(10);
  // The client reads that its connection has ended some moments later.
  await pause(200);

  const another = transact(second, async (ask) => {
    await ask('who', '');
    crossed.resolve();
    await pause(500);
    seen.second = await ask('who', '');
  }).catch(() => undefined);
  // A pool may also keep the second waiting until the first has let go of its connection.
  await Promise.race([crossed.promise, pause(1_000)]);
  crossed.resolve();
  await Promise.all([ended, Promise.race([another, never(5_000)])]);
  return seen;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

// The stock pool leaves some transactions pending for ever.
const never = (ms: number) => pause(ms).then(() => false);
