import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { ActorTransaction } from '../db/database.ts';
import type { DB } from '../db/types.generated.ts';
import type { MasterKey } from './master-key.ts';
import { seal, unseal } from './seal.ts';
import type { NamedKey, Place } from './seal.ts';

export interface KeySubject {
  readonly schoolId: number;
  readonly kind: 'pupil' | 'report' | 'case' | 'roster_import';
  readonly id: string;
}

const place = (subject: KeySubject, keyId: string): Place => ({
  table: 'data_keys',
  column: 'wrapped',
  row: `${keyId}/${subject.kind}/${subject.id}`,
  schoolId: subject.schoolId,
});

interface WrappedKey {
  readonly id: string;
  readonly kek_id: string;
  readonly wrapped: Uint8Array;
}

export function wrapKey(key: NamedKey, master: MasterKey, subject: KeySubject) {
  const kek = master.kekOf(subject.schoolId);
  return { kek_id: kek.id, wrapped: seal(key.key, kek, place(subject, key.id)) };
}

export function unwrapKey(row: WrappedKey, master: MasterKey, subject: KeySubject): NamedKey {
  const kek = master.kekById(subject.schoolId, row.kek_id);
  return { id: row.id, key: unseal(row.wrapped, kek, place(subject, row.id)) };
}

/**
 * The data keys of a pupil, report, case or import, the current one first; without them everything sealed for the subject is noise.
 * The others were replaced: who read a row before that still opens it with them.
 */
export async function findDataKeys(
  trx: Kysely<DB>,
  master: MasterKey,
  subject: KeySubject,
): Promise<readonly [NamedKey, ...NamedKey[]] | undefined> {
  const rows = await trx
    .selectFrom('data_keys')
    .select(['id', 'kek_id', 'wrapped'])
    .where('school_id', '=', subject.schoolId)
    .where('subject_kind', '=', subject.kind)
    .where('subject_id', '=', subject.id)
    .orderBy(sql`retired_at is not null`)
    .orderBy('retired_at', 'desc')
    .execute();
  const [current, ...retired] = rows.map((row) => unwrapKey(row, master, subject));
  return current && [current, ...retired];
}

/**
 * The key to seal with, made when there is none yet. Until the transaction ends nobody replaces it: what is sealed here and not yet
 * committed would be missed.
 */
export async function getDataKey(
  trx: ActorTransaction,
  master: MasterKey,
  subject: KeySubject,
): Promise<NamedKey> {
  await sql`select pg_advisory_xact_lock_shared(${lockOf(subject)})`.execute(trx);
  const existing = await findDataKeys(trx, master, subject);
  if (existing) return existing[0];
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
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  // Another transaction may have been first: what is stored counts, not what we made.
  const stored = await findDataKeys(trx, master, subject);
  if (!stored) throw new Error('the data key just written cannot be read');
  return stored[0];
}

/** Held shared by those who seal, alone by whoever replaces the key. */
export const lockOf = (subject: KeySubject) =>
  sql<string>`hashtextextended(${`data-key/${subject.schoolId}/${subject.kind}/${subject.id}`}, 0)`;
