import { readFile, writeFile } from 'node:fs/promises';
import { connectForSetUp } from './prepare-database.ts';
import { migrateDown, migrateUp, migrationStatus } from './migrate.ts';
import { schemaText } from './schema-text.ts';
import { startTestServer } from './testing/index.ts';

const usage = `node migrations/src/cli.ts up | down [steps] | status     (needs DATABASE_URL)
node migrations/src/cli.ts schema [--check]               (writes or checks migrations/schema.sql)`;

async function withDatabase(
  work: (sql: ReturnType<typeof connectForSetUp>) => Promise<void>,
): Promise<void> {
  const url = process.env['DATABASE_URL'];
  if (!url) throw new Error(`DATABASE_URL is not set.\n${usage}`);
  const sql = connectForSetUp(url);
  await work(sql).finally(() => sql.end());
}

async function schema(check: boolean): Promise<void> {
  const file = new URL('../schema.sql', import.meta.url);
  const server = await startTestServer();
  try {
    const sql = connectForSetUp((await server.migratedDatabase()).admin);
    const text = await schemaText(sql).finally(() => sql.end());
    if (!check) return await writeFile(file, text);
    if ((await readFile(file, 'utf8').catch(() => '')) === text) return;
    console.error('migrations/schema.sql is stale: run npm run generate');
    process.exitCode = 1;
  } finally {
    await server.stop();
  }
}

const [command, argument] = process.argv.slice(2);
switch (command) {
  case 'up':
    await withDatabase(async (sql) =>
      console.log((await migrateUp(sql)).join('\n') || 'nothing to do'),
    );
    break;
  case 'down':
    await withDatabase(async (sql) =>
      console.log((await migrateDown(sql, Number(argument ?? 1))).join('\n')),
    );
    break;
  case 'status':
    await withDatabase(async (sql) => {
      for (const state of await migrationStatus(sql))
        console.log(`${state.applied ? 'applied' : 'missing'}  ${state.name}`);
    });
    break;
  case 'schema':
    await schema(argument === '--check');
    break;
  default:
    console.error(usage);
    process.exitCode = 2;
}
