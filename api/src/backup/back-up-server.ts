import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { POSTGRES_MAJOR, connectForLongWork } from '@shaodian/migrations';
import type { Sql } from 'postgres';
import {
  fileOfSegment,
  isOfLog,
  filesOfBase,
  listSegments,
  writeManifest,
  writeSealed,
} from './backup-folder.ts';
import { BackupError } from './backup-error.ts';
import { packBytes, packFiles } from './packed-folder.ts';
import { lookAtServer } from './server-elsewhere.ts';
import type { Elsewhere } from './server-elsewhere.ts';
import { filesInFolder, filesThrough } from './server-files.ts';
import type { ServerFiles } from './server-files.ts';

export interface ServerBackup {
  /** Superuser of the running server; of one elsewhere, a role with the rights that `lookAtServer` asks for. */
  readonly adminUrl: string;
  /** SHAODIAN_DATA: holds `postgres-18/` and what lies beside it. Null for a server elsewhere, whose files are read through itself. */
  readonly dataFolder: string | null;
  /** Where the backup goes. */
  readonly folder: string;
  readonly key: Uint8Array;
}

/** Holds the log back until it was copied; PostgreSQL lets it go when it grows beyond `max_slot_wal_keep_size`. */
const slot = 'shaodian_backup';

// What PostgreSQL makes anew (its documentation, "Making a base backup using the low level API").
// Where a server listens and how it is set is of the machine it runs on.
const leftOutElsewhere =
  /^(postgresql|pg_hba|pg_ident)\.conf$|^(server|root)\.(key|crt|crl)$|^(log|pg_log)(\/|$)/;
const leftOut =
  /^(pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\/|(^|\/)(pgsql_tmp|pg_internal\.init)|^(postmaster\.(pid|opts)|server\.log|recovery\.signal|standby\.signal|postgresql\.auto\.conf)$/;
/** Small files beside the database that belong to it. Never the key, never the shred list. */
export const besideFolder = 'beside';
const beside = [`postgres-${POSTGRES_MAJOR}.password`, 'demo-clock.json'];

export interface BackupResult {
  readonly base: string;
  readonly segments: number;
  /** Null for the embedded server. */
  readonly elsewhere: Elsewhere | null;
}

/** A base copy of a server that is in use, and the log up to now. @throws BackupError */
export async function backUpServer(backup: ServerBackup): Promise<BackupResult> {
  // The session that starts a copy must be the one that ends it, however long it takes.
  const sql = connectForLongWork(backup.adminUrl);
  try {
    const elsewhere = backup.dataFolder === null ? await lookAtServer(sql) : null;
    await holdLog(sql);
    const startedAt = new Date();
    const base = startedAt.toISOString().replaceAll(/[-:.]/g, '');
    const [start] = await sql<{ segment: string }[]>`
      select pg_walfile_name(pg_backup_start(${`shaodian ${base}`}, true)) as segment`;
    const packed = async function* () {
      yield* packFiles(filesOf(backup, sql), (path) => isCopied(path, elsewhere !== null));
      // After the files: only now is it known from where the log must be read.
      const [stop] = await sql<{ labelfile: string }[]>`
        select labelfile from pg_backup_stop(false)`;
      yield* packBytes('backup_label', Buffer.from(stop?.labelfile ?? ''));
      yield* packBeside(backup);
    };
    await writeSealed(backup.folder, filesOfBase(base), backup.key, packed());
    const [now] = await sql<{ now: Date }[]>`select clock_timestamp() as now`;
    const segments = await copyLogWith(sql, backup);
    await writeManifest(backup.folder, base, backup.key, {
      version: 1,
      postgresMajor: POSTGRES_MAJOR,
      startedAt: startedAt.toISOString(),
      consistentAt: (now?.now ?? new Date()).toISOString(),
      firstSegment: start?.segment ?? '',
      ...(elsewhere ? { elsewhere } : {}),
    });
    return { base, segments, elsewhere };
  } finally {
    await sql.end();
  }
}

const isCopied = (path: string, isElsewhere: boolean): boolean =>
  !leftOut.test(path) && !(isElsewhere && leftOutElsewhere.test(path));

const filesOf = ({ dataFolder }: ServerBackup, sql: Sql): ServerFiles =>
  dataFolder === null
    ? filesThrough(sql)
    : filesInFolder(join(dataFolder, `postgres-${POSTGRES_MAJOR}`));

async function* packBeside({ dataFolder }: ServerBackup) {
  if (dataFolder === null) return;
  for (const name of beside) {
    const bytes = await readFile(join(dataFolder, name)).catch(() => null);
    if (bytes) yield* packBytes(`${besideFolder}/${name}`, bytes);
  }
}

/** Only the log since the last time: every few minutes, so that any moment can be restored. */
export async function backUpLog(backup: ServerBackup): Promise<number> {
  const sql = connectForLongWork(backup.adminUrl);
  try {
    if (backup.dataFolder === null) await lookAtServer(sql);
    const held =
      await sql`select from pg_replication_slots where slot_name = ${slot} and wal_status <> 'lost'`;
    if (held.length === 0)
      throw new BackupError(
        'The log was not held since a base copy: run npm run backup without --log first.',
      );
    return await copyLogWith(sql, backup);
  } finally {
    await sql.end();
  }
}

async function holdLog(sql: Sql): Promise<void> {
  const held =
    await sql`select from pg_replication_slots where slot_name = ${slot} and wal_status <> 'lost'`;
  if (held.length > 0) return;
  const lost = await sql`select from pg_replication_slots where slot_name = ${slot}`;
  if (lost.length > 0) await sql`select pg_drop_replication_slot(${slot})`;
  await sql`select pg_create_physical_replication_slot(${slot}, true)`;
}

async function copyLogWith(sql: Sql, backup: ServerBackup): Promise<number> {
  // Ends the segment that is being written, so that everything until now lies in whole ones.
  await sql`select pg_switch_wal()`;
  const [now] = await sql<{ segment: string; lsn: string }[]>`
    select pg_walfile_name(pg_current_wal_lsn()) as segment, pg_current_wal_lsn()::text as lsn`;
  const current = now?.segment ?? '';
  const have = new Set(await listSegments(backup.folder));
  const files = filesOf(backup, sql);
  const finished = (await files.list('pg_wal'))
    .map(({ path }) => path.slice('pg_wal/'.length))
    .filter((name) => isOfLog(name) && name < current && !have.has(name))
    .sort();
  for (const name of finished)
    await writeSealed(backup.folder, fileOfSegment(name), backup.key, files.read(`pg_wal/${name}`));
  await sql`select pg_replication_slot_advance(${slot}, ${now?.lsn ?? ''}::pg_lsn)`;
  return finished.length;
}
