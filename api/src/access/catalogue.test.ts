import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connectForSetUp } from '@shaodian/migrations';
import type { Sql } from 'postgres';

let sql: Sql;
beforeAll(() => {
  sql = connectForSetUp(inject('seededUrl'));
});
afterAll(() => sql.end());

interface PolicyRow {
  readonly name: string;
  readonly role: string;
  readonly text: string;
}

const policies = () => sql<PolicyRow[]>`
  select tablename || '.' || policyname as name, array_to_string(roles, ',') as role, concat_ws(' ', qual, with_check) as text
  from pg_policies where schemaname = 'app' order by 1`;

/** The text without anything inside `( SELECT … )`: what is evaluated again for each row. */
function outsideSelects(text: string): string {
  let rest = text;
  for (let at = rest.search(/\( ?SELECT\b/); at >= 0; at = rest.search(/\( ?SELECT\b/)) {
    let depth = 0;
    let end = at;
    do {
      depth += rest[end] === '(' ? 1 : rest[end] === ')' ? -1 : 0;
      end += 1;
    } while (depth > 0 && end < rest.length);
    rest = rest.slice(0, at) + rest.slice(end);
  }
  return rest;
}

describe('row security', () => {
  test('is enabled and forced on every table of schema app, which has a policy', async () => {
    const bare = await sql`
      select c.relname from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p')
        and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))`;
    expect(bare).toEqual([]);
    const views = await sql`
      select c.relname from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind in ('v', 'm')
        and not coalesce(c.reloptions @> '{security_invoker=true}', false)`;
    expect(views).toEqual([]);
  });

  test('has no policy for everybody, and none for a role besides the app, the worker and the owner', async () => {
    const roles = new Set((await policies()).map((policy) => policy.role));
    expect([...roles].sort()).toEqual([
      'shaodian_app',
      'shaodian_audit_writer',
      'shaodian_owner',
      'shaodian_worker',
    ]);
  });

  test('calls no function once for each row', async () => {
    const calls = (await policies()).flatMap(({ name, text }) => {
      const called = outsideSelects(text).match(/[\w.]+(?=\()/g) ?? [];
      const harmless = new Set(['ANY', 'ARRAY', 'AND', 'OR', 'NOT', 'EXISTS']);
      return called.filter((one) => !harmless.has(one)).map((one) => `${name} calls ${one}`);
    });
    expect(calls).toEqual([]);
    expect(outsideSelects('(a = ( SELECT sec.school() AS school)) AND sec.f(b)')).toBe(
      '(a = ) AND sec.f(b)',
    );
  });

  test('asks every policy of the app and of the worker for the school', async () => {
    const without = (await policies())
      .filter(
        ({ role, text }) => role !== 'shaodian_owner' && !text.includes('SELECT sec.school()'),
      )
      .map(({ name }) => name);
    expect(without).toEqual([]);
  });

  test('lets the owner pass only where a function of schema sec needs it: lookups, the founding of a school, erasing, what two people agreed on, and messages of a drill', async () => {
    const others = (await policies())
      .filter(
        ({ role, name }) =>
          role === 'shaodian_owner' &&
          !/(_for_lookup|_founded|_erased|_approved|_of_drill_settled)$/.test(name),
      )
      .map(({ name }) => name);
    expect(others).toEqual([]);
  });

  test('reads a setting only through nullif, so that an empty context is none', async () => {
    const functions = await sql<{ text: string }[]>`
      select prosrc as text from pg_proc where pronamespace in ('app'::regnamespace, 'sec'::regnamespace)`;
    const texts = [...functions, ...(await policies())].map(({ text }) => text);
    const reads = texts.flatMap((text) =>
      [...text.matchAll(/(.{0,19})current_setting/g)].map((match) => match[1]),
    );
    expect(reads.length).toBeGreaterThan(0);
    for (const before of reads) expect(before).toMatch(/nullif\((pg_catalog\.)?$/);
  });
});

describe('the roles', () => {
  test('that run the program pass no row security, create nothing, are members of nothing and own nothing', async () => {
    const roles = await sql`
      select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
        (select count(*)::int from pg_auth_members m where m.member = r.oid) as memberships,
        (select count(*)::int from pg_shdepend d where d.refobjid = r.oid and d.deptype = 'o') as owned
      from pg_roles r where rolname in ('shaodian_app', 'shaodian_worker') order by 1`;
    const nothing = {
      rolsuper: false,
      rolbypassrls: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      memberships: 0,
      owned: 0,
    };
    expect(roles).toEqual([
      { rolname: 'shaodian_app', ...nothing },
      { rolname: 'shaodian_worker', ...nothing },
    ]);
  });

  test('that own the tables and that write the audit cannot sign in nor pass row security', async () => {
    const owners = await sql`
      select rolcanlogin, rolsuper, rolbypassrls from pg_roles where rolname in ('shaodian_owner', 'shaodian_audit_writer')`;
    const bare = { rolcanlogin: false, rolsuper: false, rolbypassrls: false };
    expect([...owners]).toEqual([bare, bare]);
  });

  test('cannot change or delete an audit entry: no role but the writer inserts, and nobody has a policy for more', async () => {
    const rights = await sql`
      select r.rolname, p.privilege from pg_roles r, unnest(array['insert', 'update', 'delete', 'truncate']) p (privilege)
      where r.rolname in ('shaodian_app', 'shaodian_worker', 'shaodian_audit_writer')
        and has_table_privilege(r.oid, 'app.audit_entries', p.privilege)`;
    expect([...rights]).toEqual([{ rolname: 'shaodian_audit_writer', privilege: 'insert' }]);
    const changing = await sql`
      select policyname from pg_policies where tablename = 'audit_entries' and cmd not in ('SELECT', 'INSERT')`;
    expect([...changing]).toEqual([]);
  });

  test('that run the program may create nothing anywhere, and read no table of schema sec or meta', async () => {
    const rights = await sql`
      select r.rolname, n.nspname, has_schema_privilege(r.oid, n.oid, 'create') as creates
      from pg_roles r, pg_namespace n where r.rolname in ('shaodian_app', 'shaodian_worker') and n.nspname in ('app', 'sec', 'meta', 'public')
        and has_schema_privilege(r.oid, n.oid, 'create')`;
    expect(rights).toEqual([]);
    const read = await sql`
      select r.rolname, c.oid::regclass::text as name from pg_roles r, pg_class c
      where r.rolname in ('shaodian_app', 'shaodian_worker') and c.relkind in ('r', 'p', 'v') and c.relnamespace::regnamespace::text in ('sec', 'meta')
        and has_any_column_privilege(r.oid, c.oid, 'select, insert, update, references')`;
    expect(read).toEqual([]);
    const sealed = await sql`
      select c.relname from pg_class c where c.oid = any (array['app.account_secrets', 'app.sign_in_attempts', 'app.reporter_seals',
          'app.second_factors', 'app.recovery_codes']::regclass[])
        and has_any_column_privilege('shaodian_app', c.oid, 'select')`;
    expect(sealed).toEqual([]);
  });

  test('reach nothing through public: no table, no function of schema sec', async () => {
    const tables = await sql`
      select c.oid::regclass::text from pg_class c, aclexplode(c.relacl) x
      where c.relnamespace::regnamespace::text in ('app', 'sec', 'meta') and x.grantee = 0`;
    expect(tables).toEqual([]);
    const functions = await sql`
      select p.oid::regprocedure::text from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
      where p.pronamespace in ('app'::regnamespace, 'sec'::regnamespace) and x.grantee = 0`;
    expect(functions).toEqual([]);
  });
});

describe('functions that run with the rights of the owner', () => {
  test('have an empty search path', async () => {
    const open = await sql`
      select p.oid::regprocedure::text from pg_proc p where p.pronamespace in ('app'::regnamespace, 'sec'::regnamespace)
        and p.prosecdef and not coalesce(p.proconfig @> array['search_path=""'], false)`;
    expect(open).toEqual([]);
    const [all] =
      await sql`select count(*)::int as n from pg_proc where pronamespace = 'sec'::regnamespace and prosecdef`;
    expect(all?.n).toBeGreaterThan(10);
  });
});

describe('keys', () => {
  const keys = (kind: 'p' | 'f') => sql<{ name: string; columns: string[] }[]>`
    select c.conrelid::regclass::text || '.' || c.conname as name, array(select a.attname::text from unnest(c.conkey) with ordinality x (n, o)
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = x.n order by x.o) as columns
    from pg_constraint c where c.contype = ${kind} and c.connamespace = 'app'::regnamespace order by 1`;

  test('of every table begin with the school; a school is its own key', async () => {
    const others = (await keys('p')).filter(({ columns }) => columns[0] !== 'school_id');
    expect(others).toEqual([{ name: 'app.schools.schools_pkey', columns: ['id'] }]);
  });

  test('to another table carry the school with them', async () => {
    const foreign = await keys('f');
    expect(foreign.filter(({ columns }) => columns[0] !== 'school_id')).toEqual([]);
    expect(foreign.length).toBeGreaterThan(30);
  });

  test('to another table have an index that begins with their columns, or with a unique part of them', async () => {
    const slow = await sql`
      select c.conrelid::regclass::text || ' (' || array_to_string(array(select attname from pg_attribute
        where attrelid = c.conrelid and attnum = any (c.conkey) order by attnum), ', ') || ')' as key
      from pg_constraint c where c.contype = 'f' and c.connamespace = 'app'::regnamespace and not exists (
        select from pg_index i where i.indrelid = c.conrelid and i.indpred is null and (
          (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey
          or (i.indisunique and c.conkey @> (i.indkey::int2[])[0:i.indnkeyatts - 1])))
      order by 1`;
    // The primary key begins with (school_id, alert_id), which names the alert; pupil_id only checks that it is the same.
    expect(slow).toEqual([{ key: 'app.alert_evidence (school_id, alert_id, pupil_id)' }]);
  });
});
