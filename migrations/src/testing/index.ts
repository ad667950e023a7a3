import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectForSetUp, prepareDatabase } from '../prepare-database.ts';
import type { DatabaseSecrets, DatabaseUrls } from '../prepare-database.ts';
import { startEmbeddedServer } from '../server/embedded-server.ts';

export const testSecrets: DatabaseSecrets = {
  appPassword: 'test-app',
  workerPassword: 'test-worker',
  contextKey: Buffer.alloc(32, 7),
  contextKeyId: 1,
};

export interface TestServer {
  /** A new empty database; returns the superuser's connection string. */
  emptyDatabase(): Promise<string>;
  /** A new database with everything migrated, copied from a template. */
  migratedDatabase(): Promise<DatabaseUrls & { admin: string }>;
  stop(): Promise<void>;
}

/** A real PostgreSQL in a temporary folder, for tests of any package. */
export async function startTestServer(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'shaodian-test-'));
  const { chmod } = await import('node:fs/promises');
  await chmod(folder, 0o755);
  const server = await startEmbeddedServer({ folder, durable: false });
  return testServerOn(
    (name) => server.adminUrl(name),
    async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  );
}

/** The same, on a server that another process of this test run started. */
export function attachTestServer(maintenanceUrl: string): TestServer {
  return testServerOn(
    async (name) => {
      const sql = connectForSetUp(maintenanceUrl);
      await sql.unsafe(`create database "${name}" template template0`).finally(() => sql.end());
      return onDatabase(maintenanceUrl, name);
    },
    async () => {},
  );
}

const onDatabase = (url: string, name: string): string => {
  const copy = new URL(url);
  copy.pathname = `/${name}`;
  return copy.href;
};

function testServerOn(
  create: (name: string) => Promise<string>,
  stop: () => Promise<void>,
): TestServer {
  const unique = () => `t_${randomBytes(6).toString('hex')}`;
  let template: Promise<string> | undefined;
  const makeTemplate = async (): Promise<string> => {
    const url = await create(unique());
    await prepareDatabase(url, testSecrets);
    return url;
  };
  return {
    emptyDatabase: () => create(unique()),
    migratedDatabase: async () => {
      const source = await (template ??= makeTemplate());
      const name = unique();
      const sql = connectForSetUp(onDatabase(source, 'postgres'));
      await sql
        .unsafe(`create database "${name}" template "${new URL(source).pathname.slice(1)}"`)
        .finally(() => sql.end());
      const admin = onDatabase(source, name);
      return { admin, ...(await prepareDatabase(admin, testSecrets)) };
    },
    stop,
  };
}
