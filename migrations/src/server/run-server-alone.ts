import { spawn } from 'node:child_process';
import { serverBinaries, serverUser } from './server-binaries.ts';

/**
 * Runs PostgreSQL in its single-user mode on a data folder: it recovers what is to be recovered, carries out the statements as the superuser and
 * ends. It listens nowhere, asks for no password, and nobody else can be connected.
 * @param statements each on one line
 * @returns null, or what it said when it failed: its own words, which quote no row
 */
export async function runServerAlone(
  dataFolder: string,
  settings: Readonly<Record<string, string>>,
  statements: readonly string[],
): Promise<string | null> {
  const { postgres } = await serverBinaries();
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(postgres, ['--single', '-D', dataFolder, ...flags, 'template1'], {
    stdio: ['pipe', 'ignore', 'pipe'],
    cwd: '/',
    ...serverUser(),
  });
  let said = '';
  child.stderr.on('data', (part) => (said = (said + String(part)).slice(-8_000)));
  // Ended by itself before it read them: its exit code says so.
  child.stdin.on('error', () => undefined);
  child.stdin.end(statements.map((one) => `${one}\n`).join(''));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  // A statement that fails does not end the server.
  const wrong = said.split('\n').filter((line) => /(ERROR|FATAL|PANIC):/.test(line));
  if (code === 0 && wrong.length === 0) return null;
  return wrong.at(-1)?.replace(/^.*?(?=ERROR|FATAL|PANIC)/, '') ?? `it ended with ${code}`;
}
