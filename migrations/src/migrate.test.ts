import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Sql } from 'postgres';
import { MigrationMismatchError, migrateDown, migrateUp, migrationStatus } from './migrate.ts';
import type { Migration } from './migration.ts';
import { connectForSetUp, prepareDatabase } from './prepare-database.ts';
import { migrations } from './registry.ts';
import { schemaText } from './schema-text.ts';
import { startTestServer, testSecrets } from './testing/index.ts';
import type { TestServer } from './testing/index.ts';

let server: TestServer;
let sql: Sql;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  const { admin } = await server.migratedDatabase();
  sql = connectForSetUp(admin);
  return () => sql.end();
});

const names = migrations.map((migration) => migration.name);
const changed = (index: number, change: Partial<Migration>): Migration[] =>
  migrations.map((migration, at) => (at === index ? { ...migration, ...change } : migration));

describe('the list of migrations', () => {
  test('is in the order of its names, each once', () => {
    expect(names).toEqual([...new Set(names)].sort());
    for (const name of names) expect(name).toMatch(/^\d{4}-[a-z-]+$/);
    const numbers = names.map((name) => name.slice(0, 4));
    expect(new Set(numbers).size).toBe(names.length);
  });

  test('leaves the schema that schema.sql shows', async () => {
    const committed = await readFile(new URL('../schema.sql', import.meta.url), 'utf8');
    expect(await schemaText(sql)).toBe(committed);
  });
});

describe('up, down, up', () => {
  test('takes everything back and makes the same schema again', async () => {
    const whole = await schemaText(sql);
    expect(await migrateDown(sql, names.length)).toEqual([...names].reverse());
    const left = await sql`select nspname from pg_namespace where nspname in ('app', 'sec')`;
    expect(left).toEqual([]);
    expect((await migrationStatus(sql)).map((state) => state.applied)).toEqual(
      names.map(() => false),
    );
    expect(await migrateUp(sql)).toEqual(names);
    expect(await schemaText(sql)).toBe(whole);
    expect(await migrateUp(sql)).toEqual([]);
  });

  test('of each migration alone gives back the schema of the one before', async () => {
    await migrateDown(sql, names.length);
    for (const [index] of names.entries()) {
      const before = await schemaText(sql);
      await migrateUp(sql, migrations.slice(0, index + 1));
      const after = await schemaText(sql);
      expect(after).not.toBe(before);
      expect(await migrateDown(sql, 1, migrations.slice(0, index + 1))).toEqual([names[index]]);
      expect([names[index], await schemaText(sql)]).toEqual([names[index], before]);
      await migrateUp(sql, migrations.slice(0, index + 1));
      expect([names[index], await schemaText(sql)]).toEqual([names[index], after]);
    }
  });

  test('that fails half way leaves nothing of the migration that failed', async () => {
    const before = await schemaText(sql);
    const broken = {
      name: '9999-broken',
      up: 'create table app.half (a int); select 1 / 0;',
      down: '',
    };
    await expect(migrateUp(sql, [...migrations, broken])).rejects.toMatchObject({ code: '22012' });
    expect(await schemaText(sql)).toBe(before);
    expect((await migrationStatus(sql)).map((state) => state.name)).toEqual(names);
    expect(await migrateUp(sql)).toEqual([]);
  });

  test('by two processes at once applies each migration once', async () => {
    await migrateDown(sql, names.length);
    const [row] = await sql<{ name: string }[]>`select current_database() as name`;
    const url = new URL(await server.emptyDatabase());
    url.pathname = `/${row?.name}`;
    const others = [
      connectForSetUp(url.href),
      connectForSetUp(url.href),
      connectForSetUp(url.href),
    ];
    const done = await Promise.all(others.map((one) => migrateUp(one)));
    await Promise.all(others.map((one) => one.end()));
    expect(done.flat().sort()).toEqual(names);
  });
});

describe('a database is refused', () => {
  const refusal = (list: readonly Migration[]) =>
    migrateUp(sql, list).then(
      () => 'done',
      (error: unknown) => error,
    );

  test('when a migration was changed after it was applied', async () => {
    const found = await refusal(changed(2, { up: `${migrations[2]?.up} ` }));
    expect(found).toBeInstanceOf(MigrationMismatchError);
    expect((found as Error).message).toContain(names[2]);
    expect(await schemaText(sql)).toContain('create table app.people');
  });

  test('when a migration was renamed', async () => {
    const found = await refusal(changed(2, { name: '0003-persons' }));
    expect(found).toBeInstanceOf(MigrationMismatchError);
    expect((found as Error).message).toContain(names[2]);
  });

  test('when it has a migration of a newer version, for going up and for going down', async () => {
    const newer = {
      name: '9999-newer',
      up: 'create table app.newer (a int);',
      down: 'drop table app.newer;',
    };
    await migrateUp(sql, [...migrations, newer]);
    const found = await refusal(migrations);
    expect(found).toBeInstanceOf(MigrationMismatchError);
    expect((found as Error).message).toMatch(/9999-newer.*newer version/);
    await expect(migrateDown(sql, 1)).rejects.toBeInstanceOf(MigrationMismatchError);
    await expect(prepareDatabase(await urlOf(sql), testSecrets)).rejects.toBeInstanceOf(
      MigrationMismatchError,
    );
  });
});

async function urlOf(of: Sql): Promise<string> {
  const [row] = await of<{ name: string }[]>`select current_database() as name`;
  const url = new URL(await server.emptyDatabase());
  url.pathname = `/${row?.name}`;
  return url.href;
}
