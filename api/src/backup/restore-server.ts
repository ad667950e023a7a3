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
import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import {
  POSTGRES_MAJOR,
  connectToFrailServer,
  serverUser,
  startEmbeddedServer,
} from '@shaodian/migrations';
import type { EmbeddedServer } from '@shaodian/migrations';
import { BackupError, besideFolder } from './back-up-server.ts';
import {
  fileOfSegment,
  filesOfBase,
  listBases,
  listSegments,
  readSealed,
} from './backup-folder.ts';
import type { BaseCopy } from './backup-folder.ts';
import { unpackFolder } from './packed-folder.ts';

export interface Restore {
  /** The backup. */
  readonly folder: string;
  readonly key: Uint8Array;
  /** A data folder that is not there yet. */
  readonly to: string;
  /** The moment to restore; null for the newest. */
  readonly at: Date | null;
  /** Looks at the restored server before it becomes the data folder: verifies it, and erases again what was erased. Throwing leaves nothing behind. */
  readonly check: (server: EmbeddedServer) => Promise<void>;
}

export interface Restored {
  readonly base: string;
  readonly files: number;
  readonly segments: number;
}

const recoveryMinutes = 60;

/**
 * Makes a data folder from a base copy and the log after it. Everything happens in a folder beside it, which takes its name at the very end.
 * @throws BackupError, BackupFileError; then there is no new folder
 */
export async function restoreServer(restore: Restore): Promise<Restored> {
  if (await exists(restore.to))
    throw new BackupError(
      `${restore.to} is there already. A restore never overwrites: name a new folder.`,
    );
  const base = await chooseBase(restore);
  const unfinished = `${restore.to}.restoring`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(dirname(unfinished), { recursive: true });
  await mkdir(unfinished, { mode: 0o755 });
  try {
    const counts = await layOut(restore, base, unfinished);
    await recover(restore, unfinished);
    await rename(unfinished, restore.to);
    return { base: base.name, ...counts };
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
  for (const name of await readdir(join(data, besideFolder)))
    await rename(join(data, besideFolder, name), join(unfinished, name));
  await rm(join(data, besideFolder), { recursive: true });
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

// As root the server runs as another user, who must own what it reads.
async function giveToServer(folder: string): Promise<void> {
  const { uid, gid } = serverUser();
  if (uid === undefined || gid === undefined) return;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    await chown(join(entry.parentPath, entry.name), uid, gid);
}

async function recover(restore: Restore, unfinished: string): Promise<void> {
  const data = join(unfinished, `postgres-${POSTGRES_MAJOR}`);
  const server = await startEmbeddedServer({ folder: unfinished }).catch((error: unknown) =>
    failed(restore, data, error),
  );
  let stopped = false;
  try {
    await waitForRecovery(server).catch((error: unknown) => failed(restore, data, error));
    await restore.check(server);
    stopped = true;
    await server.stop();
  } finally {
    // A server that gave up has stopped already.
    if (!stopped) await server.stop().catch(() => undefined);
  }
  await writeFile(join(data, 'postgresql.auto.conf'), '');
  await rm(join(unfinished, 'wal'), { recursive: true });
  await chmod(data, 0o700);
}

// The server's own words say what it lacked; they quote no row.
async function failed(restore: Restore, data: string, error: unknown): Promise<never> {
  const log = await readFile(join(data, 'server.log'), 'utf8').catch(() => '');
  const fatal = log.split('\n').filter((line) => /(FATAL|PANIC):/.test(line));
  throw new BackupError(
    `The copy could not be brought to ${restore.at?.toISOString() ?? 'its end'}. ${fatal.at(-1) ?? (error as Error).message}`,
    { cause: error },
  );
}

async function waitForRecovery(server: EmbeddedServer): Promise<void> {
  const sql = connectToFrailServer(await server.adminUrl('postgres'));
  const end = Date.now() + recoveryMinutes * 60_000;
  try {
    while (Date.now() < end) {
      const [row] = await sql<{ recovering: boolean }[]>`select pg_is_in_recovery() as recovering`;
      if (row?.recovering === false) return;
      await pause(100);
    }
    throw new BackupError('The copy did not come to its end in an hour.');
  } finally {
    await sql.end({ timeout: 1 });
  }
}
