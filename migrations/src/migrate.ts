import { createHash } from 'node:crypto';
import type { Sql } from 'postgres';
import type { Migration } from './migration.ts';
import { migrations as all } from './registry.ts';

export interface MigrationState {
  readonly name: string;
  readonly applied: boolean;
}

/** A landed migration was edited afterwards, or the database is ahead of this program. */
export class MigrationMismatchError extends Error {
  override name = 'MigrationMismatchError';
}

const fingerprint = (m: Migration): string => createHash('sha256').update(m.up).digest('hex');

// One number for all Shaodian processes, so that two that start together migrate one after the other.
const LOCK = 7_429_014;

async function appliedNames(sql: Sql): Promise<Map<string, string>> {
  await sql`create schema if not exists meta authorization shaodian_owner`;
  await sql`create table if not exists meta.migrations (
    name text primary key, fingerprint text not null, applied_at timestamptz not null default now())`;
  await sql`alter table meta.migrations owner to shaodian_owner`;
  const rows = await sql<
    { name: string; fingerprint: string }[]
  >`select name, fingerprint from meta.migrations order by name`;
  return new Map(rows.map((row) => [row.name, row.fingerprint]));
}

function assertKnown(applied: Map<string, string>, list: readonly Migration[]): void {
  const known = new Map(list.map((m) => [m.name, fingerprint(m)]));
  for (const [name, print] of applied) {
    const expected = known.get(name);
    if (expected === undefined)
      throw new MigrationMismatchError(
        `The database has migration ${name}, which this version does not know. Start the newer version.`,
      );
    if (expected !== print)
      throw new MigrationMismatchError(
        `Migration ${name} was changed after it was applied. Add a new one instead.`,
      );
  }
}

async function underLock<T>(sql: Sql, work: () => Promise<T>): Promise<T> {
  await sql`select pg_advisory_lock(${LOCK})`;
  try {
    return await work();
  } finally {
    await sql`select pg_advisory_unlock(${LOCK})`;
  }
}

/** Applies what is missing, each migration in a transaction of its own, as the owner. `sql` has one connection. */
export function migrateUp(sql: Sql, list: readonly Migration[] = all): Promise<string[]> {
  return underLock(sql, async () => {
    const applied = await appliedNames(sql);
    assertKnown(applied, list);
    const done: string[] = [];
    for (const migration of list.filter((m) => !applied.has(m.name))) {
      await inOwnersTransaction(
        sql,
        `${migration.up}
        insert into meta.migrations (name, fingerprint) values ('${migration.name}', '${fingerprint(migration)}');`,
      );
      done.push(migration.name);
    }
    return done;
  });
}

/** Takes back the newest `steps` migrations. */
export function migrateDown(
  sql: Sql,
  steps: number,
  list: readonly Migration[] = all,
): Promise<string[]> {
  return underLock(sql, async () => {
    const applied = await appliedNames(sql);
    assertKnown(applied, list);
    const newest = list
      .filter((m) => applied.has(m.name))
      .slice(-steps)
      .reverse();
    for (const migration of newest)
      await inOwnersTransaction(
        sql,
        `${migration.down}
        delete from meta.migrations where name = '${migration.name}';`,
      );
    return newest.map((m) => m.name);
  });
}

export async function migrationStatus(
  sql: Sql,
  list: readonly Migration[] = all,
): Promise<MigrationState[]> {
  const applied = await appliedNames(sql);
  return list.map((m) => ({ name: m.name, applied: applied.has(m.name) }));
}

// The simple protocol runs the whole text as one message; the explicit begin makes it one transaction.
async function inOwnersTransaction(sql: Sql, text: string): Promise<void> {
  try {
    await sql.unsafe(`begin; set local role shaodian_owner; ${text} commit;`).simple();
  } catch (error) {
    await sql.unsafe('rollback').simple();
    throw error;
  }
}
