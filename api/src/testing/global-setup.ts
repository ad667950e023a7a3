import { startTestServer } from '@shaodian/migrations/testing';
import type { TestProject } from 'vitest/node';
import { seedTemplate } from './seeded-template.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser's connection string of a migrated and seeded database; tests copy it, none writes to it. */
    seededUrl: string;
  }
}

/** One PostgreSQL for the whole run, and one demo school in it that every test file copies. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTestServer();
  project.provide('seededUrl', await seedTemplate(server));
  return () => server.stop();
}
