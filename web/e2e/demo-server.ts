import type { TestProject } from 'vitest/node';
import { startServerProcess } from './server-process.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the demo listens. */
    baseUrl: string;
    /** A file with everything that the demo wrote. */
    serverOutput: string;
  }
}

/** The demo, for all tests of the browser. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const demo = await startServerProcess(['--demo']);
  project.provide('baseUrl', demo.baseUrl);
  project.provide('serverOutput', demo.output);
  return () => demo.stop();
}
