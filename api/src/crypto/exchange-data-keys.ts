import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import type { ActorTransaction, Database } from '../db/database.ts';
import { findDataKeys, lockOf, wrapKey } from './data-keys.ts';
import type { KeySubject } from './data-keys.ts';
import type { MasterKey } from './master-key.ts';
import { resealRows } from './reseal-rows.ts';

/** Points at which a kill has been tried; also what progress is counted by. */
type ExchangeStep =
  'locked' | 'retired' | 'key-made' | 'row-resealed' | 'before-commit' | 'exchanged' | 'dropped';

export interface ExchangeDeps {
  /** Connected as the worker. */
  readonly db: Pick<Database, 'asSystem'>;
  readonly master: MasterKey;
  readonly onStep?: (step: ExchangeStep) => void;
}

export interface Exchanged {
  readonly keys: number;
  readonly resealed: number;
  readonly damaged: number;
}

type SubjectRow = { subject_kind: string; subject_id: string };
const subjectOf = (schoolId: number, row: SubjectRow): KeySubject => ({
  schoolId,
  kind: row.subject_kind as KeySubject['kind'],
  id: row.subject_id,
});

/**
 * Gives every subject whose key was made before `before` a new data key, and seals everything under it anew: one transaction a subject,
 * so that a kill leaves it wholly as it was or wholly exchanged, and the next run with the same `before` goes on with the rest.
 */
export async function exchangeDataKeys(
  deps: ExchangeDeps,
  schoolId: number,
  before: Date,
): Promise<Exchanged> {
  const total = { keys: 0, resealed: 0, damaged: 0 };
  for (;;) {
    const subjects = await deps.db.asSystem(schoolId, (trx) => listOlder(trx, schoolId, before));
    if (subjects.length === 0) return total;
    for (const subject of subjects) {
      const one = await withPatience(() =>
        deps.db.asSystem(schoolId, (trx) => exchangeOne(deps, trx, subject, before)),
      );
      total.keys += one.keys;
      total.resealed += one.resealed;
      total.damaged += one.damaged;
      deps.onStep?.('exchanged');
    }
  }
}

async function listOlder(
  trx: ActorTransaction,
  schoolId: number,
  before: Date,
): Promise<KeySubject[]> {
  const rows = await trx
    .selectFrom('data_keys')
    .select(['subject_kind', 'subject_id'])
    .where('school_id', '=', schoolId)
    .where('retired_at', 'is', null)
    .where('made_at', '<', before)
    .orderBy('id')
    .limit(500)
    .execute();
  return rows.map((row) => subjectOf(schoolId, row));
}

async function exchangeOne(
  { master, onStep = () => {} }: ExchangeDeps,
  trx: ActorTransaction,
  subject: KeySubject,
  before: Date,
): Promise<Exchanged> {
  await lockAlone(trx, subject);
  onStep('locked');
  // Asked again behind the lock: another run may have been first, or the subject was erased.
  const old = await trx
    .updateTable('data_keys')
    .set({ retired_at: sql<Date>`statement_timestamp()` })
    .where('school_id', '=', subject.schoolId)
    .where('subject_kind', '=', subject.kind)
    .where('subject_id', '=', subject.id)
    .where('retired_at', 'is', null)
    .where('made_at', '<', before)
    .returning('id')
    .executeTakeFirst();
  if (!old) return { keys: 0, resealed: 0, damaged: 0 };
  onStep('retired');
  const fresh = { id: randomUUID(), key: randomBytes(32) };
  await trx
    .insertInto('data_keys')
    .values({
      school_id: subject.schoolId,
      id: fresh.id,
      subject_kind: subject.kind,
      subject_id: subject.id,
      ...wrapKey(fresh, master, subject),
    })
    .execute();
  onStep('key-made');
  const keys = await findDataKeys(trx, master, subject);
  if (keys?.[0].id !== fresh.id)
    throw new Error('the data key just written is not the current one');
  const done = await resealRows(trx, subject, keys, () => onStep('row-resealed'));
  onStep('before-commit');
  return { keys: 1, ...done };
}

/**
 * Drops keys that were replaced long enough ago. Whoever read a row before its key was replaced asks for the keys within the minute in
 * which a context is good; a key that some row still needs stays.
 */
export async function dropRetiredKeys(
  deps: ExchangeDeps,
  schoolId: number,
  graceSeconds: number,
): Promise<{ readonly dropped: number; readonly kept: number; readonly waiting: number }> {
  const { due, waiting } = await deps.db.asSystem(schoolId, (trx) =>
    listRetired(trx, schoolId, graceSeconds),
  );
  let [dropped, kept] = [0, 0];
  for (const subject of due) {
    const n = await withPatience(() =>
      deps.db.asSystem(schoolId, (trx) => dropRetired(deps, trx, subject, graceSeconds)),
    );
    if (n === 0) kept += 1;
    dropped += n;
    deps.onStep?.('dropped');
  }
  return { dropped, kept, waiting };
}

async function listRetired(trx: ActorTransaction, schoolId: number, graceSeconds: number) {
  const { rows } = await sql<SubjectRow & { due: boolean }>`
    select subject_kind, subject_id::text, bool_or(${isOver(graceSeconds)}) as due from app.data_keys
    where school_id = ${schoolId} and retired_at is not null group by 1, 2`.execute(trx);
  return {
    due: rows.filter((row) => row.due).map((row) => subjectOf(schoolId, row)),
    waiting: rows.filter((row) => !row.due).length,
  };
}

const isOver = (graceSeconds: number) =>
  sql<boolean>`retired_at <= clock_timestamp() - make_interval(secs => ${graceSeconds})`;

async function dropRetired(
  { master }: ExchangeDeps,
  trx: ActorTransaction,
  subject: KeySubject,
  graceSeconds: number,
): Promise<number> {
  await lockAlone(trx, subject);
  const keys = await findDataKeys(trx, master, subject);
  if (!keys) return 0;
  const { damaged } = await resealRows(trx, subject, keys);
  if (damaged > 0) return 0;
  const gone = await trx
    .deleteFrom('data_keys')
    .where('school_id', '=', subject.schoolId)
    .where('subject_kind', '=', subject.kind)
    .where('subject_id', '=', subject.id)
    .where('retired_at', 'is not', null)
    .where(isOver(graceSeconds))
    .executeTakeFirst();
  return Number(gone.numDeletedRows);
}

// Shorter than the deadlock timeout: where a person's request and the exchange wait for each other, the exchange gives way.
async function lockAlone(trx: ActorTransaction, subject: KeySubject): Promise<void> {
  await sql`set local lock_timeout = '300ms'`.execute(trx);
  await sql`select pg_advisory_xact_lock(${lockOf(subject)})`.execute(trx);
}

const lockNotAvailable = '55P03';

/** Tries again while people are at work on the subject. */
export async function withPatience<T>(attempt: () => Promise<T>, attempts = 100): Promise<T> {
  for (let left = attempts; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if ((error as { code?: string }).code !== lockNotAvailable || left <= 1) throw error;
      await pause(100);
    }
  }
}
