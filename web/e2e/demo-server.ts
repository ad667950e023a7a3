import type { TestProject } from 'vitest/node';
import { startServerProcess } from './server-process.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the demo listens. */
    baseUrl: string;
  }
}

/** The demo, for all tests of the browser. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const demo = await startServerProcess(['--demo']);
  project.provide('baseUrl', demo.baseUrl);
  return () => demo.stop();
}
