import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Everything that our programs wrote, by name. */
export class Outputs {
  readonly texts = new Map<string, string>();

  follow(name: string, child: ChildProcess): void {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) =>
        this.texts.set(name, `${this.texts.get(name) ?? ''}${chunk.toString('latin1')}`),
      );
  }

  /** As the bytes that they were. */
  bytesOf(name: string): Buffer {
    return Buffer.from(this.texts.get(name) ?? '', 'latin1');
  }
}

/** `main.ts` as a school runs it, with its embedded PostgreSQL, everything it writes kept. */
export interface ObservedApi {
  readonly url: string;
  readonly folder: string;
  readonly pid: number;
  /** A fault that nobody catches, whose message quotes `lastWords`; returns when the process has ended. */
  fail(kind: 'throw' | 'reject'): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** In order, the database too. */
  stop(): Promise<void>;
}

// In place of a bug that we do not know of.
const faults = `
  import { readFileSync } from 'node:fs';
  const fault = () => { const words = readFileSync(process.env.LAST_WORDS, 'utf8');
    return Object.assign(new TypeError(words, { cause: new Error(words) }), { detail: words, query: words, input: words }); };
  process.on('SIGUSR2', () => { throw fault(); });
  process.on('SIGHUP', () => { Promise.reject(fault()); });`;

const apiFolder = join(import.meta.dirname, '../../..');

/** Nothing of whoever tests, but the way to the programs. */
const bareEnvironment = (own: Record<string, string>): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  ...own,
});

export interface Start {
  readonly name: string;
  readonly folder: string;
  readonly outputs: Outputs;
  readonly env: Record<string, string>;
}

export async function startObservedApi({
  name,
  folder,
  outputs,
  env,
}: Start): Promise<ObservedApi> {
  const port = await freePort();
  const preload = `data:text/javascript,${encodeURIComponent(faults)}`;
  const child = spawn(process.execPath, ['--import', preload, 'src/main.ts'], {
    cwd: apiFolder,
    env: bareEnvironment({ SHAODIAN_DATA: folder, PORT: String(port), LOG_LEVEL: 'debug', ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  outputs.follow(name, child);
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}/api`;
  await untilHealthy(url, () => child.exitCode);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  return {
    url,
    folder,
    pid: child.pid ?? 0,
    fail: (kind) => end(kind === 'throw' ? 'SIGUSR2' : 'SIGHUP'),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

async function untilHealthy(url: string, exitCode: () => number | null): Promise<void> {
  const end = Date.now() + 120_000;
  while (Date.now() < end && exitCode() === null) {
    const answer = await fetch(`${url}/health`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the API did not start');
}

interface Until {
  /** It is killed when it says so, or after that time. */
  readonly until?: { readonly says?: string; readonly seconds?: number };
}

/** One of our programs beside the API, or a start that fails. */
export async function runTool(
  tool: string,
  args: readonly string[],
  { name, folder, outputs, env, until }: Start & Until,
): Promise<number> {
  const child = spawn(process.execPath, [`src/${tool}.ts`, ...args], {
    cwd: apiFolder,
    env: bareEnvironment({ SHAODIAN_DATA: folder, PORT: String(await freePort()), ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: (until?.seconds ?? 120) * 1000,
    killSignal: 'SIGKILL',
  });
  outputs.follow(name, child);
  child.stdout.on('data', () => {
    if (until?.says && outputs.texts.get(name)?.includes(until.says)) child.kill('SIGKILL');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? -1;
}

/** What anybody on the machine sees of a process, and what its own user does; empty where there is no /proc. */
export async function readProcess(pid: number): Promise<{ command: Buffer; environment: Buffer }> {
  const read = (file: string) => readFile(`/proc/${pid}/${file}`).catch(() => Buffer.alloc(0));
  return { command: await read('cmdline'), environment: await read('environ') };
}

export const postmasterOf = async (folder: string): Promise<number> =>
  Number((await readFile(join(folder, 'postgres-18', 'postmaster.pid'), 'utf8')).split('\n')[0]);

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
