import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectForSetUp } from './prepare-database.ts';
import { POSTGRES_MAJOR, StartError, startEmbeddedServer } from './server/embedded-server.ts';
import type { EmbeddedServer } from './server/embedded-server.ts';

let root: string;
let folder: string;

// Making a data folder takes seconds; the tests share one, and each leaves it stopped.
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'shaodian-server-'));
  // The server's user walks through it.
  await chmod(root, 0o755);
  folder = join(root, 'school');
  const server = await startEmbeddedServer({ folder, durable: false });
  const sql = connectForSetUp(await server.adminUrl('kept'));
  await sql`create table t as select 7 as a`.finally(() => sql.end());
  await server.stop();
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function valueOf(server: EmbeddedServer): Promise<number | undefined> {
  const sql = connectForSetUp(await server.adminUrl('kept'));
  const rows = await sql<{ a: number }[]>`select a from t`.finally(() => sql.end());
  return rows[0]?.a;
}

const refusalOf = (folder: string): Promise<unknown> =>
  startEmbeddedServer({ folder, durable: false }).then(
    async (server) => {
      await server.stop();
      return 'started';
    },
    (error: unknown) => error,
  );

const mainProcess = async (): Promise<number> =>
  Number(
    (await readFile(join(folder, `postgres-${POSTGRES_MAJOR}`, 'postmaster.pid'), 'utf8')).split(
      '\n',
    )[0],
  );

describe('the embedded server', () => {
  test('keeps its data over a stop, and its password and its files from other users', async () => {
    const server = await startEmbeddedServer({ folder, durable: false });
    expect(await valueOf(server)).toBe(7);
    await server.stop();
    const modeOf = async (name: string) =>
      ((await stat(join(folder, name))).mode & 0o777).toString(8);
    expect(await modeOf(`postgres-${POSTGRES_MAJOR}.password`)).toBe('600');
    expect(await modeOf(`postgres-${POSTGRES_MAJOR}`)).toBe('700');
  });

  test('refuses a folder that another process uses, says so, and leaves that one running', async () => {
    const server = await startEmbeddedServer({ folder, durable: false });
    const refused = await refusalOf(folder);
    expect(refused).toBeInstanceOf(StartError);
    expect((refused as Error).message).toMatch(
      /SHAODIAN_DATA: .*school is in use by another Shaodian process/,
    );
    expect(await valueOf(server)).toBe(7);
    await server.stop();
  });

  test('refuses a folder of another major version, names it, and changes nothing', async () => {
    const older = join(root, 'older');
    await mkdir(join(older, 'postgres-17'), { recursive: true });
    const refused = await refusalOf(older);
    expect(refused).toBeInstanceOf(StartError);
    expect((refused as Error).message).toMatch(/postgres-17.*PostgreSQL 18.*Nothing was changed/s);
    expect(await readdir(older)).toEqual(['postgres-17']);
    expect(await readdir(join(older, 'postgres-17'))).toEqual([]);
  });

  test('starts again after its main process was killed with −9, with what was committed', async () => {
    const server = await startEmbeddedServer({ folder });
    const sql = connectForSetUp(await server.adminUrl('kept'));
    await sql`update t set a = 9`;
    process.kill(await mainProcess(), 'SIGKILL');
    const again = await startedWithin(20_000);
    expect(await valueOf(again)).toBe(9);
    await sql.end({ timeout: 1 });
    await again.stop();
  });

  test('is found again by the next start when only the program was killed, and serves on', async () => {
    // A child that starts the server and is killed before it can stop it.
    const text = `const { startEmbeddedServer } = await import(${JSON.stringify(new URL('./server/embedded-server.ts', import.meta.url).href)});
      await startEmbeddedServer({ folder: ${JSON.stringify(folder)}, durable: false }); console.log('up'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', text], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const postmaster = await mainProcess();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const attached = await startedWithin(10_000);
    expect(await mainProcess()).toBe(postmaster);
    expect(await valueOf(attached)).toBe(9);
    await attached.stop();
  });
});

/** The backends of the killed server need a moment to see that it is gone. */
async function startedWithin(milliseconds: number): Promise<EmbeddedServer> {
  const end = Date.now() + milliseconds;
  for (;;)
    try {
      return await startEmbeddedServer({ folder });
    } catch (error) {
      if (Date.now() > end || !(error instanceof StartError)) throw error;
    }
}
