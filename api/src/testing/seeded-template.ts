import type { TestServer } from '@shaodian/migrations/testing';
import { makeDeps, testDatabase } from './test-deps.ts';
import { seedDemo } from '../demo/seed-demo.ts';

/** The demo schools in a database of their own, written by the same code as the demo. */
export async function seedTemplate(server: Pick<TestServer, 'emptyDatabase'>): Promise<string> {
  const adminUrl = await server.emptyDatabase();
  const database = await testDatabase(adminUrl);
  await seedDemo(makeDeps(database), adminUrl);
  await database.stop();
  return adminUrl;
}
