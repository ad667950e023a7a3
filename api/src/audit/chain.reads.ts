import { sql } from 'kysely';
import type { ActorTransaction, Database } from '../db/database.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { ChainSource, StoredEntry } from './verify-chain.ts';

/** Rows a page: some 1.5 MB of text, and 35 ms in which nobody else is answered. */
const pageSize = 5_000;

/** The chain of a school as the database holds it now, read page by page. Entries that come meanwhile are not read. */
export async function readChain(
  db: Pick<Database, 'asSystem'>,
  schoolId: number,
): Promise<ChainSource> {
  const [head, checkpoints] = await db.asSystem(schoolId, async (trx) => [
    await readHead(trx, schoolId),
    await listCheckpoints(trx, schoolId),
  ]);
  return { schoolId, head, checkpoints, pages: readPages(db, schoolId, head?.seq ?? 0) };
}

async function* readPages(
  db: Pick<Database, 'asSystem'>,
  schoolId: number,
  last: number,
): AsyncGenerator<StoredEntry[]> {
  for (let after = 0; ; after += pageSize) {
    const most = Math.min(after + pageSize, last);
    const rows = await db.asSystem(schoolId, (trx) => listEntries(trx, schoolId, after, most));
    if (rows.length > 0) yield rows;
    if (most >= last) break;
  }
  // What lies beyond the head was put there by somebody else than the chain's own function.
  yield await db.asSystem(schoolId, (trx) => listEntries(trx, schoolId, last, null));
}

async function listEntries(
  trx: ActorTransaction,
  schoolId: number,
  after: number,
  most: number | null,
): Promise<StoredEntry[]> {
  const rows = await sql<{ seq: string; line: string; hash: string; mac: string }>`
    select seq, concat_ws(chr(31), seq, (extract(epoch from at) * 1000000)::bigint, coalesce(person_id::text, ''), coalesce(mark, ''),
      action, kind, area, code, why, purpose, resource, array_to_string(subjects, ',')) as line, hash, mac
    from app.audit_entries where school_id = ${schoolId} and seq > ${after} and (${most}::bigint is null or seq <= ${most}) order by seq limit ${pageSize}`.execute(
    trx,
  );
  return rows.rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}

/** The first entry whose pupils the index tells otherwise, or null. */
export async function findIndexDifference(
  trx: ActorTransaction,
  schoolId: number,
): Promise<number | null> {
  const rows = await sql<{ seq: string | null }>`
    with told as (select distinct e.seq, s.subject from app.audit_entries e, unnest(e.subjects) s (subject) where e.school_id = ${schoolId}),
      kept as (select i.seq, i.subject from app.audit_subjects i where i.school_id = ${schoolId})
    select min(seq) as seq from (select coalesce(t.seq, k.seq) as seq from told t full join kept k on k.seq = t.seq and k.subject = t.subject
      where t.seq is null or k.seq is null) d`.execute(trx);
  const seq = rows.rows[0]?.seq ?? null;
  return seq === null ? null : Number(seq);
}

/** Where the chain ends; null while nothing was recorded. */
export async function readHead(
  trx: ActorTransaction,
  schoolId: number,
): Promise<{ seq: number; hash: string } | null> {
  const row = await trx
    .selectFrom('audit_heads')
    .select(['seq', 'hash'])
    .where('school_id', '=', schoolId)
    .executeTakeFirst();
  return row ? { seq: Number(row.seq), hash: row.hash } : null;
}

async function listCheckpoints(trx: ActorTransaction, schoolId: number): Promise<Checkpoint[]> {
  const rows = await checkpointRows(trx, schoolId).execute();
  return rows.map((row) => checkpointOf(schoolId, row));
}

/** Checkpoints that the file or the witness has not taken yet, the oldest first. */
export async function listWaiting(
  trx: ActorTransaction,
  schoolId: number,
  taker: 'filed' | 'witnessed',
): Promise<Checkpoint[]> {
  const rows = await checkpointRows(trx, schoolId).where(taker, '=', false).limit(500).execute();
  return rows.map((row) => checkpointOf(schoolId, row));
}

export async function readLastCheckpointSeq(
  trx: ActorTransaction,
  schoolId: number,
): Promise<number> {
  const row = await trx
    .selectFrom('audit_checkpoints')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .where('school_id', '=', schoolId)
    .executeTakeFirst();
  return Number(row?.seq ?? 0);
}

const checkpointRows = (trx: ActorTransaction, schoolId: number) =>
  trx
    .selectFrom('audit_checkpoints')
    .select(['seq', 'hash', 'at', 'key_id', 'signature'])
    .where('school_id', '=', schoolId)
    .orderBy('seq');

type CheckpointRow = Awaited<ReturnType<ReturnType<typeof checkpointRows>['execute']>>[number];

const checkpointOf = (schoolId: number, row: CheckpointRow): Checkpoint => ({
  schoolId,
  seq: Number(row.seq),
  hash: row.hash,
  at: row.at.toISOString(),
  keyId: row.key_id,
  signature: row.signature,
});
