import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  connectForSetUp,
  DatabaseKeyError,
  DatabasePrivilegeError,
  isPrepared,
  prepareDatabase,
  urlAs,
} from './prepare-database.ts';
import { schemaText } from './schema-text.ts';
import { startTestServer, testSecrets } from './testing/index.ts';
import type { TestServer } from './testing/index.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function ask<T>(
  url: string,
  work: (sql: ReturnType<typeof connectForSetUp>) => Promise<T>,
): Promise<T> {
  const sql = connectForSetUp(url);
  return work(sql).finally(() => sql.end());
}

/** A role that may sign in and nothing more, unless told. */
async function roleOn(url: string, name: string, options = ''): Promise<string> {
  await ask(url, (sql) => sql.unsafe(`create role ${name} login password 'x' ${options}`));
  return urlAs(url, name, 'x');
}

describe('preparing a database', () => {
  test('a second time changes nothing', async () => {
    const url = await server.emptyDatabase();
    const first = await prepareDatabase(url, testSecrets);
    const before = await ask(url, schemaText);
    expect(await prepareDatabase(url, testSecrets)).toEqual(first);
    expect(await ask(url, schemaText)).toBe(before);
    const keys = await ask(url, (sql) => sql`select id from sec.context_keys`);
    expect(keys).toEqual([{ id: 1 }]);
  });

  test('with another key is refused before anything is written, and with the right one goes on', async () => {
    const url = await server.emptyDatabase();
    const { app } = await prepareDatabase(url, testSecrets);
    const stored = () =>
      ask(url, (sql) => sql`select id, inner_pad, outer_pad from sec.context_keys`);
    const before = await stored();
    const foreign = {
      ...testSecrets,
      appPassword: 'of-another-key',
      contextKey: Buffer.alloc(32, 77),
    };
    await expect(prepareDatabase(url, foreign)).rejects.toThrow(DatabaseKeyError);
    expect(await stored()).toEqual(before);
    expect(await ask(app, (sql) => sql`select current_user::text as name`)).toEqual([
      { name: 'shaodian_app' },
    ]);
    expect((await prepareDatabase(url, testSecrets)).app).toBe(app);
  });

  test('says whether it was prepared before', async () => {
    const url = await server.emptyDatabase();
    expect(await isPrepared(url)).toBe(false);
    await prepareDatabase(url, testSecrets);
    expect(await isPrepared(url)).toBe(true);
  });

  test('by four processes at once works for each', async () => {
    const url = await server.emptyDatabase();
    const all = await Promise.all([1, 2, 3, 4].map(() => prepareDatabase(url, testSecrets)));
    expect(new Set(all.map((urls) => urls.app)).size).toBe(1);
  });

  test('of eight schools on one server at once works for each', async () => {
    const databases = await Promise.all(Array.from({ length: 8 }, () => server.emptyDatabase()));
    const all = await Promise.all(databases.map((url) => prepareDatabase(url, testSecrets)));
    expect(new Set(all.map((urls) => urls.app)).size).toBe(8);
  });

  test('hands out connections of the two least roles, which can sign in', async () => {
    const urls = await prepareDatabase(await server.emptyDatabase(), testSecrets);
    const user = (url: string) => ask(url, (sql) => sql`select current_user::text as name`);
    expect(await user(urls.app)).toEqual([{ name: 'shaodian_app' }]);
    expect(await user(urls.worker)).toEqual([{ name: 'shaodian_worker' }]);
  });

  test('takes a password and a database name with a quote for what they are', async () => {
    const url = await server.emptyDatabase();
    const urls = await prepareDatabase(url, {
      ...testSecrets,
      appPassword: 'a\'b"c; drop table x --',
    });
    expect(await ask(urls.app, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }]);
    await prepareDatabase(url, testSecrets);
  });

  test('stores the key so that the database verifies what the program signs, whatever its length', async () => {
    for (const contextKey of [Buffer.alloc(32, 3), Buffer.alloc(80, 4)]) {
      const url = await server.emptyDatabase();
      const urls = await prepareDatabase(url, { ...testSecrets, contextKey });
      const school = await ask(urls.app, async (sql) => {
        const [backend] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
        const text = [
          'v2',
          'person',
          5,
          '00000000-0000-4000-8000-000000000000',
          '',
          '',
          '',
          '',
          Math.floor(Date.now() / 1000) + 60,
          1,
          backend?.pid,
        ].join('|');
        const signed = `${text}|${createHmac('sha256', contextKey).update(text).digest('hex')}`;
        await sql`select set_config('app.ctx', ${signed}, false)`;
        return sql`select sec.school() as school`;
      });
      expect(school).toEqual([{ school: 5 }]);
    }
  });

  test('as a role without CREATEROLE says what the role lacks, and leaves the database empty', async () => {
    const url = await server.emptyDatabase();
    const weak = await roleOn(url, 'weak');
    const refused = await prepareDatabase(weak, testSecrets).then(
      () => 'done',
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(DatabasePrivilegeError);
    expect((refused as Error).message).toMatch(/DATABASE_URL.*CREATEROLE/s);
    const schemas = await ask(
      url,
      (sql) => sql`select nspname from pg_namespace where nspname in ('app', 'sec', 'meta')`,
    );
    expect(schemas).toEqual([]);
  });

  test('keeps everybody else out of the database', async () => {
    const url = await server.emptyDatabase();
    await prepareDatabase(url, testSecrets);
    const stranger = await roleOn(url, 'stranger');
    await expect(ask(stranger, (sql) => sql`select 1`)).rejects.toMatchObject({ code: '42501' });
  });
});
