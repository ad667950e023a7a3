import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DatabaseKeyError, connectForSetUp } from '@shaodian/migrations';
import { startTestServer } from '@shaodian/migrations/testing';
import { startApi } from './compose.ts';
import { KeyFileError, openMasterKey } from './crypto/key-source.ts';
import { readEnvironment } from './env.ts';

// A server of its own: the passwords of its roles follow from the key, and are of all its databases.
let server: Awaited<ReturnType<typeof startTestServer>>;
let databaseUrl: string;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  databaseUrl = await server.emptyDatabase();
  folder = await mkdtemp(join(tmpdir(), 'shaodian-lost-key-'));
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const environmentWith = (keyFile: string) =>
  readEnvironment({
    DATABASE_URL: databaseUrl,
    SHAODIAN_DATA: join(folder, 'data'),
    SHAODIAN_KEY_FILE: join(folder, keyFile),
    LOG_LEVEL: 'silent',
  });
const start = async (keyFile: string) =>
  (await startApi(environmentWith(keyFile), 'school', { fresh: false })).stop();
const secretsInDatabase = async () => {
  const sql = connectForSetUp(databaseUrl);
  const keys = await sql`select * from sec.context_keys`;
  const roles =
    await sql`select rolname, rolpassword from pg_authid where rolname like 'shaodian%'`;
  await sql.end();
  return [...keys, ...roles];
};

test('a database elsewhere is opened with the key it was made with, and with no other', async () => {
  await start('own.key');
  const before = await secretsInDatabase();

  await expect(start('lost.key')).rejects.toThrow(KeyFileError);
  // No new key lies there that somebody could take for the lost one.
  expect(existsSync(join(folder, 'lost.key'))).toBe(false);

  await openMasterKey(environmentWith('other.key'));
  await expect(start('other.key')).rejects.toThrow(DatabaseKeyError);
  expect(await secretsInDatabase()).toEqual(before);

  await start('own.key');
});
