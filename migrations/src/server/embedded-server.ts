import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import postgres from 'postgres';
import { serverBinaries, serverUser } from './server-binaries.ts';

/** The major version this release ships. A data folder does not survive another one. */
export const POSTGRES_MAJOR = 18;

/** A start that a person can mend; the message says how. */
export class StartError extends Error {
  override name = 'StartError';
}

export interface EmbeddedServer {
  /** Connection string of the superuser for one database of this server, created when missing. */
  adminUrl(database: string): Promise<string>;
  /** Removes a database and everything in it. */
  dropDatabase(database: string): Promise<void>;
  /** Releases the folder and stops the server. */
  stop(): Promise<void>;
}

export interface EmbeddedServerOptions {
  /** Folder that holds `postgres-18/`. */
  readonly folder: string;
  /** `false` trades safety on power loss for speed: tests only. */
  readonly durable?: boolean;
}

/**
 * Starts PostgreSQL from its npm package on a free port of 127.0.0.1, or attaches to the one a killed process left running.
 * @throws StartError when the folder is of another major, in use, or cannot be reached by the server's user
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  await mkdir(options.folder, { recursive: true });
  await refuseOtherMajor(options.folder);
  const dataFolder = join(resolve(options.folder), `postgres-${POSTGRES_MAJOR}`);
  const passwordFile = join(resolve(options.folder), `postgres-${POSTGRES_MAJOR}.password`);
  const password = await readOrMakePassword(passwordFile);
  if (!(await isFile(join(dataFolder, 'PG_VERSION')))) await initialise(dataFolder, passwordFile);

  const urlOf = (port: number, database: string) =>
    `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
  const attached = await runningPort(dataFolder, (port) => urlOf(port, 'postgres'));
  const port = attached ?? (await startOnFreePort(dataFolder, options));
  const holder = postgres(urlOf(port, 'postgres'), {
    max: 1,
    idle_timeout: 0,
    fetch_types: false,
    onnotice: () => {},
  });
  await holdFolder(holder, options.folder);
  return {
    adminUrl: (database) =>
      ensureDatabase(urlOf(port, 'postgres'), urlOf(port, database), database),
    dropDatabase: async (database) => {
      await holder.unsafe(`drop database if exists "${database}" with (force)`);
    },
    stop: async () => {
      await holder.end({ timeout: 1 });
      await pgCtl(['stop', '-D', dataFolder, '-m', 'fast', '-w', '-t', '30']);
    },
  };
}

/**
 * Goes to the server that runs on this folder, beside the program that started it, or starts it for as long as it is needed: for tools
 * that look and do not serve. Nothing is made; `stop` leaves alone what was running.
 * @throws StartError when there is no data folder
 */
export async function openEmbeddedServer(folder: string): Promise<EmbeddedServer> {
  const dataFolder = join(resolve(folder), `postgres-${POSTGRES_MAJOR}`);
  const password = await readFile(`${dataFolder}.password`, 'utf8').catch(() => null);
  if (password === null || !(await isFile(join(dataFolder, 'PG_VERSION'))))
    throw new StartError(`SHAODIAN_DATA: ${folder} holds no database of this version.`);
  const urlOf = (port: number, database: string) =>
    `postgres://postgres:${password.trim()}@127.0.0.1:${port}/${database}`;
  const port = await runningPort(dataFolder, (at) => urlOf(at, 'postgres'));
  if (port === undefined) return startEmbeddedServer({ folder });
  return {
    adminUrl: (database) => Promise.resolve(urlOf(port, database)),
    dropDatabase: () => Promise.reject(new StartError('another program runs this server')),
    stop: () => Promise.resolve(),
  };
}

async function refuseOtherMajor(folder: string): Promise<void> {
  const others = (await readdir(folder)).filter(
    (name) => /^postgres-\d+$/.test(name) && name !== `postgres-${POSTGRES_MAJOR}`,
  );
  if (others.length > 0)
    throw new StartError(
      `SHAODIAN_DATA: ${folder} holds data of ${others.join(', ')}; this version runs PostgreSQL ${POSTGRES_MAJOR}. ` +
        'Nothing was changed. Move the data over with the older version first, or choose another folder.',
    );
}

