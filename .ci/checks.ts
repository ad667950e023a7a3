import { availableParallelism } from 'node:os';
import type { CommandResult } from './run-command.ts';
import { runCommand } from './run-command.ts';

interface Check {
  name: string;
  run: () => Promise<CommandResult>;
}

const prettier = [
  ...['--config', '.config/prettier.json'],
  ...['--ignore-path', '.config/prettierignore'],
];

/** SvelteKit writes the tsconfig that web extends: without it neither types nor lint can be read. */
const preparation: Check = {
  name: 'svelte-kit sync',
  run: () => runCommand('svelte-kit', ['sync'], { folder: 'web' }),
};

/** The longest first, so that no core is idle at the end. */
const checks: readonly Check[] = [
  {
    name: 'eslint',
    run: () =>
      runCommand('eslint', ['--config', '.config/eslint.config.js', '--max-warnings', '0', '.']),
  },
  {
    name: 'generated files',
    run: () => runCommand(process.execPath, ['.ci/generate.ts', '--check']),
  },
  {
    name: 'svelte-check web',
    run: () =>
      runCommand('svelte-check', ['--tsconfig', 'tsconfig.json', '--fail-on-warnings'], {
        folder: 'web',
      }),
  },
  ...['api', 'rules', 'migrations', '.ci'].map((folder) => ({
    name: `tsc ${folder}`,
    run: () => runCommand('tsc', ['--project', folder]),
  })),
  { name: 'prettier', run: () => runCommand('prettier', [...prettier, '--check', '.']) },
  { name: 'knip', run: () => runCommand('knip', ['--config', '.config/knip.json']) },
  {
    name: 'dependency-cruiser',
    run: () =>
      runCommand('depcruise', [
        ...['--config', '.config/dependency-cruiser.cjs'],
        ...['rules', 'migrations', 'api', 'web', '.ci', '.config'],
      ]),
  },
];

export interface CheckCounts {
  passed: number;
  failed: number;
}

/** Runs every check, as many at a time as there are cores, and prints a line for each as it ends. */
export async function runChecks(): Promise<CheckCounts> {
  const failures: string[] = [];
  const counts: CheckCounts = { passed: 0, failed: 0 };
  const runOne = async ({ name, run }: Check): Promise<void> => {
    const { exitCode, output, seconds } = await run();
    const verdict = exitCode === 0 ? 'ok    ' : 'FAILED';
    console.log(`${verdict}  ${name.padEnd(20)} ${seconds.toFixed(1).padStart(6)} s`);
    if (exitCode === 0) counts.passed += 1;
    else {
      counts.failed += 1;
      failures.push(`--- ${name} ---\n${output || `exit code ${exitCode}, without a word`}`);
    }
  };

  await runOne(preparation);
  const waiting = [...checks];
  const work = async (): Promise<void> => {
    for (let check = waiting.shift(); check; check = waiting.shift()) await runOne(check);
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, work));

  for (const failure of failures) console.log(`\n${failure}`);
  return counts;
}
