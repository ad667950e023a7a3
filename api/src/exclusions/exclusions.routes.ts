import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { endExclusion } from './end-exclusion.ts';
import { excludePerson } from './exclude-person.ts';
import { listExclusions } from './exclusions.reads.ts';
import { exclusionInputSchema, exclusionListSchema } from './exclusions.schemas.ts';

const tags = ['exclusions'];
const idParam = z.object({ id: idInput });
const idempotencyKey = z.object({ 'idempotency-key': z.string().optional() });
const madeSchema = z.object({ id: z.uuid() });

const list = createRoute({
  method: 'get',
  path: '/pupils/{id}/exclusions',
  tags,
  summary: 'Who is kept away from a pupil for a conflict of interest',
  middleware: [withSession] as const,
  request: { params: idParam },
  responses: {
    200: json(exclusionListSchema, 'Exclusions'),
    ...answersOf('session.required', 'resource.not-found'),
  },
});

const create = createRoute({
  method: 'post',
  path: '/pupils/{id}/exclusions',
  tags,
  summary: 'Keep a member of staff away from a pupil',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(exclusionInputSchema) },
  responses: {
    201: json(madeSchema, 'Decided'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'session.required',
      'resource.not-found',
      'exclusion.person-not-found',
      'exclusion.exists',
      'exclusion.nobody-left',
      'idempotency.key-missing',
      'idempotency.payload-differs',
      'idempotency.in-progress',
    ),
  },
});

const end = createRoute({
  method: 'post',
  path: '/exclusions/{id}/end',
  tags,
  summary: 'End an exclusion',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(z.strictObject({})) },
  responses: {
    201: json(madeSchema, 'Ended'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'session.required',
      'resource.not-found',
      'idempotency.key-missing',
      'idempotency.payload-differs',
      'idempotency.in-progress',
    ),
  },
});

export const exclusionRoutes = routeSet()
  .openapi(list, async (c) =>
    c.json(await listExclusions(c.get('deps'), c.get('actor'), c.req.valid('param').id), 200),
  )
  .openapi(create, async (c) => {
    const { id } = c.req.valid('param');
    return c.json(
      await excludePerson(c.get('deps'), c.get('actor'), id, c.req.valid('json'), await onceOf(c)),
      201,
    );
  })
  .openapi(end, async (c) =>
    c.json(
      await endExclusion(c.get('deps'), c.get('actor'), c.req.valid('param').id, await onceOf(c)),
      201,
    ),
  );
