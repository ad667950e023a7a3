// Writes api/openapi.json from the registered routes; --check says whether it is fresh.
import { readFile, writeFile } from 'node:fs/promises';
import { createApp, openApiOf } from '../src/app.ts';
import type { Deps } from '../src/deps.ts';

const target = new URL('../openapi.json', import.meta.url);
// The document comes from the routes' descriptions; no dependency is touched.
const app = createApp({} as Deps);
const text = `${JSON.stringify(openApiOf(app), null, 2)}\n`;
if (!process.argv.includes('--check')) await writeFile(target, text);
else if ((await readFile(target, 'utf8').catch(() => '')) !== text) {
  console.error('api/openapi.json is stale: run npm run generate');
  process.exitCode = 1;
}
