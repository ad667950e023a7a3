import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root } from './run-command.ts';

export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
  /** One line for each failure that the runner does not count as a failed test. */
  remarks: string[];
  /** Each failed test with the beginning of what it said: the log of a run may be kept from its end only. */
  failures: string[];
}

/** The part of Vitest's JSON report that is read here. */
interface JsonReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; assertionResults: JsonTest[] }[];
}

interface JsonTest {
  status: string;
  fullName: string;
  failureMessages: string[];
}

const shownOfMessage = 1_500;

/**
 * The counts of one run. A file that could not be loaded, a run without a test, without a report or
 * with a bad exit code has no failed test of its own in the report, and still is one failure here.
 */
export async function countTests(reportFile: string, exitCode: number): Promise<TestCounts> {
  const report = await readReport(reportFile);
  if (!report)
    return { passed: 0, failed: 1, skipped: 0, remarks: ['it left no report'], failures: [] };

  const remarks = report.testResults
    .filter(({ status, assertionResults }) => {
      return status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
    })
    .map(({ name }) => `${name} failed outside its tests`);
  const { numPassedTests: passed, numFailedTests } = report;
  if (passed + numFailedTests === 0 && remarks.length === 0) remarks.push('it ran no test');
  if (exitCode !== 0 && numFailedTests + remarks.length === 0) {
    remarks.push(`it ended with exit code ${exitCode} although no test failed`);
  }
  return {
    passed,
    failed: numFailedTests + remarks.length,
    skipped: report.numPendingTests + report.numTodoTests,
    remarks,
    failures: report.testResults.flatMap(({ name, assertionResults }) => {
      return assertionResults
        .filter((test) => test.status === 'failed')
        .map((test) => `${relative(root, name)} > ${test.fullName}\n${saidBy(test)}`);
    }),
  };
}

function saidBy(test: JsonTest): string {
  return stripVTControlCharacters(test.failureMessages.join('\n')).slice(0, shownOfMessage);
}

async function readReport(file: string): Promise<JsonReport | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as JsonReport;
  } catch {
    return undefined;
  }
}
