import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmbeddedServer, urlAs } from '@shaodian/migrations';
import type { EmbeddedServer } from '@shaodian/migrations';
import { attachTestServer } from '@shaodian/migrations/testing';
import { appendActs } from '../audit/append-acts.ts';
import { verifySchool } from '../audit/verify-school.ts';
import { connectDatabase } from '../db/database.ts';
import { replayShreds } from '../erasures/replay-shreds.ts';
import { seedTemplate, startTestApi, testMaster, testSigner } from '../testing/index.ts';
import type { TestApi } from '../testing/index.ts';
import { checksums, startLoad, withSql } from '../testing/backup-load.ts';
import { backUpLog, backUpServer } from './back-up-server.ts';
import { BackupError } from './backup-error.ts';
import { listSegments } from './backup-folder.ts';
import { restoreServer } from './restore-server.ts';
import { BackupFileError } from './sealed-stream.ts';

let root: string;
let server: EmbeddedServer;
let api: TestApi;
let database: string;
const key = testMaster.backupKey;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'shaodian-drill-'));
  // The server may run as another user.
  await chmod(root, 0o755);
  server = await startEmbeddedServer({ folder: join(root, 'data') });
  const seeded = await seedTemplate(attachTestServer(await server.adminUrl('postgres')));
  api = await startTestApi(seeded);
  database = new URL(api.adminUrl).pathname.slice(1);
});
afterAll(async () => {
  await api.stop();
  await server.stop();
  await rm(root, { recursive: true, force: true });
});

const source = () => ({
  adminUrl: api.adminUrl,
  dataFolder: join(root, 'data'),
  folder: join(root, 'backup'),
  key,
});
const restoreTo = (name: string, at: Date | null, check: (url: string) => Promise<void>) =>
  restoreServer({
    folder: join(root, 'backup'),
    key,
    to: join(root, name),
    at,
    database,
    check: async (restored) => check(await restored.adminUrl(database)),
  });

/** With two people's word, as the school does it; the pupil's alerts are closed before. */
async function erase(pupilId: string): Promise<string> {
  const officer = await api.as('baohu');
  const leader = await api.as('deyu');
  await api.admin`update app.alerts set status = 'closed' where pupil_id = ${pupilId}`;
  const asked = await officer.post(`/pupils/${pupilId}/erasure`, { reason: 'guardian_request' });
  const { id } = (await asked.json()) as { id: string };
  const done = await leader.post(`/erasures/${id}/approval`, {});
  if (done.status !== 201)
    throw new Error(`the erasure was answered ${done.status}: ${await done.text()}`);
  return pupilId;
}

describe('the restore drill', () => {
  test(
    'a backup under load is restored to a moment: rows and checksums equal, the chain whole, an erased pupil still erased',
    { timeout: 180_000 },
    async () => {
      const counsellor = await api.as('xinli');
      const { items } = (await (await counsellor.get('/pupils?limit=200')).json()) as {
        items: { id: string }[];
      };
      const pupils = items.slice(0, 100).map((one) => one.id);

      const first = startLoad(counsellor, pupils);
      const started = performance.now();
      const base = await backUpServer(source());
      const backupSeconds = (performance.now() - started) / 1000;
      await first.stop();
      expect(first.acknowledged.length).toBeGreaterThan(20);

      // The moment: nobody writes, so what the tables hold can be written down.
      const then = await checksums(api.admin);
      const [clock] = await api.admin<{ now: Date }[]>`select clock_timestamp() as now`;
      const moment = new Date((clock?.now.getTime() ?? 0) + 5);
      await api.admin`select pg_sleep(0.05)`;

      // After the moment a pupil is erased: in the restored copy the key is there again, until the list is replayed.
      const erased = await erase(pupils[0] ?? '');

      const second = startLoad(counsellor, pupils.slice(1));
      await api.admin`select pg_sleep(1)`;
      await second.stop();
      expect(await checksums(api.admin)).not.toEqual(then);
      const segments = await backUpLog(source());
      expect(segments).toBeGreaterThan(0);

      const restoring = performance.now();
      const restored = await restoreTo('restored', moment, async (url) => {
        await withSql(url, async (sql) => {
          expect(await checksums(sql)).toEqual(then);
          for (const { id } of first.acknowledged)
            expect(await sql`select from app.observations where id = ${id}`).toHaveLength(1);
        });
        const db = connectDatabase(
          urlAs(url, 'shaodian_app', testMaster.databaseSecrets.appPassword),
          testSigner,
          appendActs(testMaster),
          2,
        );
        const verdict = await verifySchool({ db, master: testMaster }, counsellor.schoolId);
        await db.close();
        await withSql(url, async (sql) => {
          const keys = () =>
            sql`select from app.data_keys where subject_kind = 'pupil' and subject_id = ${erased}`;
          expect(await keys()).toHaveLength(1);
          const worker = connectDatabase(
            urlAs(url, 'shaodian_worker', testMaster.databaseSecrets.workerPassword),
            testSigner,
            appendActs(testMaster),
            1,
          );
          await replayShreds({ db: worker, master: testMaster, shreds: api.deps.shreds });
          await worker.close();
          expect(await keys()).toHaveLength(0);
          const [left] = await sql<{ name: string; words: number }[]>`
            select p.name, (select count(*)::int from app.observation_details d where d.pupil_id = p.id and d.words is not null) as words
            from app.pupils p where p.id = ${erased}`;
          expect(left).toEqual({ name: '已删除', words: 0 });
        });
        expect(verdict.firstBad).toBeNull();
        expect(verdict.entries).toBeGreaterThan(first.acknowledged.length);
      });
      const restoreSeconds = (performance.now() - restoring) / 1000;
      const bytes = await sizeOf(join(root, 'backup'));
      process.stdout.write(
        `restore drill: base ${base.base} under load in ${backupSeconds.toFixed(1)} s, ${(bytes / 2 ** 20).toFixed(1)} MB sealed, ` +
          `${first.acknowledged.length} acknowledged before the moment all there, ${second.acknowledged.length} after it gone; ` +
          `${restored.files} files and ${restored.segments} segments restored in ${restoreSeconds.toFixed(1)} s, ${Object.keys(then).length} tables equal\n`,
      );

      // The new folder starts as it is, and goes on.
      const again = await startEmbeddedServer({ folder: join(root, 'restored') });
      await withSql(await again.adminUrl(database), async (sql) => {
        await sql`insert into app.sign_in_attempts (school_id, subject_sha256, device_sha256, last_failure_at) values (1, 'x', 'y', now())`;
      });
      await again.stop();
    },
  );

  test(
    'without a moment everything up to the last log is there',
    { timeout: 120_000 },
    async () => {
      const last = await checksums(api.admin);
      await restoreTo('newest', null, (url) =>
        withSql(url, async (sql) => expect(await checksums(sql)).toEqual(last)),
      );
    },
  );
});

