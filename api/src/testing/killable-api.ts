import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointFileOf, readCheckpoints } from '../audit/checkpoint-file.ts';
import type { Checkpoint } from '../audit/checkpoint.ts';
import { testKey } from './test-deps.ts';

/** The API as a school runs it, in a process of its own: `main.ts`, its database behind `databaseUrl`. Starts again when it was killed. */
export interface KillableApi {
  readonly url: string;
  /** How often it was killed, and how often it ended although nobody killed it. */
  readonly ended: { killed: number; byItself: number };
  /** SIGKILL, now. */
  kill(): void;
  untilHealthy(): Promise<void>;
  checkpoints(): Promise<readonly Checkpoint[]>;
  stop(): Promise<void>;
}

export async function startKillableApi(databaseUrl: string): Promise<KillableApi> {
  const folder = await mkdtemp(join(tmpdir(), 'shaodian-kill-api-'));
  const keyFile = join(folder, 'key');
  await writeFile(keyFile, Buffer.from(testKey).toString('base64url'), { mode: 0o600 });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/api`;
  const ended = { killed: 0, byItself: 0 };
  let stopping = false;
  let child: ChildProcess;
  const start = () => {
    const mine = spawn(process.execPath, ['src/main.ts'], {
      cwd: join(import.meta.dirname, '../..'),
      env: {
        ...process.env,
        PORT: String(port),
        SHAODIAN_DATA: folder,
        SHAODIAN_KEY_FILE: keyFile,
        DATABASE_URL: databaseUrl,
        LOG_LEVEL: 'silent',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child = mine;
    mine.once('exit', () => {
      if (stopping) return;
      if (!mine.killed) ended.byItself += 1;
      start();
    });
  };
  start();
  const untilHealthy = async (): Promise<void> => {
    const end = Date.now() + 30_000;
    while (Date.now() < end) {
      const answer = await fetch(`${url}/health`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error('the API did not come back');
  };
  await untilHealthy();
  return {
    url,
    ended,
    kill: () => {
      ended.killed += 1;
      child.kill('SIGKILL');
    },
    untilHealthy,
    checkpoints: () => readCheckpoints(checkpointFileOf(folder, 'school')),
    stop: async () => {
      stopping = true;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
