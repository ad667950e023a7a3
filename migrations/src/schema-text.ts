import type { Sql } from 'postgres';

/**
 * The schema as readable, deterministic SQL, read back from the catalogue: what is really there, not what a migration hoped for.
 * Two databases with equal text have equal tables, keys, indexes, functions, policies, rights and comments.
 */
export async function schemaText(sql: Sql): Promise<string> {
  const parts: string[] = ['-- Generated from the migrations (npm run generate). Do not edit.'];
  for (const table of await tables(sql)) parts.push(await tableText(sql, table));
  parts.push((await functions(sql)).join('\n\n'));
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

interface Table {
  readonly oid: number;
  readonly name: string;
  readonly rls: string;
}

const tables = (sql: Sql) => sql<Table[]>`
  select c.oid::int, n.nspname || '.' || c.relname as name,
    concat_ws(' ', case when c.relrowsecurity then 'enabled' end, case when c.relforcerowsecurity then 'forced' end) as rls
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('app', 'sec') and c.relkind in ('r', 'p', 'v') order by 2`;

async function tableText(sql: Sql, table: Table): Promise<string> {
  const lines = (rows: readonly { line: string }[]) => rows.map((row) => row.line);
  const columns = await sql<{ line: string }[]>`
    select '  ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
      || case when a.attnotnull then ' not null' else '' end
      || case when a.attidentity <> '' then ' generated always as identity'
              when a.attgenerated <> '' then ' generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored'
              when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end
      || coalesce('  -- ' || col_description(a.attrelid, a.attnum), '') as line
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = ${table.oid}::oid and a.attnum > 0 and not a.attisdropped order by a.attnum`;
  const constraints = await sql<{ line: string }[]>`
    select '  ' || conname || ' ' || pg_get_constraintdef(oid) as line from pg_constraint
    where conrelid = ${table.oid}::oid and contype <> 'n' order by contype desc, conname`;
  const indexes = await sql<{ line: string }[]>`
    select pg_get_indexdef(i.indexrelid) || ';' as line from pg_index i
    where i.indrelid = ${table.oid}::oid and not exists (select from pg_constraint c where c.conindid = i.indexrelid) order by 1`;
  const policies = await sql<{ line: string }[]>`
    select 'policy ' || polname || ' ' || case polpermissive when true then 'permissive' else 'restrictive' end || ' for '
      || case polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end
      || ' to ' || array_to_string(array(select rolname from pg_roles where oid = any (polroles) order by 1), ', ')
      || coalesce(' using ' || pg_get_expr(polqual, polrelid), '') || coalesce(' with check ' || pg_get_expr(polwithcheck, polrelid), '') as line
    from pg_policy where polrelid = ${table.oid}::oid order by polname`;
  const rights = await sql<{ line: string }[]>`
    select 'grant ' || string_agg(privilege, ', ' order by privilege) || ' to ' || grantee as line from (
      select r.rolname as grantee, lower(x.privilege_type) as privilege
      from pg_class c, aclexplode(c.relacl) x join pg_roles r on r.oid = x.grantee where c.oid = ${table.oid}::oid
      union all
      select r.rolname, lower(x.privilege_type) || ' (' || string_agg(a.attname, ', ' order by a.attnum) || ')'
      from pg_attribute a, aclexplode(a.attacl) x join pg_roles r on r.oid = x.grantee
      where a.attrelid = ${table.oid}::oid group by r.rolname, x.privilege_type
    ) p where grantee in ('shaodian_app', 'shaodian_worker', 'shaodian_audit_writer') group by grantee order by grantee`;
  const triggers = await sql<{ line: string }[]>`
    select pg_get_triggerdef(oid) || ';' as line from pg_trigger where tgrelid = ${table.oid}::oid and not tgisinternal order by tgname`;
  const comment = await sql<
    { line: string | null }[]
  >`select obj_description(${table.oid}::oid) as line`;
  return [
    ...(comment[0]?.line ? [`-- ${comment[0].line}`] : []),
    `create table ${table.name} (`,
    [...lines(columns), ...lines(constraints)].join('\n'),
    ');',
    ...lines(indexes),
    `row security ${table.rls || 'off'};`,
    ...lines(policies).map((line) => `${line};`),
    ...lines(rights).map((line) => `${line};`),
    ...lines(triggers),
  ].join('\n');
}

async function functions(sql: Sql): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select coalesce('-- ' || obj_description(p.oid) || chr(10), '') || pg_get_functiondef(p.oid) || ';' || chr(10)
      || 'execute: ' || coalesce((select string_agg(r.rolname, ', ' order by r.rolname) from aclexplode(p.proacl) x join pg_roles r on r.oid = x.grantee
          where r.rolname in ('shaodian_app', 'shaodian_worker', 'shaodian_audit_writer')), 'nobody') || ';' as line
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('app', 'sec') order by p.oid::regprocedure::text`;
  return rows.map((row) => row.line);
}
