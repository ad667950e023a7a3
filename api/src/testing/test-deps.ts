import { randomBytes, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectForSetUp, prepareDatabase } from '@shaodian/migrations';
import { appendActs } from '../audit/append-acts.ts';
import { verificationsOf } from '../audit/verifications.ts';
import { verifySchool } from '../audit/verify-school.ts';
import { masterKey } from '../crypto/master-key.ts';
import { shredList } from '../crypto/shred-list.ts';
import { contextSigner } from '../db/context.ts';
import { connectDatabase } from '../db/database.ts';
import type { Database } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { alertFeed } from '../live/alert-feed.ts';
import type { AlertFeed } from '../live/alert-feed.ts';
import { makeLog } from '../log/log.ts';
import { argon2Hasher } from '../sign-in/password-hasher.ts';

export const testKey = Buffer.alloc(32, 9);
export const testMaster = masterKey(testKey);
export const testSigner = contextSigner(
  testMaster.contextKey,
  testMaster.contextKeyId,
  () => Date.now() / 1000,
);

export interface TestDatabase {
  readonly appUrl: string;
  readonly workerUrl: string;
  readonly db: Database;
  readonly feed: AlertFeed;
  stop(): Promise<void>;
}

/** The real database layer on a database of the test server. */
export async function testDatabase(adminUrl: string): Promise<TestDatabase> {
  const urls = await prepareDatabase(adminUrl, testMaster.databaseSecrets);
  const db = connectDatabase(urls.app, testSigner, appendActs(testMaster), 6);
  const feed = await alertFeed(urls.app);
  return {
    appUrl: urls.app,
    workerUrl: urls.worker,
    db,
    feed,
    stop: async () => {
      await feed.close();
      await db.close();
    },
  };
}

export const makeDeps = (database: TestDatabase, now: () => Date = () => new Date()): Deps => ({
  db: database.db,
  feed: database.feed,
  master: testMaster,
  passwords: argon2Hasher(),
  log: makeLog('silent'),
  now,
  newId: () => randomUUID(),
  verifications: verificationsOf((schoolId, onRead) =>
    verifySchool({ db: database.db, master: testMaster }, schoolId, [], onRead),
  ),
  shreds: shredList(join(tmpdir(), `shaodian-shreds-${randomUUID()}`), testMaster.shredKey),
  outside: { publicUrl: 'http://localhost:3000', timeoutMs: 1_000, allowPrivate: true },
  demo: null,
});

/** A copy of a database, on the same server. Takes some 100 ms. */
export async function copyDatabase(sourceUrl: string): Promise<string> {
  const source = new URL(sourceUrl);
  const name = `t_${randomBytes(6).toString('hex')}`;
  const maintenance = new URL(sourceUrl);
  maintenance.pathname = '/postgres';
  const sql = connectForSetUp(maintenance.href);
  await sql
    .unsafe(`create database "${name}" template "${source.pathname.slice(1)}"`)
    .finally(() => sql.end());
  source.pathname = `/${name}`;
  return source.href;
}
