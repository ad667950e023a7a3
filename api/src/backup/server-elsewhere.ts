import type { Sql } from 'postgres';
import { POSTGRES_MAJOR } from '@shaodian/migrations';
import { BackupError } from './backup-error.ts';

/** What must be known of a server that is not the embedded one, to start its copy elsewhere. */
export interface Elsewhere {
  /** The school's database. */
  readonly database: string;
  /** All of them: a base copy is of the whole server. */
  readonly databases: readonly string[];
}

// What a role that is no superuser needs, each with the statement that gives it.
const needed: readonly { readonly holds: string; readonly statement: string }[] = [
  {
    holds: `(select rolreplication from pg_roles where rolname = current_user)`,
    statement: 'alter role ROLE replication',
  },
  ...[
    'pg_backup_start(text, boolean)',
    'pg_backup_stop(boolean)',
    'pg_switch_wal()',
    'pg_ls_dir(text, boolean, boolean)',
    'pg_stat_file(text, boolean)',
    'pg_read_binary_file(text, bigint, bigint, boolean)',
  ].map((name) => ({
    holds: `has_function_privilege('pg_catalog.${name}', 'execute')`,
    statement: `grant execute on function pg_catalog.${name} to ROLE`,
  })),
];

/**
 * Whether the server of DATABASE_URL can be copied by this role.
 * @throws BackupError that lists the statements a superuser of that server gives first
 */
export async function lookAtServer(sql: Sql): Promise<Elsewhere> {
  const [server] = await sql<
    { major: number; role: string; is_super: boolean; database: string; tablespaces: number }[]
  >`
    select current_setting('server_version_num')::int / 10000 as major, quote_ident(current_user) as role,
      (select rolsuper from pg_roles where rolname = current_user) as is_super, current_database() as database,
      (select count(*)::int from pg_tablespace where spcname not in ('pg_default', 'pg_global')) as tablespaces`;
  if (server?.major !== POSTGRES_MAJOR)
    throw new BackupError(
      `DATABASE_URL: the server is PostgreSQL ${server?.major}; this version copies and restores ${POSTGRES_MAJOR}.`,
    );
  if (server.tablespaces > 0)
    throw new BackupError(
      'DATABASE_URL: the server has tablespaces outside its data folder. Back it up with pg_basebackup, where it runs.',
    );
  if (!server.is_super) await refuseWithoutRights(sql, server.role);
  const databases = await sql<{ name: string }[]>`
    select datname as name from pg_database where not datistemplate order by 1`;
  return { database: server.database, databases: databases.map((one) => one.name) };
}

async function refuseWithoutRights(sql: Sql, role: string): Promise<void> {
  const missing: string[] = [];
  for (const { holds, statement } of needed) {
    const [row] = await sql.unsafe<{ held: boolean }[]>(`select ${holds} as held`);
    if (!row?.held) missing.push(`${statement.replace('ROLE', role)};`);
  }
  if (missing.length === 0) return;
  throw new BackupError(
    `DATABASE_URL: the role ${role} may not copy this server. A superuser of it can allow that, to this role or to one for backups only, in each database it connects to:\n${missing.join('\n')}`,
  );
}
