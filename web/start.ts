import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  DemoRefusedError,
  EnvironmentError,
  KeyFileError,
  faultOf,
  readEnvironment,
  startApi,
} from '@shaodian/api';
import type { Environment } from '@shaodian/api';
import {
  DatabaseKeyError,
  DatabasePrivilegeError,
  MigrationMismatchError,
  StartError,
} from '@shaodian/migrations';
import { PortTakenError, createWebServer, listen } from './server.ts';

// What a person can mend is said in one line; anything else is a bug, of which the place is said.
const mendable = [
  DemoRefusedError,
  EnvironmentError,
  KeyFileError,
  DatabaseKeyError,
  DatabasePrivilegeError,
  MigrationMismatchError,
  StartError,
  PortTakenError,
];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      demo: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
    },
  });
  const environment = readEnvironment(process.env);
  await assertPortFree(environment.port);
  const build = buildPages();
  const api = await startApi(environment, values.demo ? 'demo' : 'school', { fresh: values.fresh });
  await build;
  await serve(environment, api, values.demo);
}

async function serve(
  environment: Environment,
  api: Awaited<ReturnType<typeof startApi>>,
  demo: boolean,
): Promise<void> {
  // Read by the built handler as it loads; our server sets or checks the header itself.
  process.env['PROTOCOL_HEADER'] = 'x-forwarded-proto';
  // The API refuses a roster over 5 MB itself, with words; Kit must let it come that far.
  process.env['BODY_SIZE_LIMIT'] = '6M';
  const { handler } = (await import(new URL('./build/handler.js', import.meta.url).href)) as {
    handler: never;
  };
  const server = createWebServer({
    apiFetch: api.app.fetch,
    log: api.log,
    pages: handler,
    trustProxy: environment.trustProxy,
  });
  const port = await listen(server, environment.port);
  console.log(
    `\n  哨点 Shaodian${demo ? ' · 演示 demo (人物均为虚构 everybody is invented)' : ''}\n  http://localhost:${port}\n`,
  );
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    server.close();
    server.closeAllConnections();
    void api.stop().then(() => process.exit(0));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
}

// Before anything is made: a taken port must not leave half a start behind.
async function assertPortFree(port: number): Promise<void> {
  const probe = createServer();
  await listen(probe, port);
  await new Promise((resolve) => probe.close(resolve));
}

/** Builds the pages when their sources changed; turbo answers from its cache otherwise. */
function buildPages(): Promise<void> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  // The key and the database are nothing to those who build.
  const { SHAODIAN_KEY: _key, DATABASE_URL: _database, ...environment } = process.env;
  const child = spawn('turbo', ['run', 'build', '--output-logs=errors-only'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...environment,
      TURBO_TELEMETRY_DISABLED: '1',
      TURBO_NO_UPDATE_NOTIFIER: '1',
      FORCE_COLOR: '0',
    },
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new StartError('The pages could not be built: npm run build shows why.')),
    );
  });
}

main().catch((error: unknown) => {
  const known = mendable.some((type) => error instanceof type);
  // The message of any other can quote a row of the database.
  console.error(known ? `\n${(error as Error).message}\n` : faultOf(error));
  process.exit(1);
});
