// Writes api/src/db/types.generated.ts from a freshly migrated database; --check says whether it is fresh.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTestServer } from '@shaodian/migrations/testing';

const target = fileURLToPath(new URL('../src/db/types.generated.ts', import.meta.url));
const scratch = await mkdtemp(join(tmpdir(), 'shaodian-types-'));
const server = await startTestServer();
try {
  const { admin } = await server.migratedDatabase();
  const check = process.argv.includes('--check');
  const outFile = check ? join(scratch, 'types.ts') : target;
  const require = createRequire(import.meta.url);
  const cli = join(
    dirname(require.resolve('kysely-codegen/package.json')),
    'dist',
    'cli',
    'bin.js',
  );
  execFileSync(
    process.execPath,
    [
      cli,
      '--url',
      admin,
      '--dialect',
      'postgres',
      '--default-schema',
      'app',
      '--include-pattern',
      'app.*',
      '--date-parser',
      'string',
      '--out-file',
      outFile,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (
    check &&
    (await readFile(outFile, 'utf8')) !== (await readFile(target, 'utf8').catch(() => ''))
  ) {
    console.error('api/src/db/types.generated.ts is stale: run npm run generate');
    process.exitCode = 1;
  }
} finally {
  await server.stop();
  await rm(scratch, { recursive: true, force: true });
}
