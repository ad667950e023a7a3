import { createHash } from 'node:crypto';
import postgres from 'postgres';
import type { Sql } from 'postgres';
import { migrateUp } from './migrate.ts';

export interface DatabaseSecrets {
  /** Passwords of the two run-time roles. */
  readonly appPassword: string;
  readonly workerPassword: string;
  /** Signs `app.ctx`; at least 32 bytes. */
  readonly contextKey: Uint8Array;
  readonly contextKeyId: number;
}

export interface DatabaseUrls {
  readonly app: string;
  readonly worker: string;
}

/** The role in DATABASE_URL may not do what the first start needs. */
export class DatabasePrivilegeError extends Error {
  override name = 'DatabasePrivilegeError';
}

/** The database was made with another key than the one given. */
export class DatabaseKeyError extends Error {
  override name = 'DatabaseKeyError';
}

/** One plain connection for set-up work; never used for a person's request. */
export const connectForSetUp = (url: string): Sql =>
  postgres(url, { max: 1, onnotice: () => {}, types: { date: plainDate } });

/** The same for work that hangs on one session for hours: the driver must not exchange it for a new one. */
export const connectForLongWork = (url: string): Sql =>
  postgres(url, {
    max: 1,
    max_lifetime: null,
    idle_timeout: 0,
    fetch_types: false,
    onnotice: () => {},
  });

/** Dates stay `YYYY-MM-DD`: a school day has no time zone. */
export const plainDate = {
  to: 1082,
  from: [1082],
  serialize: (v: string) => v,
  parse: (v: string) => v,
};

/**
 * Brings a database to where the program can run: roles, migrations, the key that signs contexts.
 * @param adminUrl a role that may create roles, and owns or may create in the database
 * @returns connection strings of the two least-privilege roles
 * @throws DatabaseKeyError before anything is written, DatabasePrivilegeError, MigrationMismatchError
 */
export async function prepareDatabase(
  adminUrl: string,
  secrets: DatabaseSecrets,
): Promise<DatabaseUrls> {
  const sql = connectForSetUp(adminUrl);
  try {
    await refuseForeignKey(sql, secrets);
    await createRoles(sql, secrets);
    await migrateUp(sql);
    await storeContextKey(sql, secrets);
  } finally {
    await sql.end();
  }
  return {
    app: urlAs(adminUrl, 'shaodian_app', secrets.appPassword),
    worker: urlAs(adminUrl, 'shaodian_worker', secrets.workerPassword),
  };
}

/** Whether a database was prepared before: then there is a key that belongs to it. */
export async function isPrepared(adminUrl: string): Promise<boolean> {
  const sql = connectForSetUp(adminUrl);
  return hasContextKeys(sql).finally(() => sql.end());
}

async function hasContextKeys(sql: Sql): Promise<boolean> {
  const rows = await sql<
    { there: boolean }[]
  >`select to_regclass('sec.context_keys') is not null as there`;
  return rows[0]?.there ?? false;
}

/** The key of contexts follows from the school's first key and never changes: another one here is another installation's. */
async function refuseForeignKey(sql: Sql, secrets: DatabaseSecrets): Promise<void> {
  if (!(await hasContextKeys(sql))) return;
  const { innerPad } = hmacPads(secrets.contextKey);
  const rows = await sql.begin(async (trx) => {
    await trx`set local role shaodian_owner`;
    return trx<{ inner_pad: Buffer }[]>`
      select inner_pad from sec.context_keys where id = ${secrets.contextKeyId}`;
  });
  const [stored] = rows;
  if (stored && !innerPad.equals(stored.inner_pad))
    throw new DatabaseKeyError(
      'SHAODIAN_KEY_FILE: this database was made with another key, and only that key can read it. Nothing was changed. Bring that key here, or name another database.',
    );
}

const quoteLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`;

// Roles belong to the whole server, the lock below to one database: where two databases are prepared at once, the second to
// write a role fails with one of these and tries again. 23505, 42710: both created it. XX000: both altered it.
const lostRace = (error: unknown): boolean => {
  const { code, message } = error as { code?: string; message: string };
  return (
    code === '23505' || code === '42710' || (code === 'XX000' && message.includes('concurrently'))
  );
};

async function createRoles(sql: Sql, secrets: DatabaseSecrets, attemptsLeft = 20): Promise<void> {
  const database =
    (await sql<{ name: string }[]>`select current_database() as name`)[0]?.name ?? '';
  try {
    await sql
      .unsafe(
        `
      begin;
      select pg_advisory_xact_lock(7429015);
      do $$ begin
        if not exists (select from pg_roles where rolname = 'shaodian_owner') then create role shaodian_owner nologin nosuperuser nobypassrls; end if;
        if not exists (select from pg_roles where rolname = 'shaodian_app') then create role shaodian_app login nosuperuser nobypassrls nocreatedb nocreaterole; end if;
        if not exists (select from pg_roles where rolname = 'shaodian_worker') then create role shaodian_worker login nosuperuser nobypassrls nocreatedb nocreaterole; end if;
        if not exists (select from pg_roles where rolname = 'shaodian_audit_writer') then create role shaodian_audit_writer nologin nosuperuser nobypassrls; end if;
      end $$;
      alter role shaodian_app password ${quoteLiteral(secrets.appPassword)};
      alter role shaodian_worker password ${quoteLiteral(secrets.workerPassword)};
      grant shaodian_owner to current_user;
      grant shaodian_audit_writer to shaodian_owner;
      revoke all on database "${database}" from public;
      grant connect on database "${database}" to shaodian_app, shaodian_worker;
      grant create on database "${database}" to shaodian_owner;
      revoke all on schema public from public;
      commit;`,
      )
      .simple();
  } catch (error) {
    await sql.unsafe('rollback').simple();
    if (attemptsLeft > 0 && lostRace(error)) return createRoles(sql, secrets, attemptsLeft - 1);
    if ((error as { code?: string }).code === '42501')
      throw new DatabasePrivilegeError(
        `DATABASE_URL: this role may not create roles or grant on the database (${(error as Error).message}). ` +
          'Use a role with CREATEROLE that owns the database.',
        { cause: error },
      );
    throw error;
  }
}

async function storeContextKey(sql: Sql, secrets: DatabaseSecrets): Promise<void> {
  const { innerPad, outerPad } = hmacPads(secrets.contextKey);
  await sql.begin(async (trx) => {
    await trx`set local role shaodian_owner`;
    await trx`insert into sec.context_keys (id, inner_pad, outer_pad) values (${secrets.contextKeyId}, ${innerPad}, ${outerPad})
      on conflict (id) do update set inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad`;
  });
}

/** The two key blocks of HMAC-SHA256 (RFC 2104, section 2). */
function hmacPads(key: Uint8Array): { innerPad: Buffer; outerPad: Buffer } {
  const block = Buffer.alloc(64);
  block.set(key.length > 64 ? createHash('sha256').update(key).digest() : key);
  return {
    innerPad: Buffer.from(block.map((b) => b ^ 0x36)),
    outerPad: Buffer.from(block.map((b) => b ^ 0x5c)),
  };
}

/** The same server and database, as another role. */
export function urlAs(adminUrl: string, user: string, password: string): string {
  const url = new URL(adminUrl);
  url.username = user;
  url.password = encodeURIComponent(password);
  return url.href;
}
