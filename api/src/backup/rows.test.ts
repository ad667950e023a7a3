import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { prepareDatabase, startEmbeddedServer, urlAs } from '@shaodian/migrations';
import { appendActs } from '../audit/append-acts.ts';
import { verifySchool } from '../audit/verify-school.ts';
import { connectDatabase } from '../db/database.ts';
import { checksums, startLoad, withSql } from '../testing/backup-load.ts';
import { startTestApi, testMaster, testSigner } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import {
  filesOfExport,
  findNewestExport,
  readSealed,
  writeExportManifest,
  writeSealed,
} from './backup-folder.ts';
import { BackupError } from './backup-error.ts';
import { exportRows } from './export-rows.ts';
import { restoreRows } from './restore-server.ts';
import { BackupFileError } from './sealed-stream.ts';

let root: string;
let api: TestApi;
let counsellor: Requester;
let pupils: string[];
const key = testMaster.backupKey;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'shaodian-rows-'));
  await chmod(root, 0o755);
  api = await startTestApi(inject('seededUrl'));
  counsellor = await api.as('xinli');
  const { items } = (await (await counsellor.get('/pupils?limit=50')).json()) as {
    items: { id: string }[];
  };
  pupils = items.map((one) => one.id);
});
afterAll(async () => {
  await api.stop();
  await rm(root, { recursive: true, force: true });
});

const restoreTo = (
  name: string,
  check: (url: string) => Promise<void> = () => Promise.resolve(),
  folder = join(root, 'backup'),
  withKey: Uint8Array = key,
) =>
  restoreRows({
    folder,
    key: withKey,
    to: join(root, name),
    database: 'shaodian',
    prepare: (url) => prepareDatabase(url, testMaster.databaseSecrets),
    check: async (server) => check(await server.adminUrl('shaodian')),
  });

describe('an export of rows', () => {
  test(
    'made while reports come in is one moment of all tables; restored it is the same rows, the chain is whole and the program goes on',
    { timeout: 120_000 },
    async () => {
      const load = startLoad(counsellor, pupils);
      while (load.acknowledged.length <= 5) await api.admin`select pg_sleep(0.05)`;
      await exportRows({ adminUrl: api.adminUrl, folder: join(root, 'under-load'), key });
      await load.stop();
      expect(load.acknowledged.length).toBeGreaterThan(5);
      // Nothing is half in it: an observation of which a part were missing breaks a foreign key, which the check looks for.
      await restoreTo(
        'of-load',
        (url) => withSql(url, async (sql) => expect(await brokenKeys(sql)).toEqual([])),
        join(root, 'under-load'),
      );

      const exported = await exportRows({
        adminUrl: api.adminUrl,
        folder: join(root, 'backup'),
        key,
      });
      const then = await checksums(api.admin);
      expect(exported.tables).toBe(Object.keys(then).length);
      await restoreTo('restored', async (url) => {
        expect(await withSql(url, checksums)).toEqual(then);
        const db = connectDatabase(
          urlAs(url, 'shaodian_app', testMaster.databaseSecrets.appPassword),
          testSigner,
          appendActs(testMaster),
          1,
        );
        const verdict = await verifySchool({ db, master: testMaster }, counsellor.schoolId);
        await db.close();
        expect(verdict.firstBad).toBeNull();
        expect(verdict.entries).toBeGreaterThan(load.acknowledged.length);
      });
      process.stdout.write(
        `export: ${exported.rows} rows of ${exported.tables} tables, the same after the restore\n`,
      );
      // A new class gets a number of its own: the sequences stand where they stood.
      const again = await startEmbeddedServer({ folder: join(root, 'restored') });
      await withSql(await again.adminUrl('shaodian'), async (sql) => {
        await sql`insert into app.grades (school_id, name, ordinal) select id, '高三', 12 from app.schools limit 1`;
      });
      await again.stop();
    },
  );

  test('is refused to a role that row security binds', async () => {
    const bound = urlAs(api.adminUrl, 'shaodian_worker', testMaster.databaseSecrets.workerPassword);
    const attempt = exportRows({ adminUrl: bound, folder: join(root, 'bound'), key });
    await expect(attempt).rejects.toThrow(/row security/);
    expect(await readdir(root)).not.toContain('bound');
  });
});

/** Foreign keys that a row breaks: switched off while rows come in, they are asked again here. */
async function brokenKeys(sql: Parameters<typeof checksums>[0]): Promise<string[]> {
  const keys = await sql<{ name: string; table: string; query: string }[]>`
    select k.conname as name, k.conrelid::regclass::text as table,
      format('select count(*)::int as n from %s t where %s and not exists (select from %s r where %s)', k.conrelid::regclass,
        (select string_agg(format('t.%I is not null', a.attname), ' and ') from unnest(k.conkey) c join pg_attribute a on a.attrelid = k.conrelid and a.attnum = c),
        k.confrelid::regclass,
        (select string_agg(format('r.%I = t.%I', f.attname, a.attname), ' and ') from unnest(k.conkey, k.confkey) as c(own, other)
          join pg_attribute a on a.attrelid = k.conrelid and a.attnum = own join pg_attribute f on f.attrelid = k.confrelid and f.attnum = other)) as query
    from pg_constraint k where k.contype = 'f' and k.connamespace = 'app'::regnamespace`;
  expect(keys.length).toBeGreaterThan(20);
  const broken: string[] = [];
  for (const one of keys) {
    const [row] = await sql.unsafe<{ n: number }[]>(one.query);
    if (row?.n !== 0) broken.push(`${one.table}: ${one.name}`);
  }
  return broken;
}

describe('an export that is not what it says', () => {
  const refused = async (folder: string, kind: new (message: string) => Error, useKey = key) => {
    await expect(restoreTo('refused', undefined, folder, useKey)).rejects.toBeInstanceOf(kind);
    expect((await readdir(root)).filter((name) => name.startsWith('refused'))).toEqual([]);
  };

  test('with a row less, of another release, or sealed with another key leaves nothing', async () => {
    const good = await findNewestExport(join(root, 'backup'), key);
    if (!good) throw new Error('there is no export');
    const parts: Uint8Array[] = [];
    for await (const part of readSealed(join(root, 'backup'), filesOfExport(good.name), key))
      parts.push(part);
    const bytes = Buffer.concat(parts);

    const other = join(root, 'other-release');
    await writeSealed(other, filesOfExport(good.name), key, Readable.from([bytes]));
    await writeExportManifest(other, good.name, key, {
      ...good.manifest,
      migrations: [...good.manifest.migrations, '9999-later'],
    });
    await refused(other, BackupError);

    const less = join(root, 'less');
    const { grants } = good.manifest.tables;
    await writeSealed(less, filesOfExport(good.name), key, Readable.from([bytes]));
    await writeExportManifest(less, good.name, key, {
      ...good.manifest,
      tables: {
        ...good.manifest.tables,
        grants: { rows: String(Number(grants?.rows) + 1), sum: grants?.sum ?? '' },
      },
    });
    await refused(less, BackupError);

    await refused(join(root, 'backup'), BackupFileError, Buffer.alloc(32, 9));
    await refused(join(root, 'nothing'), BackupError);
  });
});
