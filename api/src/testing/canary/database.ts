import type { Sql } from 'postgres';
import type { Canaries } from './canaries.ts';

/**
 * What PostgreSQL compresses cannot be found as it was written. Values of the school are kept as they are from now on, and the log from
 * here on stays on the disk.
 */
export async function keepReadable(admin: Sql): Promise<void> {
  const columns = await admin<{ name: string; column: string }[]>`
    select c.oid::regclass::text as name, quote_ident(a.attname) as column from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace in ('app'::regnamespace, 'sec'::regnamespace) and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
      and a.attstorage in ('x', 'm')`;
  for (const { name, column } of columns)
    await admin.unsafe(`alter table ${name} alter column ${column} set storage external`);
  await admin.unsafe("alter system set wal_keep_size = '8GB'");
  await admin`select pg_reload_conf()`;
}

/** The same long text twice, compressed as PostgreSQL does by itself and kept as it is; and a line in the log of the server. */
export async function writeControls(admin: Sql, canaries: Canaries): Promise<void> {
  const long = (canary: string) => `${'很长的话'.repeat(600)}${canary}${'很长的话'.repeat(600)}`;
  const compressed = long(canaries.text('control', 'compressed'));
  const kept = long(canaries.text('control', 'kept as it is'));
  await admin`create table canary_controls (compressed text, kept text)`;
  await admin`alter table canary_controls alter column kept set storage external`;
  await admin`insert into canary_controls values (${compressed}, ${kept})`;
  const warned = canaries.latin('control', 'in the log of the server');
  await admin.unsafe(`do $$ begin raise warning '${warned}'; end $$`);
}

/** The settings on which the search of the files stands. */
export async function readStorage(admin: Sql) {
  const [row] = await admin<{ compression: string; compressible: number; keep: string }[]>`
    select current_setting('wal_compression') as compression, current_setting('wal_keep_size') as keep,
      (select count(*)::int from pg_attribute a join pg_class c on c.oid = a.attrelid
       where c.relnamespace in ('app'::regnamespace, 'sec'::regnamespace) and c.relkind = 'r' and a.attnum > 0 and a.attstorage in ('x', 'm')
         and not a.attisdropped) as compressible`;
  return row;
}

/** Every row of every table, and what the server knows beside them, as text. */
export async function dumpDatabase(admin: Sql): Promise<Map<string, string>> {
  const tables = await admin<{ name: string }[]>`
    select oid::regclass::text as name from pg_class
    where relnamespace in ('app'::regnamespace, 'sec'::regnamespace) and relkind in ('r', 'p') order by 1`;
  const beside = [
    ...['pg_authid', 'pg_database', 'pg_stats', 'pg_settings', 'pg_db_role_setting'],
    ...['pg_prepared_statements', 'pg_description', 'pg_stat_activity'],
  ];
  const texts = new Map<string, string>();
  await admin`analyze`;
  for (const name of [...tables.map((one) => one.name), ...beside]) {
    // What this connection asks itself stands in the list of activity.
    const rows = await admin.unsafe<{ row: string }[]>(`select t::text as row from ${name} t`);
    texts.set(name, rows.map((one) => one.row).join('\n'));
  }
  return texts;
}

/** Texts of the places that leave the school's eyes: what is told, and what is kept of acts. */
export const toldTables = /^app\.(outbox|notices|audit_\w+|idempotency_records|sign_in_attempts)$/;

/** Every new row of a table is refused while `work` runs: PostgreSQL names the row in its complaint. */
export async function whileRefusing(
  admin: Sql,
  table: string,
  work: () => Promise<unknown>,
): Promise<void> {
  await admin.unsafe(`alter table app.${table} add constraint canary check (false) not valid`);
  await work().finally(() => admin.unsafe(`alter table app.${table} drop constraint canary`));
}

/** The head of the audit chain is held for longer than anybody waits. */
export async function whileHeld(admin: Sql, work: () => Promise<unknown>): Promise<void> {
  await admin.begin(async (trx) => {
    await trx`lock table app.audit_heads in access exclusive mode`;
    await work();
  });
}

/** Connections of the program end, again and again, until `work` is done. */
export async function whileKilling(admin: Sql, work: () => Promise<unknown>): Promise<number> {
  let killed = 0;
  let going = true;
  const killing = (async () => {
    while (going) {
      const rows = await admin<{ done: boolean }[]>`
        select pg_terminate_backend(pid) as done from pg_stat_activity where usename = 'shaodian_app' and state <> 'idle'`;
      killed += rows.length;
    }
  })();
  await work().finally(() => (going = false));
  await killing;
  return killed;
}

/** Rows that name both somebody and what they reported: whoever has the tables would read who reported it. */
export function listTies(
  dump: ReadonlyMap<string, string>,
  personId: string,
  reportedIds: readonly string[],
): string[] {
  return [...dump].flatMap(([table, text]) =>
    text
      .split('\n')
      .filter((row) => row.includes(personId) && reportedIds.some((id) => row.includes(id)))
      .map(() => table),
  );
}
