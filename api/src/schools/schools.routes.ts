import { createRoute, z } from '@hono/zod-openapi';
import { sql } from 'kysely';
import type { AnonymousTransaction } from '../db/database.ts';
import { answersOf, problemResponse } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { foundSchool } from './found-school.ts';
import { setUpInputSchema } from './schools.schemas.ts';

const tags = ['schools'];

const health = createRoute({
  method: 'get',
  path: '/health',
  tags,
  summary: 'Whether the database answers',
  responses: {
    200: json(z.object({ status: z.literal('ok') }), 'It does'),
    ...answersOf('service.unavailable'),
  },
});

const list = createRoute({
  method: 'get',
  path: '/schools',
  tags,
  summary: 'The schools a person may name at sign-in',
  responses: {
    200: json(
      z.object({ items: z.array(z.object({ code: z.string(), name: z.string() })) }),
      'Schools',
    ),
    ...answersOf(),
  },
});

const state = createRoute({
  method: 'get',
  path: '/setup',
  tags,
  summary: 'Whether the first-run set-up is still to be done',
  responses: {
    200: json(z.object({ needed: z.boolean(), demo: z.boolean() }), 'State'),
    ...answersOf(),
  },
});

const setUp = createRoute({
  method: 'post',
  path: '/setup',
  tags,
  summary:
    'First-run set-up: the school, its administrator and its lead counsellor; only while there is no school',
  request: jsonBody(setUpInputSchema),
  responses: {
    201: json(z.object({ school: z.string() }), 'Founded'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'resource.not-found',
      'account.password-weak',
    ),
  },
});

export const schoolRoutes = routeSet()
  .openapi(health, async (c) =>
    (await c.get('deps').db.answers())
      ? c.json({ status: 'ok' as const }, 200)
      : (problemResponse('service.unavailable', c.get('locale')) as never),
  )
  .openapi(list, async (c) => c.json({ items: await c.get('deps').db.asNobody(listSchools) }, 200))
  .openapi(state, async (c) => {
    const schools = await c.get('deps').db.asNobody(listSchools);
    return c.json({ needed: schools.length === 0, demo: c.get('deps').demo !== null }, 200);
  })
  .openapi(setUp, async (c) => c.json(await foundSchool(c.get('deps'), c.req.valid('json')), 201));

async function listSchools(trx: AnonymousTransaction): Promise<{ code: string; name: string }[]> {
  const rows = await sql<{
    code: string;
    name: string;
  }>`select code, name from sec.list_schools()`.execute(trx);
  return rows.rows;
}
