import { mkdir } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { StartError, openEmbeddedServer } from '@shaodian/migrations';
import { backUpLog, backUpServer } from './backup/back-up-server.ts';
import type { ServerBackup } from './backup/back-up-server.ts';
import { BackupError } from './backup/backup-error.ts';
import { exportRows } from './backup/export-rows.ts';
import { databaseOf } from './compose.ts';
import { KeyFileError, openExistingMasterKey } from './crypto/key-source.ts';
import { EnvironmentError, readEnvironment } from './env.ts';

// Beside the program, which goes on, or while it is stopped.
const usage = `npm run backup -- --to FOLDER          a base copy of the database server and the log up to now, encrypted
npm run backup -- --to FOLDER --log    only the log since the last time: every few minutes, to restore any moment
npm run backup -- --to FOLDER --export the school's rows as text, encrypted: for another major version of PostgreSQL

Keep apart from the backup: the key file (or SHAODIAN_KEY), without which it cannot be opened, and the shred list, without
which a restore brings back what was erased.

Of the embedded server, or of the one in DATABASE_URL: then of all its databases, through a superuser or a role with the rights
that the command names when they are missing.`;

const { values } = parseArgs({
  options: {
    to: { type: 'string' },
    log: { type: 'boolean', default: false },
    export: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  if (values.help) return print(usage);
  if (!values.to || (values.log && values.export)) throw new BackupError(usage);
  const environment = readEnvironment(process.env);
  const folder = resolve(values.to);
  if (`${folder}${sep}`.startsWith(`${environment.dataFolder}${sep}`))
    throw new BackupError('The backup must not lie in the data folder: name one on another disk.');
  const { backupKey } = await openExistingMasterKey(environment);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const server = environment.databaseUrl
    ? undefined
    : await openEmbeddedServer(environment.dataFolder);
  try {
    if (values.export) {
      const adminUrl = environment.databaseUrl ?? (await server?.adminUrl(databaseOf.school)) ?? '';
      const { name, tables, rows } = await exportRows({ adminUrl, folder, key: backupKey });
      return print(`export ${name}: ${rows} rows of ${tables} tables written to ${folder}`);
    }
    await backUp(values.log, {
      adminUrl: environment.databaseUrl ?? (await server?.adminUrl('postgres')) ?? '',
      dataFolder: server ? environment.dataFolder : null,
      folder,
      key: backupKey,
    });
  } finally {
    await server?.stop();
  }
}

async function backUp(isLogOnly: boolean, backup: ServerBackup): Promise<void> {
  const { folder } = backup;
  if (isLogOnly)
    return print(`${await backUpLog(backup)} segments of the log written to ${folder}`);
  const started = performance.now();
  const { base, segments, elsewhere } = await backUpServer(backup);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  print(
    `base copy ${base} and ${segments} segments of the log written to ${folder} in ${seconds} s`,
  );
  if (elsewhere) print(`of the whole server, with the databases ${elsewhere.databases.join(', ')}`);
}

const mendable = [BackupError, StartError, KeyFileError, EnvironmentError];
const systemCodes: Readonly<Record<string, string>> = {
  ENOSPC: 'There is no space left. The unfinished part is not used.',
  EACCES: 'The folder cannot be written.',
  EROFS: 'The folder cannot be written.',
};

main().catch((error: unknown) => {
  const known = mendable.some((type) => error instanceof type);
  const system = systemCodes[(error as { code?: string }).code ?? ''];
  process.stderr.write(
    `${known ? (error as Error).message : (system ?? (error as Error).stack ?? '')}\n`,
  );
  process.exitCode = 1;
});