const sizeOf = async (folder: string): Promise<number> => {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = names
    .filter((one) => one.isFile())
    .map(async (one) => (await stat(join(one.parentPath, one.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
};

describe('a restore that cannot be', () => {
  const untouched = async (name: string) => {
    const names = await readdir(root);
    expect(names.filter((one) => one.startsWith(name))).toEqual([]);
  };
  const refused = async (
    name: string,
    at: Date | null,
    kind: new (message: string) => Error,
    useKey = key,
  ) => {
    const attempt = restoreServer({
      folder: join(root, 'backup'),
      key: useKey,
      to: join(root, name),
      at,
      database,
      check: () => Promise.resolve(),
    });
    await expect(attempt).rejects.toBeInstanceOf(kind);
    await untouched(name);
  };

  test('to a moment before the first base copy says from when on', async () => {
    await refused('early', new Date('2020-01-01'), BackupError);
  });

  test(
    'to a moment after the log ends says so, and leaves nothing',
    { timeout: 60_000 },
    async () => {
      await refused('late', new Date(Date.now() + 3_600_000), BackupError);
    },
  );

  test('with another key gives nothing', async () => {
    await refused('stranger', null, BackupFileError, Buffer.alloc(32, 5));
  });

  test(
    'from a backup with one bit turned, a file cut off, or two files exchanged gives nothing',
    { timeout: 60_000 },
    async () => {
      const folder = join(root, 'backup', 'wal');
      const [other = '', one = ''] = (await listSegments(join(root, 'backup'))).slice(-2);
      const good = await readFile(join(folder, one));
      const turned = Buffer.from(good);
      turned[Math.floor(good.length / 2)]! ^= 1;
      for (const bad of [
        turned,
        good.subarray(0, good.length - 1),
        good.subarray(0, 20),
        Buffer.concat([good, Buffer.of(0)]),
        await readFile(join(folder, other)),
      ]) {
        await writeFile(join(folder, one), bad);
        await refused('broken', null, BackupFileError);
      }
      await writeFile(join(folder, one), good);
    },
  );

  test('onto a folder that is there is refused', async () => {
    const before = await readdir(join(root, 'restored'));
    await expect(restoreTo('restored', null, () => Promise.resolve())).rejects.toBeInstanceOf(
      BackupError,
    );
    expect(await readdir(join(root, 'restored'))).toEqual(before);
  });

  test('whose check fails leaves nothing behind', { timeout: 60_000 }, async () => {
    await expect(
      restoreTo('unchecked', null, () => Promise.reject(new Error('not what it was'))),
    ).rejects.toThrow('not what it was');
    await untouched('unchecked');
  });
});
