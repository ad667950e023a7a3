import { connectForLongWork } from '@shaodian/migrations';
import type { Sql } from 'postgres';

interface Replacement {
  /** `app.table` */
  readonly table: string;
  /** Not valid until nothing is left to be replaced. */
  readonly constraint: string;
  /** Replaces at most so many rows, and says how many they were. */
  readonly replaceSome: (sql: Sql, atOnce: number) => Promise<number>;
}

/**
 * Replaces what lies in the open from before a migration by what only the school's key makes, some rows at a time, each time in a transaction
 * of its own: cut off, the next start goes on. Then the constraint is validated, by which a later start sees that nothing is left, and the
 * old rows leave the disk.
 * @returns how many were replaced
 */
export async function replaceStored(
  adminUrl: string,
  { table, constraint, replaceSome }: Replacement,
  rowsAtOnce: number,
): Promise<number> {
  const sql = connectForLongWork(adminUrl);
  try {
    const [row] = await sql<{ convalidated: boolean }[]>`
      select convalidated from pg_constraint where conname = ${constraint} and conrelid = ${table}::regclass`;
    if (row?.convalidated) return 0;
    let replaced = 0;
    for (let more = rowsAtOnce; more === rowsAtOnce; replaced += more)
      more = await asOwner(sql, table, () => replaceSome(sql, rowsAtOnce));
    await sql.unsafe(`vacuum full ${table}`);
    await asOwner(sql, table, () =>
      sql.unsafe(`alter table ${table} validate constraint ${constraint}`),
    );
    return replaced;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/**
 * No policy is for work on all schools at once: it is lifted for this transaction alone, while nobody else can read the table. Not
 * `sql.begin`: it waits for ever when the server is lost.
 */
async function asOwner<T>(sql: Sql, table: string, work: () => Promise<T>): Promise<T> {
  await sql
    .unsafe(
      `begin; set local role shaodian_owner; alter table ${table} no force row level security;`,
    )
    .simple();
  const result = await work();
  await sql.unsafe(`alter table ${table} force row level security; commit;`).simple();
  return result;
}
