import {
  appendFile,
  chmod,
  chown,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  POSTGRES_MAJOR,
  runServerAlone,
  serverUser,
  startEmbeddedServer,
} from '@shaodian/migrations';
import type { EmbeddedServer } from '@shaodian/migrations';
import { besideFolder } from './back-up-server.ts';
import { BackupError } from './backup-error.ts';
import {
  fileOfSegment,
  filesOfBase,
  findNewestExport,
  listBases,
  listSegments,
  readSealed,
} from './backup-folder.ts';
import type { BaseCopy, RowsCopy } from './backup-folder.ts';
import { importRows } from './import-rows.ts';
import { unpackFolder } from './packed-folder.ts';

export interface Restore {
  /** The backup. */
  readonly folder: string;
  readonly key: Uint8Array;
  /** A data folder that is not there yet. */
  readonly to: string;
  /** The moment to restore; null for the newest. */
  readonly at: Date | null;
  /** What the school's database is called in the embedded server: that of a server elsewhere takes this name. */
  readonly database: string;
  /** Looks at the restored server before it becomes the data folder: verifies it, and erases again what was erased. Throwing leaves nothing behind. */
  readonly check: (server: EmbeddedServer) => Promise<void>;
}

export interface RowsRestore extends Pick<Restore, 'folder' | 'key' | 'to' | 'database' | 'check'> {
  /** Makes an empty database ready for the program. */
  readonly prepare: (adminUrl: string) => Promise<unknown>;
}

export interface Restored {
  readonly base: string;
  readonly files: number;
  readonly segments: number;
}

/**
 * Makes a data folder from a base copy and the log after it. Everything happens in a folder beside it, which takes its name at the very end.
 * @throws BackupError, BackupFileError; then there is no new folder
 */
export async function restoreServer(restore: Restore): Promise<Restored> {
  return inNewFolder(restore.to, async (unfinished) => {
    const base = await chooseBase(restore);
    const counts = await layOut(restore, base, unfinished);
    await recover(restore, base, unfinished);
    await checkRestored(restore, unfinished);
    return { base: base.name, ...counts };
  });
}

/** Makes a data folder of this version of PostgreSQL from the newest export of rows. @throws BackupError, BackupFileError; then there is no new folder */
export async function restoreRows(restore: RowsRestore): Promise<RowsCopy> {
  const { folder, key } = restore;
  return inNewFolder(restore.to, async (unfinished) => {
    const copy = await findNewestExport(folder, key);
    if (!copy) throw new BackupError(`${folder} holds no finished export.`);
    await giveToServer(unfinished);
    const fill = async (server: EmbeddedServer): Promise<void> => {
      const adminUrl = await server.adminUrl(restore.database);
      await restore.prepare(adminUrl);
      await importRows({ adminUrl, folder, key, ...copy, unpackTo: join(unfinished, 'rows') });
      await restore.check(server);
    };
    await checkRestored({ check: fill }, unfinished);
    return copy;
  });
}

