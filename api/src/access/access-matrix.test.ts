import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import postgres from 'postgres';
import type { Sql } from 'postgres';
import { candidatesFor } from '../testing/access-candidates.ts';
import { isAllowed } from '../testing/access-oracle.ts';
import { changeAs, probeAndUndo, runAs, seeAs, updateOf } from '../testing/access-probes.ts';
import { mayDelete, mayInsert, maySee, mayUpdate } from '../testing/access-table.ts';
import { startAccessWorld } from '../testing/access-world.ts';
import type { AccessTable, AccessWorld } from '../testing/access-world.ts';

let world: AccessWorld;
const counted = { cells: 0, rows: 0, wrong: 0 };

beforeAll(async () => {
  world = await startAccessWorld();
});
afterAll(async () => {
  process.stdout.write(
    `access matrix in SQL: ${counted.cells} cells (${counted.rows} rows judged), ${counted.wrong} wrong\n`,
  );
  await world.api.stop();
});

/** The keys that the oracle gives and the database does not, and the other way round. */
function differences(
  table: AccessTable,
  rules: Readonly<Record<string, never>> | object,
  found: string[][],
) {
  const own = (rules as Readonly<Record<string, Parameters<typeof isAllowed>[0]>>)[table.name];
  return world.actors.flatMap((actor, index) => {
    const allowed = new Set(
      table.rows.filter((row) => isAllowed(own, actor, row)).map((row) => row.key),
    );
    const got = new Set(found[index]);
    counted.cells += 1;
    counted.rows += table.rows.length;
    const [missing, surplus] = [[...allowed.difference(got)], [...got.difference(allowed)]];
    if (missing.length === 0 && surplus.length === 0) return [];
    counted.wrong += 1;
    return [
      {
        table: table.name,
        actor: actor.name,
        missing: missing.length,
        surplus: surplus.length,
        example: surplus[0] ?? missing[0],
      },
    ];
  });
}

describe('as the app role, in SQL', () => {
  test('every table is in the oracle, with every one of its rows', async () => {
    expect(world.tables.map((table) => table.name)).toEqual(Object.keys(maySee).sort());
    for (const { name, rows } of world.tables) {
      const [all] = await world.api.admin.unsafe<{ n: number }[]>(
        `select count(*)::int as n from app.${name}`,
      );
      expect([name, rows.length]).toEqual([name, all?.n]);
      expect([name, rows.length > 0]).toEqual([name, true]);
    }
  });

  test('each person sees exactly the rows of the access table', async () => {
    const app = postgres(world.api.appUrl, { max: 1, onnotice: () => {} });
    const wrong = await app.begin(async (trx) => {
      const sql = trx as unknown as Sql;
      const [backend] = await sql<
        { pid: number; user: string }[]
      >`select pg_backend_pid() as pid, session_user as user`;
      expect(backend?.user).toBe('shaodian_app');
      const found = [];
      for (const table of world.tables)
        found.push(
          ...differences(
            table,
            maySee,
            await seeAs({ sql, pid: backend?.pid ?? 0 }, world.actors, table),
          ),
        );
      return found;
    });
    await app.end();
    expect(wrong).toEqual([]);
  });

  test('each person updates exactly the rows of the access table', async () => {
    const wrong = await probeAndUndo(world.api.admin, '', async (probe) => {
      const found = [];
      for (const table of world.tables) {
        found.push(
          ...differences(
            table,
            mayUpdate,
            await changeAs(probe, world.actors, table, updateOf(table.name)),
          ),
        );
      }
      return found;
    });
    expect(wrong).toEqual([]);
  });

  test('each person deletes exactly the rows of the access table', async () => {
    const wrong = await probeAndUndo(world.api.admin, '', async (probe) => {
      const found = [];
      for (const table of world.tables)
        found.push(
          ...differences(
            table,
            mayDelete,
            await changeAs(probe, world.actors, table, `delete from app.${table.name}`),
          ),
        );
      return found;
    });
    expect(wrong).toEqual([]);
  });

  test('each person inserts exactly the rows of the access table', async () => {
    const wrong = await probeAndUndo(world.api.admin, '', async (probe) => {
      const found = [];
      for (const table of world.tables)
        for (const actor of world.actors) {
          const candidates = candidatesFor(world, actor, table.name);
          const answers = await runAs(
            probe,
            actor,
            candidates.map((one) => one.statement),
          );
          counted.cells += 1;
          counted.rows += candidates.length;
          const differing = candidates.flatMap((one, index) =>
            (answers[index] !== '42501') === one.allowed
              ? []
              : [{ table: table.name, actor: actor.name, ...one, answer: answers[index] }],
          );
          if (differing.length > 0) counted.wrong += 1;
          found.push(...differing);
        }
      return found;
    });
    expect(wrong).toEqual([]);
    expect(Object.keys(mayInsert).length).toBeGreaterThan(15);
  });
});
