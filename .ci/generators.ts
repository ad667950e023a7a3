import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root, runCommand } from './run-command.ts';

interface Generator {
  script: string;
  args: readonly string[];
  writes: string;
}

/** In this order: the database types are read from the schema that the migrations make. */
const generators: readonly Generator[] = [
  {
    script: 'rules/generate-indicators.ts',
    args: [],
    writes: 'rules/src/indicators.generated.ts',
  },
  { script: 'migrations/src/cli.ts', args: ['schema'], writes: 'migrations/schema.sql' },
  { script: 'api/generate/db-types.ts', args: [], writes: 'api/src/db/types.generated.ts' },
  { script: 'api/generate/openapi.ts', args: [], writes: 'api/openapi.json' },
];

export interface GeneratedFile {
  file: string;
  /** What is wrong with it, or null. */
  problem: string | null;
}

/**
 * Writes the generated files anew, or with `check` only compares them with what is committed.
 * A generator that is missing is a problem, and so is one that writes while it should only look.
 */
export async function generateAll(check: boolean): Promise<GeneratedFile[]> {
  const files: GeneratedFile[] = [];
  for (const generator of generators) {
    files.push({ file: generator.writes, problem: await findProblem(generator, check) });
  }
  return files;
}

async function findProblem(generator: Generator, check: boolean): Promise<string | null> {
  const { script, writes } = generator;
  if ((await readOrNull(script)) === null) return `its generator ${script} is missing`;

  const before = await readOrNull(writes);
  const args = [script, ...generator.args, ...(check ? ['--check'] : [])];
  const { exitCode, output } = await runCommand(process.execPath, args);
  const after = await readOrNull(writes);

  if (exitCode !== 0) {
    const what = check
      ? 'stale, or not to be checked; npm run generate writes it'
      : `${script} failed`;
    return [`${what} (exit code ${exitCode})`, output].filter(Boolean).join('\n');
  }
  if (after === null) return `${script} succeeded, but the file is not there`;
  if (check && before !== after) return `${script} changed it although it was asked only to check`;
  return null;
}

async function readOrNull(file: string): Promise<string | null> {
  try {
    return await readFile(join(root, file), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
