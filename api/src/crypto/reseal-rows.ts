import { sql } from 'kysely';
import type { ActorTransaction } from '../db/database.ts';
import type { KeySubject } from './data-keys.ts';
import { UnsealError, seal, unseal } from './seal.ts';
import type { NamedKey, Place } from './seal.ts';
import { sealedColumns } from './sealed-columns.ts';
import type { SealedColumn } from './sealed-columns.ts';

interface SealedRow {
  readonly row: string;
  readonly former_row: string | null;
  readonly sealed: Uint8Array;
}

export interface Resealed {
  readonly resealed: number;
  /** Values that no key of the subject opens: altered or moved. They are left as they are. */
  readonly damaged: number;
}

/** Seals with the current key what an older one sealed, in every column of the subject. */
export async function resealRows(
  trx: ActorTransaction,
  subject: KeySubject,
  keys: readonly [NamedKey, ...NamedKey[]],
  onRow: () => void = () => {},
): Promise<Resealed> {
  let [resealed, damaged] = [0, 0];
  for (const column of sealedColumns.filter((one) => one.kind === subject.kind)) {
    for (const row of await listSealed(trx, subject, column)) {
      const outcome = await resealRow(trx, subject, keys, column, row);
      if (outcome === 'resealed') resealed += 1;
      if (outcome === 'damaged') damaged += 1;
      onRow();
    }
  }
  return { resealed, damaged };
}

async function listSealed(
  trx: ActorTransaction,
  subject: KeySubject,
  { table, column, row, subject: owner, formerly }: SealedColumn,
): Promise<SealedRow[]> {
  const ofSubject =
    typeof owner === 'string'
      ? sql`${sql.ref(owner)} = ${subject.id}`
      : sql`${sql.ref(owner.via)} = any (array(select o.id from ${sql.id('app', owner.table)} o
          where o.school_id = ${subject.schoolId} and o.${sql.ref(owner.column)} = ${subject.id}))`;
  const { rows } = await sql<SealedRow>`
    select ${sql.ref(row)}::text as row, ${formerly ? sql.ref(formerly.row) : sql`null`}::text as former_row, ${sql.ref(column)} as sealed
    from ${sql.id('app', table)} where school_id = ${subject.schoolId} and ${sql.ref(column)} is not null and ${ofSubject}
    order by 1`.execute(trx);
  return rows;
}

async function resealRow(
  trx: ActorTransaction,
  subject: KeySubject,
  keys: readonly [NamedKey, ...NamedKey[]],
  column: SealedColumn,
  row: SealedRow,
): Promise<'current' | 'resealed' | 'damaged'> {
  const { schoolId } = subject;
  const place = { table: column.table, column: column.column, row: row.row, schoolId };
  if (opened(row.sealed, [keys[0]], place)) return 'current';
  const plain =
    opened(row.sealed, keys, place) ??
    (column.formerly &&
      opened(row.sealed, keys, {
        ...place,
        table: column.formerly.table,
        row: row.former_row ?? '',
      }));
  if (!plain) return 'damaged';
  await sql`update ${sql.id('app', column.table)} set ${sql.ref(column.column)} = ${seal(plain, keys[0], place)}
    where school_id = ${schoolId} and ${sql.ref(column.row)} = ${row.row}`.execute(trx);
  return 'resealed';
}

function opened(sealed: Uint8Array, keys: readonly NamedKey[], place: Place): Buffer | undefined {
  try {
    return unseal(sealed, keys, place);
  } catch (error) {
    if (error instanceof UnsealError) return undefined;
    throw error;
  }
}
