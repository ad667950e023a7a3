import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { createApp } from './app.ts';
import type { Deps } from './deps.ts';
import { refusals } from './http/refusals.ts';
import { documentOf, operationsOf } from './testing/refusals.ts';

// The document comes from the descriptions of the routes; no dependency is touched.
const app = createApp({} as Deps);
const document = documentOf({ app });

describe('the OpenAPI document', () => {
  test('is valid OpenAPI 3.1 in the eyes of a validator that is not ours', async () => {
    const validator = new Validator();
    const result = await validator.validate(
      structuredClone(document) as object as Record<string, unknown>,
    );
    expect(result).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  test('names every registered route, and no other', () => {
    const registered = app.routes
      .filter((route) => route.method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replace(/^\/api/, '')}`)
      .map((name) => name.replaceAll(/:(\w+)/g, '{$1}'));
    expect([...new Set(registered)].sort()).toEqual(operationsOf(document).sort());
  });

  test('is the one that is committed', async () => {
    const committed = await readFile(new URL('../openapi.json', import.meta.url), 'utf8');
    expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(document)));
  });

  test('names for each failing status the refusals that have it', () => {
    const operations = Object.values(document.paths).flatMap((one) => Object.values(one));
    expect(operations.length).toBeGreaterThan(30);
    for (const { responses } of operations)
      for (const [status, response] of Object.entries(responses).filter(([at]) => at >= '400')) {
        const codes = (response as { description: string }).description.split(' · ');
        for (const code of codes)
          expect(refusals[code as keyof typeof refusals].status).toBe(Number(status));
        expect(Object.keys(response.content ?? {})).toEqual(['application/problem+json']);
      }
  });

  test('asks a session of every route but those before sign-in', () => {
    const open = operationsOf(document).filter((name) => {
      const [method = '', path = ''] = name.split(' ');
      return !document.paths[`/api${path}`]?.[method.toLowerCase()]?.responses['401'];
    });
    expect(open.sort()).toEqual([
      'GET /demo/cast',
      'GET /health',
      'GET /openapi.json',
      'GET /schools',
      'GET /setup',
      'POST /setup',
    ]);
  });
});
