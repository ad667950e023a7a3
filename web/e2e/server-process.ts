import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ServerProcess {
  readonly baseUrl: string;
  /** A file with everything that it wrote. */
  readonly output: string;
  stop(): Promise<void>;
}

/** The program as a person starts it: a process of its own on a free port, with a folder of its own. */
export async function startServerProcess(args: readonly string[]): Promise<ServerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'shaodian-e2e-'));
  await chmod(folder, 0o755);
  const port = await freePort();
  const child = spawn(process.execPath, ['start.ts', ...args], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, PORT: String(port), SHAODIAN_DATA: folder, LOG_LEVEL: 'debug' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = join(folder, 'output.log');
  for (const [stream, screen] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const)
    stream.on('data', (part: Buffer) => {
      screen.write(part);
      appendFileSync(output, part);
    });
  const baseUrl = `http://localhost:${port}`;
  await untilHealthy(baseUrl, () => child.exitCode);
  return {
    baseUrl,
    output,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilHealthy(baseUrl: string, exitCode: () => number | null): Promise<void> {
  for (let attempt = 0; attempt < 360; attempt += 1) {
    if (exitCode() !== null) throw new Error('the server stopped while it started');
    const answer = await fetch(`${baseUrl}/api/health`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error('the server did not start within three minutes');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
