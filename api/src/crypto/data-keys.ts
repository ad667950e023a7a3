import { randomBytes, randomUUID } from 'node:crypto';
import type { ActorTransaction } from '../db/database.ts';
import type { MasterKey } from './master-key.ts';
import { seal, unseal } from './seal.ts';
import type { NamedKey, Place } from './seal.ts';

export interface KeySubject {
  readonly schoolId: number;
  readonly kind: 'pupil' | 'report' | 'roster_import';
  readonly id: string;
}

const place = (subject: KeySubject, keyId: string): Place => ({
  table: 'data_keys',
  column: 'wrapped',
  row: `${keyId}/${subject.kind}/${subject.id}`,
  schoolId: subject.schoolId,
});

/** The data key of a pupil or report; without it everything sealed for them is noise. */
export async function findDataKey(
  trx: ActorTransaction,
  master: MasterKey,
  subject: KeySubject,
): Promise<NamedKey | undefined> {
  const row = await trx
    .selectFrom('data_keys')
    .select(['id', 'wrapped'])
    .where('school_id', '=', subject.schoolId)
    .where('subject_kind', '=', subject.kind)
    .where('subject_id', '=', subject.id)
    .executeTakeFirst();
  if (!row) return undefined;
  return {
    id: row.id,
    key: unseal(row.wrapped, master.kekOf(subject.schoolId), place(subject, row.id)),
  };
}

/** The same, made when there is none yet. */
export async function getDataKey(
  trx: ActorTransaction,
  master: MasterKey,
  subject: KeySubject,
): Promise<NamedKey> {
  const existing = await findDataKey(trx, master, subject);
  if (existing) return existing;
  const kek = master.kekOf(subject.schoolId);
  const fresh = { id: randomUUID(), key: randomBytes(32) };
  await trx
    .insertInto('data_keys')
    .values({
      school_id: subject.schoolId,
      id: fresh.id,
      subject_kind: subject.kind,
      subject_id: subject.id,
      kek_id: kek.id,
      wrapped: seal(fresh.key, kek, place(subject, fresh.id)),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  // Another transaction may have been first: what is stored counts, not what we made.
  const stored = await findDataKey(trx, master, subject);
  if (!stored) throw new Error('the data key just written cannot be read');
  return stored;
}
