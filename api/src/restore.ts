import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { StartError, connectForSetUp, prepareDatabase, urlAs } from '@shaodian/migrations';
import type { EmbeddedServer } from '@shaodian/migrations';
import { appendActs } from './audit/append-acts.ts';
import { verifySchool } from './audit/verify-school.ts';
import { BackupError } from './backup/backup-error.ts';
import { restoreRows, restoreServer } from './backup/restore-server.ts';
import { BackupFileError } from './backup/sealed-stream.ts';
import { databaseOf } from './compose.ts';
import { KeyFileError, openExistingMasterKey } from './crypto/key-source.ts';
import type { MasterKey } from './crypto/master-key.ts';
import { ShredListError, shredList } from './crypto/shred-list.ts';
import { contextSigner } from './db/context.ts';
import { connectDatabase } from './db/database.ts';
import type { Database } from './db/database.ts';
import { EnvironmentError, readEnvironment } from './env.ts';
import { replayShreds } from './erasures/replay-shreds.ts';

// Into a new folder, never over one that is there. SHAODIAN_KEY_FILE and SHAODIAN_SHRED_FILE name what was kept apart.
const usage = `npm run restore -- --from BACKUP --to FOLDER                 the newest state
npm run restore -- --from BACKUP --to FOLDER --time TIME     a moment, such as 2026-11-24T10:30:00+08:00
npm run restore -- --from BACKUP --to FOLDER --export        the newest export of rows, for this version of PostgreSQL

The restored server is started once: what was erased is erased again, the audit chains are verified, rows are counted. Only then the
folder is there. Start the program on it with SHAODIAN_DATA=FOLDER and, as here, with SHAODIAN_KEY_FILE and SHAODIAN_SHRED_FILE: the key and
the list of what was erased are in no backup.`;

const { values } = parseArgs({
  options: {
    from: { type: 'string' },
    to: { type: 'string' },
    time: { type: 'string' },
    export: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  if (values.help) return print(usage);
  const at = values.time === undefined ? null : new Date(values.time);
  if (!values.from || !values.to || (at && (values.export || Number.isNaN(at.getTime()))))
    throw new BackupError(usage);
  const environment = readEnvironment(process.env);
  const master = await openExistingMasterKey(environment);
  const restore = {
    folder: resolve(values.from),
    key: master.backupKey,
    to: resolve(values.to),
    database: databaseOf.school,
    check: (server: EmbeddedServer) => checkServer(server, master, environment.shredFile),
  };
  if (values.export) {
    const prepare = (url: string) => prepareDatabase(url, master.databaseSecrets);
    const { name } = await restoreRows({ ...restore, prepare });
    return print(`export ${name} restored to ${restore.to}`);
  }
  const restored = await restoreServer({ ...restore, at });
  print(
    `base copy ${restored.base}: ${restored.files} files and ${restored.segments} parts of the log restored to ${restore.to}`,
  );
}

async function checkServer(
  server: EmbeddedServer,
  master: MasterKey,
  shredFile: string,
): Promise<void> {
  const present = await listDatabases(server);
  for (const mode of ['school', 'demo'] as const) {
    if (!present.has(databaseOf[mode])) continue;
    const url = await server.adminUrl(databaseOf[mode]);
    const shreds = shredList(mode === 'demo' ? `${shredFile}.demo` : shredFile, master.shredKey);
    const worker = connectAs(url, 'worker', master);
    const { shreds: listed, keysDeleted } = await replayShreds({
      db: worker,
      master,
      shreds,
    }).finally(() => worker.close());
    print(`${databaseOf[mode]}: ${listed} erasures on the list, ${keysDeleted} keys erased again`);
    const app = connectAs(url, 'app', master);
    await verifyChains(app, master).finally(() => app.close());
    print(`${databaseOf[mode]}: ${await countRows(url)}`);
  }
}

async function listDatabases(server: EmbeddedServer): Promise<ReadonlySet<string>> {
  const admin = connectForSetUp(await server.adminUrl('postgres'));
  const rows = await admin<{ datname: string }[]>`select datname from pg_database`.finally(() =>
    admin.end(),
  );
  return new Set(rows.map((row) => row.datname));
}

const connectAs = (adminUrl: string, role: 'app' | 'worker', master: MasterKey): Database =>
  connectDatabase(
    urlAs(
      adminUrl,
      `shaodian_${role}`,
      role === 'app' ? master.databaseSecrets.appPassword : master.databaseSecrets.workerPassword,
    ),
    contextSigner(master.contextKey, master.contextKeyId, () => Date.now() / 1000),
    appendActs(master),
    1,
  );

/** @throws BackupError that names the first bad entry */
async function verifyChains(db: Database, master: MasterKey): Promise<void> {
  const schools = await db.asNobody((trx) =>
    sql<{ id: number; code: string }>`select id, code from sec.list_school_ids()`.execute(trx),
  );
  for (const { id, code } of schools.rows) {
    const { firstBad, entries } = await verifySchool({ db, master }, id);
    if (firstBad)
      throw new BackupError(
        `${code}: entry ${firstBad.seq} of the audit is the first bad one (${firstBad.problem}).`,
      );
    print(`${code}: audit whole, ${entries} entries`);
  }
}

async function countRows(adminUrl: string): Promise<string> {
  const admin = connectForSetUp(adminUrl);
  try {
    const [row] = await admin<{ tables: number; rows: string }[]>`
      select count(*)::int as tables, sum((xpath('/row/n/text()', query_to_xml(format('select count(*) as n from app.%I', relname), false, true, '')))[1]::text::bigint) as rows
      from pg_class where relnamespace = 'app'::regnamespace and relkind = 'r'`;
    return `${row?.rows} rows in ${row?.tables} tables`;
  } finally {
    await admin.end();
  }
}

const mendable = [
  BackupError,
  BackupFileError,
  StartError,
  KeyFileError,
  EnvironmentError,
  ShredListError,
];

main().catch((error: unknown) => {
  const known = mendable.some((type) => error instanceof type);
  process.stderr.write(`${known ? (error as Error).message : ((error as Error).stack ?? '')}\n`);
  process.exitCode = 1;
});
