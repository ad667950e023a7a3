import { POSTGRES_MAJOR, connectForLongWork } from '@shaodian/migrations';
import type { Sql } from 'postgres';
import { filesOfExport, writeExportManifest, writeSealed } from './backup-folder.ts';
import { BackupError } from './backup-error.ts';
import { copyOut } from './copy-out.ts';
import { packFiles } from './packed-folder.ts';
import type { ServerFiles } from './server-files.ts';
import { listTables, stateOf } from './table-rows.ts';
import type { Table } from './table-rows.ts';

export interface RowExport {
  /** A role that row security does not bind: rows of every school are read. */
  readonly adminUrl: string;
  readonly folder: string;
  readonly key: Uint8Array;
}

export interface Exported {
  readonly name: string;
  readonly tables: number;
  readonly rows: number;
}

/**
 * All rows of all schools as PostgreSQL's own text, of one moment, while the program goes on: for another major version, which cannot read the files
 * of this one. @throws BackupError
 */
export async function exportRows({ adminUrl, folder, key }: RowExport): Promise<Exported> {
  const sql = connectForLongWork(adminUrl);
  try {
    await refuseBound(sql);
    // One snapshot for all tables: what is written meanwhile is in none of them.
    await sql.unsafe('begin transaction isolation level repeatable read, read only');
    const takenAt = new Date();
    const name = takenAt.toISOString().replaceAll(/[-:.]/g, '');
    const tables = await listTables(sql);
    const state = await stateOf(sql, tables);
    await writeSealed(
      folder,
      filesOfExport(name),
      key,
      packFiles(rowsAsFiles(sql, tables), () => true),
    );
    const migrations = await sql<
      { name: string }[]
    >`select name from meta.migrations order by name`;
    await sql.unsafe('commit');
    await writeExportManifest(folder, name, key, {
      version: 1,
      postgresMajor: POSTGRES_MAJOR,
      takenAt: takenAt.toISOString(),
      migrations: migrations.map((one) => one.name),
      ...state,
    });
    const rows = Object.values(state.tables).reduce((sum, one) => sum + Number(one.rows), 0);
    return { name, tables: tables.length, rows };
  } finally {
    await sql.end();
  }
}

async function refuseBound(sql: Sql): Promise<void> {
  const [role] = await sql<{ is_free: boolean }[]>`
    select rolsuper or rolbypassrls as is_free from pg_roles where rolname = current_user`;
  if (!role?.is_free)
    throw new BackupError(
      'This role sees only what row security lets it see. An export needs a superuser, or a role with BYPASSRLS and select on all tables.',
    );
  const [found] = await sql<{ here: boolean }[]>`
    select to_regclass('meta.migrations') is not null as here`;
  if (!found?.here) throw new BackupError('There is no school in this database.');
}

/** Each table as a file, so that it is packed and sealed like one. */
const rowsAsFiles = (sql: Sql, tables: readonly Table[]): ServerFiles => ({
  list: () => Promise.resolve(tables.map(({ name }) => ({ path: name, kind: 'file' as const }))),
  read: async function* (name) {
    const columns = tables.find((one) => one.name === name)?.columns ?? '';
    yield* copyOut(sql, `copy app."${name}" (${columns}) to stdout`);
  },
});
