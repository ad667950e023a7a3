import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { startEmbeddedServer } from '@shaodian/migrations';
import type { EmbeddedServer } from '@shaodian/migrations';

/** A PostgreSQL with the settings of a real school, to be killed. */
export interface KillableServer {
  /** Superuser's connection string; another after each restart. */
  adminUrl(): string;
  /** SIGKILL to the postmaster: no shutdown, no flush; the rest of the server ends when it notices. Returns when it serves again. */
  killPostmaster(): Promise<void>;
  /** Immediate shutdown: like a crash, in order. Returns when it serves again. */
  stopImmediately(): Promise<void>;
  /** SIGKILL to a backend: the postmaster ends all others and recovers from the log. */
  killBackend(): Promise<void>;
  /** For the control: a commit is answered before it is on disk. */
  loosenCommits(): Promise<void>;
  stop(): Promise<void>;
}

const database = 'shaodian_kill';
const checkpointer = "select pid from pg_stat_activity where backend_type = 'checkpointer'";
const atWork =
  "select pid from pg_stat_activity where usename in ('shaodian_app', 'shaodian_worker') and state <> 'idle' order by random() limit 1";

export async function startKillableServer(): Promise<KillableServer> {
  const folder = await mkdtemp(join(tmpdir(), 'shaodian-kill-'));
  await chmod(folder, 0o755);
  let server = await startEmbeddedServer({ folder });
  let url = await server.adminUrl(database);
  const postmaster = async (): Promise<number> =>
    Number((await readFile(join(folder, 'postgres-18', 'postmaster.pid'), 'utf8')).split('\n')[0]);
  const endAndRestart = async (signal: 'SIGKILL' | 'SIGQUIT'): Promise<void> => {
    const pid = await postmaster();
    process.kill(pid, signal);
    server = await restart(folder, pid);
    url = await server.adminUrl(database);
  };
  const run = async (text: string) => {
    // The driver's own question for types, asked of a server that recovers, would fail where nobody can catch it.
    const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} });
    return sql.unsafe<{ pid: number }[]>(text).finally(() => sql.end({ timeout: 1 }));
  };
  return {
    adminUrl: () => url,
    killPostmaster: () => endAndRestart('SIGKILL'),
    stopImmediately: () => endAndRestart('SIGQUIT'),
    killBackend: async () => {
      const [before] = await run(checkpointer);
      // One that has ended meanwhile, or none at work: the next one then.
      await untilHolds(async () => isSent((await run(atWork))[0]?.pid, 'SIGKILL'));
      // It takes a moment until the postmaster notices; the recovered server has a checkpointer of its own.
      await untilHolds(async () => (await run(checkpointer))[0]?.pid !== before?.pid);
    },
    loosenCommits: async () => {
      await run('alter system set synchronous_commit = off');
      await run('select pg_reload_conf()');
    },
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The backends of a killed postmaster hold its shared memory until they have noticed; until then a new one refuses to start. */
async function restart(
  folder: string,
  killed: number,
  attemptsLeft = 100,
): Promise<EmbeddedServer> {
  try {
    while (isAlive(killed)) await pause(5);
    return await startEmbeddedServer({ folder });
  } catch (error) {
    if (attemptsLeft === 0) throw error;
    await pause(100);
    return restart(folder, killed, attemptsLeft - 1);
  }
}

/** While the database recovers, asking it fails. Half a minute at least, then an error says so: nothing waits for ever. */
async function untilHolds(holds: () => Promise<boolean>, attemptsLeft = 600): Promise<void> {
  if (await holds().catch(() => false)) return;
  if (attemptsLeft === 0) throw new Error('the database did not recover');
  await pause(50);
  return untilHolds(holds, attemptsLeft - 1);
}

const isAlive = (pid: number): boolean => isSent(pid, 0);

function isSent(pid: number | undefined, signal: 0 | 'SIGKILL'): boolean {
  if (!pid) return false;
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