async function inNewFolder<T>(to: string, make: (unfinished: string) => Promise<T>): Promise<T> {
  if (await exists(to))
    throw new BackupError(`${to} is there already. A restore never overwrites: name a new folder.`);
  const unfinished = `${to}.restoring`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(dirname(unfinished), { recursive: true });
  await mkdir(unfinished, { mode: 0o755 });
  try {
    const made = await make(unfinished);
    await rename(unfinished, to);
    return made;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function chooseBase({ folder, key, at }: Restore): Promise<BaseCopy> {
  const bases = await listBases(folder, key);
  if (bases.length === 0) throw new BackupError(`${folder} holds no finished base copy.`);
  const usable = bases.filter(
    (base) => at === null || Date.parse(base.manifest.consistentAt) <= at.getTime(),
  );
  const chosen = usable.at(-1);
  if (!chosen)
    throw new BackupError(
      `The oldest base copy is consistent from ${bases[0]?.manifest.consistentAt} on: no earlier time can be restored.`,
    );
  if (chosen.manifest.postgresMajor !== POSTGRES_MAJOR)
    throw new BackupError(
      `The backup is of PostgreSQL ${chosen.manifest.postgresMajor}; this version runs ${POSTGRES_MAJOR}.`,
    );
  return chosen;
}

async function layOut(restore: Restore, base: BaseCopy, unfinished: string) {
  const { folder, key, at } = restore;
  const data = join(unfinished, `postgres-${POSTGRES_MAJOR}`);
  const wal = join(unfinished, 'wal');
  await mkdir(data, { mode: 0o700 });
  await mkdir(wal, { mode: 0o700 });
  const segments = (await listSegments(folder)).filter(
    (name) => name.endsWith('.history') || name >= base.manifest.firstSegment,
  );
  for (const name of segments)
    await pipeline(
      readSealed(folder, fileOfSegment(name), key),
      createWriteStream(join(wal, name), { mode: 0o600 }),
    );
  // The log first: it is small, and what is wrong with it is known before the base is laid out.
  const files = await unpackFolder(readSealed(folder, filesOfBase(base.name), key), data);
  if (base.manifest.elsewhere) await settleAsEmbedded(data);
  else await layBeside(join(data, besideFolder), unfinished);
  await appendFile(
    join(data, 'postgresql.auto.conf'),
    [
      `restore_command = 'cp "${wal}/%f" "%p"'`,
      `recovery_target_action = 'promote'`,
      ...(at
        ? [`recovery_target_time = '${at.toISOString().replace('T', ' ').replace('Z', '+00')}'`]
        : []),
      '',
    ].join('\n'),
  );
  await writeFile(join(data, 'recovery.signal'), '');
  await giveToServer(unfinished);
  return { files, segments: segments.length };
}

async function layBeside(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) await rename(join(from, name), join(to, name));
  await rm(from, { recursive: true });
}

// How the other server listened was of its machine; the copy is reached as the embedded one is.
async function settleAsEmbedded(data: string): Promise<void> {
  await writeFile(join(data, 'postgresql.conf'), '');
  await writeFile(join(data, 'pg_ident.conf'), '');
  await writeFile(join(data, 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n');
  await writeFile(`${data}.password`, randomBytes(24).toString('base64url'), { mode: 0o600 });
}

// As root the server runs as another user, who must own what it reads.
async function giveToServer(folder: string): Promise<void> {
  const { uid, gid } = serverUser();
  if (uid === undefined || gid === undefined) return;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    await chown(join(entry.parentPath, entry.name), uid, gid);
}

/** To the wanted moment, by a server that listens nowhere: nobody sees it before it was checked. */
async function recover(restore: Restore, base: BaseCopy, unfinished: string): Promise<void> {
  const data = join(unfinished, `postgres-${POSTGRES_MAJOR}`);
  const { elsewhere } = base.manifest;
  const statements = elsewhere
    ? asEmbedded(
        elsewhere.database,
        restore.database,
        (await readFile(`${data}.password`, 'utf8')).trim(),
      )
    : [];
  // Off: else it would want as many connections as the server had that wrote the log.
  const wrong = await runServerAlone(data, { hot_standby: 'off' }, statements);
  if (wrong !== null)
    throw new BackupError(
      `The copy could not be brought to ${restore.at?.toISOString() ?? 'its end'}. ${wrong}`,
    );
  await writeFile(join(data, 'postgresql.auto.conf'), '');
  await rm(join(unfinished, 'wal'), { recursive: true });
}

/** The superuser and the database's name that the embedded server goes by. */
function asEmbedded(database: string, wanted: string, password: string): string[] {
  const quoted = `"${database.replaceAll('"', '""')}"`;
  return [
    "do $$ begin if not exists (select from pg_roles where rolname = 'postgres') then create role postgres superuser; end if; end $$",
    `alter role postgres superuser login password '${password}'`,
    ...(database === wanted ? [] : [`alter database ${quoted} rename to "${wanted}"`]),
  ];
}

async function checkRestored(restore: Pick<Restore, 'check'>, unfinished: string): Promise<void> {
  const server = await startEmbeddedServer({ folder: unfinished });
  try {
    await restore.check(server);
  } finally {
    await server.stop();
  }
  await chmod(join(unfinished, `postgres-${POSTGRES_MAJOR}`), 0o700);
}
