import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { connectForLongWork } from '@shaodian/migrations';
import type { Sql } from 'postgres';
import { filesOfExport, readSealed } from './backup-folder.ts';
import type { RowsManifest } from './backup-folder.ts';
import { BackupError } from './backup-error.ts';
import { unpackFolder } from './packed-folder.ts';
import { listTables, stateOf } from './table-rows.ts';
import type { Table } from './table-rows.ts';

export interface RowImport {
  /** Superuser of a database that was just prepared, and holds no school. */
  readonly adminUrl: string;
  readonly folder: string;
  readonly key: Uint8Array;
  readonly name: string;
  readonly manifest: RowsManifest;
  /** Not there yet: holds the rows in plain until they are in. It lies where the next try clears away what a killed one left. */
  readonly unpackTo: string;
}

/** All or nothing, in one transaction; then each table is compared with what was written down when it was exported. @throws BackupError */
export async function importRows(rows: RowImport): Promise<void> {
  const { unpackTo: unpacked } = rows;
  await mkdir(unpacked, { mode: 0o700 });
  const sql = connectForLongWork(rows.adminUrl);
  try {
    await unpackFolder(readSealed(rows.folder, filesOfExport(rows.name), rows.key), unpacked);
    await refuseOtherSchema(sql, rows.manifest);
    await sql.unsafe('begin');
    // Rows come in the order of their tables' names: neither triggers nor foreign keys look at them on the way.
    await sql.unsafe('set local session_replication_role = replica');
    const tables = await listTables(sql);
    for (const table of tables) await fill(sql, table, join(unpacked, table.name));
    for (const [name, last] of Object.entries(rows.manifest.sequences))
      if (last !== null) await sql`select setval(${`app."${name}"`}::regclass, ${last}::bigint)`;
    await compare(sql, tables, rows.manifest);
    await sql.unsafe('commit');
    await sql.unsafe('analyze');
  } finally {
    await sql.end();
    await rm(unpacked, { recursive: true, force: true });
  }
}

async function refuseOtherSchema(sql: Sql, manifest: RowsManifest): Promise<void> {
  const here = await sql<{ name: string }[]>`select name from meta.migrations order by name`;
  const names = here.map((one) => one.name);
  if (names.join() !== manifest.migrations.join())
    throw new BackupError(
      `The rows were exported by another release: its last change of the tables is ${manifest.migrations.at(-1)}, this one's is ${names.at(-1)}. Import them with the release that exported them, then update.`,
    );
}

async function fill(sql: Sql, { name, columns }: Table, file: string): Promise<void> {
  await sql.unsafe(`delete from app."${name}"`);
  const into = await sql.unsafe(`copy app."${name}" (${columns}) from stdin`).writable();
  await pipeline(createReadStream(file), into);
}

async function compare(sql: Sql, tables: readonly Table[], manifest: RowsManifest): Promise<void> {
  const state = await stateOf(sql, tables);
  const names = new Set([...Object.keys(manifest.tables), ...Object.keys(state.tables)]);
  for (const name of names) {
    const [was, is] = [manifest.tables[name], state.tables[name]];
    if (was?.rows !== is?.rows || was?.sum !== is?.sum)
      throw new BackupError(`The rows of ${name} are not what was exported. Nothing was kept.`);
  }
}
