import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmbeddedServer, urlAs } from '@shaodian/migrations';
import type { EmbeddedServer } from '@shaodian/migrations';
import { attachTestServer } from '@shaodian/migrations/testing';
import { appendActs } from '../audit/append-acts.ts';
import { verifySchool } from '../audit/verify-school.ts';
import { connectDatabase } from '../db/database.ts';
import { checksums, startLoad, withSql } from '../testing/backup-load.ts';
import { seedTemplate, startTestApi, testMaster, testSigner } from '../testing/index.ts';
import type { TestApi } from '../testing/index.ts';
import { backUpLog, backUpServer } from './back-up-server.ts';
import { BackupError } from './backup-error.ts';
import { restoreServer } from './restore-server.ts';

// A server of the school's own: a superuser of another name, a database of another name, and a role that may do nothing but copy it.
let root: string;
let server: EmbeddedServer;
let api: TestApi;
let superuserUrl: string;
let database: string;
const key = testMaster.backupKey;
const copier = 'copies_only';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'shaodian-elsewhere-'));
  await chmod(root, 0o755);
  server = await startEmbeddedServer({ folder: join(root, 'elsewhere') });
  const adminUrl = await server.adminUrl('postgres');
  api = await startTestApi(await seedTemplate(attachTestServer(adminUrl)));
  database = new URL(api.adminUrl).pathname.slice(1);
  superuserUrl = urlAs(api.adminUrl, 'other_super', 'other-password');
  await withSql(api.adminUrl, async (sql) => {
    await sql.unsafe(`create role other_super superuser login password 'other-password'`);
    await sql.unsafe(`create role ${copier} login password 'copier-password'`);
    await sql.unsafe(`grant connect on database "${database}" to ${copier}`);
  });
  // Those who are connected already go on.
  await api.admin`select 1`;
  await withSql(superuserUrl, (sql) => sql.unsafe('alter role postgres rename to first_super'));
});
afterAll(async () => {
  await withSql(superuserUrl, (sql) => sql.unsafe('alter role first_super rename to postgres'));
  await api.stop();
  await server.stop();
  await rm(root, { recursive: true, force: true });
});

const source = () => ({
  adminUrl: urlAs(api.adminUrl, copier, 'copier-password'),
  dataFolder: null,
  folder: join(root, 'backup'),
  key,
});

describe('a server that is not ours', () => {
  test('is not copied by a role without the rights; the message has the statements that give them, and no more is needed', async () => {
    const refusal = await backUpServer(source()).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(BackupError);
    const statements = (refusal as Error).message.split('\n').slice(1);
    expect(statements).toHaveLength(7);
    await withSql(superuserUrl, async (sql) => {
      for (const one of statements) await sql.unsafe(one);
    });
    await expect(backUpLog(source())).rejects.toThrow(/base copy/);
  });

  test(
    'is copied under load through its own connection and restored to a moment, as a data folder of the embedded server',
    { timeout: 180_000 },
    async () => {
      const counsellor = await api.as('xinli');
      const { items } = (await (await counsellor.get('/pupils?limit=100')).json()) as {
        items: { id: string }[];
      };
      const load = startLoad(
        counsellor,
        items.map((one) => one.id),
      );
      const started = performance.now();
      const base = await backUpServer(source());
      const seconds = (performance.now() - started) / 1000;
      expect(base.elsewhere).toMatchObject({ database });
      await load.stop();
      const then = await checksums(api.admin);
      const [clock] = await api.admin<{ now: Date }[]>`select clock_timestamp() as now`;
      const moment = new Date((clock?.now.getTime() ?? 0) + 5);
      await api.admin`select pg_sleep(0.05)`;
      const later = startLoad(
        counsellor,
        items.map((one) => one.id),
      );
      await api.admin`select pg_sleep(0.5)`;
      await later.stop();
      expect(await backUpLog(source())).toBeGreaterThan(0);

      await restoreServer({
        folder: join(root, 'backup'),
        key,
        to: join(root, 'restored'),
        at: moment,
        database: 'shaodian',
        check: async (restored) => {
          const url = await restored.adminUrl('shaodian');
          expect(await withSql(url, checksums)).toEqual(then);
          const db = connectDatabase(
            urlAs(url, 'shaodian_app', testMaster.databaseSecrets.appPassword),
            testSigner,
            appendActs(testMaster),
            1,
          );
          const verdict = await verifySchool(
            { db, master: testMaster },
            counsellor.schoolId,
          ).finally(() => db.close());
          expect(verdict.firstBad).toBeNull();
          expect(verdict.entries).toBeGreaterThan(load.acknowledged.length);
        },
      });
      process.stdout.write(
        `drill of a server elsewhere: base under load in ${seconds.toFixed(1)} s, ${load.acknowledged.length} acknowledged all there, ${later.acknowledged.length} after the moment gone, ${Object.keys(then).length} tables equal\n`,
      );
      expect(load.acknowledged.length).toBeGreaterThan(20);
      expect(later.acknowledged.length).toBeGreaterThan(0);
      // How the other server listened is not taken over.
      const data = join(root, 'restored', 'postgres-18');
      expect(await readFile(join(data, 'pg_hba.conf'), 'utf8')).toMatch(/^host all all 127/);
      expect(await readdir(join(root, 'restored'))).toEqual([
        'postgres-18',
        'postgres-18.password',
      ]);

      // And it starts as it is.
      const again = await startEmbeddedServer({ folder: join(root, 'restored') });
      await withSql(await again.adminUrl('shaodian'), async (sql) => {
        const [row] = await sql<{ n: number }[]>`select count(*)::int as n from app.schools`;
        expect(row?.n).toBeGreaterThan(0);
      });
      await again.stop();
    },
  );
});