async function readOrMakePassword(file: string): Promise<string> {
  if (!(await isFile(file)))
    await writeFile(file, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  return (await readFile(file, 'utf8')).trim();
}

const isFile = async (path: string): Promise<boolean> =>
  (await readFile(path).catch(() => null)) !== null;

// ICU with zh-Hans sorts Chinese names by pinyin.
const initdbFlags = [
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=icu',
  '--icu-locale=zh-Hans',
  '--data-checksums',
];

async function initialise(dataFolder: string, passwordFile: string): Promise<void> {
  const { initdb } = await serverBinaries();
  const user = serverUser();
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  if (user.uid !== undefined && user.gid !== undefined) {
    await chown(dataFolder, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  try {
    await run(initdb, [
      '-D',
      dataFolder,
      '-U',
      'postgres',
      '-A',
      'scram-sha-256',
      `--pwfile=${passwordFile}`,
      ...initdbFlags,
    ]);
  } catch (error) {
    throw new StartError(
      `SHAODIAN_DATA: the database could not be made in ${dataFolder}. ` +
        `The folders above it must be open to the user "postgres" (chmod o+x). ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** The port of a server that still runs on this folder and takes our password. */
async function runningPort(
  dataFolder: string,
  url: (port: number) => string,
): Promise<number | undefined> {
  const lines = (await readFile(join(dataFolder, 'postmaster.pid'), 'utf8').catch(() => '')).split(
    '\n',
  );
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!pid || !port || !isAlive(pid)) return undefined;
  const probe = postgres(url(port), {
    max: 1,
    connect_timeout: 5,
    fetch_types: false,
    onnotice: () => {},
  });
  try {
    await probe`select 1`;
    return port;
  } catch {
    return undefined;
  } finally {
    await probe.end({ timeout: 1 });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

async function startOnFreePort(
  dataFolder: string,
  options: EmbeddedServerOptions,
): Promise<number> {
  const port = await freePort();
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '128MB',
    timezone: 'UTC',
    // A backup that is no longer taken must not fill the disk with the log it would need.
    max_slot_wal_keep_size: '4GB',
    log_min_messages: 'warning',
    // Parameters of statements can hold words of children; they are never logged.
    log_min_error_statement: 'panic',
    log_parameter_max_length_on_error: '0',
    ...(options.durable === false
      ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
      : {}),
  };
  const flags = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
  await pgCtl([
    'start',
    '-D',
    dataFolder,
    '-l',
    join(dataFolder, 'server.log'),
    '-w',
    '-t',
    '60',
    '-o',
    flags.join(' '),
  ]);
  return port;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}

async function pgCtl(args: string[]): Promise<void> {
  const { pg_ctl } = await serverBinaries();
  try {
    await run(pg_ctl, args);
  } catch (error) {
    throw new StartError(
      `PostgreSQL: ${args[0]} failed. ${(error as Error).message} (see server.log in the data folder)`,
      {
        cause: error,
      },
    );
  }
}

// Its own environment and no other: in ours are the keys to what the database must not be able to read.
const environmentOfServer = (): Record<string, string> => {
  const passed = ['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'TMPDIR'];
  return Object.fromEntries(
    passed.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
};

// Detached, so that Ctrl-C in the terminal reaches us and not the server, which we then stop in order.
async function run(command: string, args: string[]): Promise<void> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    cwd: '/',
    env: environmentOfServer(),
    ...serverUser(),
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  // 'exit', not 'close': the server inherits the pipes and keeps them open.
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('exit', resolve),
  );
  child.stdout.destroy();
  child.stderr.destroy();
  if (code !== 0) throw new Error(output.trim().slice(-600));
}

// An advisory lock ends with its connection, so a kill −9 never leaves a folder locked.
async function holdFolder(holder: postgres.Sql, folder: string): Promise<void> {
  const rows = await holder<{ held: boolean }[]>`select pg_try_advisory_lock(7429016) as held`;
  if (rows[0]?.held) return;
  await holder.end({ timeout: 1 });
  throw new StartError(
    `SHAODIAN_DATA: ${folder} is in use by another Shaodian process. Stop that one, or choose another folder.`,
  );
}

async function ensureDatabase(
  maintenanceUrl: string,
  url: string,
  database: string,
): Promise<string> {
  const sql = postgres(maintenanceUrl, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    const found = await sql`select from pg_database where datname = ${database}`;
    if (found.length === 0) await sql.unsafe(`create database "${database}" template template0`);
  } finally {
    await sql.end();
  }
  return url;
}
