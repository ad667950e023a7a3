import { sql } from 'kysely';
import type { WorkerTransaction } from '../db/worker-database.ts';
import type { OutboxTopic } from './enqueue.ts';

/** One row of the outbox, held by the transaction that took it. */
export interface OutboxItem {
  readonly schoolId: number;
  readonly id: string;
  readonly topic: OutboxTopic;
  readonly subjectId: string;
  readonly at: Date;
  /** How often delivering it has failed. */
  readonly attempts: number;
}

/** The row due longest that no other worker holds. Works before `actForSchool`: which school is not known yet. */
export async function takeItem(trx: WorkerTransaction): Promise<OutboxItem | undefined> {
  const { rows } = await sql<{
    school_id: number;
    id: string;
    topic: OutboxTopic;
    subject_id: string;
    at: Date;
    attempts: number;
  }>`select * from sec.take_outbox()`.execute(trx);
  const row = rows[0];
  return (
    row && {
      schoolId: row.school_id,
      id: row.id,
      topic: row.topic,
      subjectId: row.subject_id,
      at: row.at,
      attempts: row.attempts,
    }
  );
}

const settle = (trx: WorkerTransaction, item: OutboxItem) =>
  trx.updateTable('outbox').where('school_id', '=', item.schoolId).where('id', '=', item.id);

export async function markDelivered(trx: WorkerTransaction, item: OutboxItem): Promise<void> {
  await settle(trx, item)
    .set({ delivered_at: sql<Date>`clock_timestamp()`, last_fault: null })
    .execute();
}

const longestPauseSeconds = 600;

/** Counts the attempt and says when to try again: after 2 s, 4 s, 8 s … and at the latest after ten minutes. It is never given up. */
export async function markFailed(
  trx: WorkerTransaction,
  item: OutboxItem,
  fault: Error,
): Promise<void> {
  const pauseSeconds = Math.min(2 ** (item.attempts + 1), longestPauseSeconds);
  await settle(trx, item)
    .set({
      attempts: item.attempts + 1,
      next_at: sql<Date>`clock_timestamp() + make_interval(secs => ${pauseSeconds}::int)`,
      last_fault: faultName(fault),
    })
    .execute();
}

/** Its code or name. The message of an error can quote a value. */
const faultName = (fault: Error): string =>
  ((fault as { code?: string }).code ?? fault.name).slice(0, 80);
