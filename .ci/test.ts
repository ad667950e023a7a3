import './require-node-24.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runChecks } from './checks.ts';
import { runCommand } from './run-command.ts';
import { countTests } from './test-counts.ts';

const { values } = parseArgs({ options: { long: { type: 'boolean', default: false } } });

const reports = await mkdtemp(join(tmpdir(), 'shaodian-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const remarks: string[] = [];

function headline(text: string): void {
  console.log(`\n=== ${text} ===`);
}

function add(counts: { passed: number; failed: number; skipped?: number }): void {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped ?? 0;
}

async function testPackage(folder: string): Promise<void> {
  headline(`tests of ${folder}`);
  const reportFile = join(reports, `${folder}.json`);
  const { exitCode } = await runCommand(
    'vitest',
    [
      'run',
      '--allowOnly=false',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportFile}`,
    ],
    {
      folder,
      onScreen: true,
      timeoutMinutes: values.long ? 300 : 25,
      env: values.long ? { SHAODIAN_LONG: '1' } : {},
    },
  );
  const counts = await countTests(reportFile, exitCode);
  remarks.push(...counts.failures, ...counts.remarks.map((remark) => `${folder}: ${remark}`));
  add(counts);
}

async function build(): Promise<void> {
  headline('build');
  const { exitCode } = await runCommand('turbo', ['run', 'build'], { onScreen: true });
  if (exitCode !== 0) remarks.push(`build: it ended with exit code ${exitCode}`);
  add(exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
}

/** Nothing stops the rest: one run shows everything that is wrong. */
async function step(name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    remarks.push(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
    add({ passed: 0, failed: 1 });
  }
}

await step('checks', async () => {
  headline('checks');
  add(await runChecks());
});
// One package after the other: each of them keeps both cores busy and has a database of its own.
for (const folder of ['rules', 'migrations', 'api']) await step(folder, () => testPackage(folder));
await step('build', build);
await step('web', () => testPackage('web'));

await rm(reports, { recursive: true, force: true });
for (const remark of remarks) console.log(`\nFAILED  ${remark}`);
const { passed, failed, skipped } = total;
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 ? 0 : 1;
