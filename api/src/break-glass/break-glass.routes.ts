import { createRoute, z } from '@hono/zod-openapi';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import {
  activeGlassSchema,
  glassIdSchema,
  glassInputSchema,
  glassListSchema,
  glassParamsSchema,
  glassQuerySchema,
  glassReviewInputSchema,
  glassSchema,
} from './break-glass.schemas.ts';
import { endGlass } from './end-glass.ts';
import { listGlasses, readActiveGlass, readGlass } from './glass.reads.ts';
import { openGlass } from './open-glass.ts';
import { reviewGlass } from './review-glass.ts';

const tags = ['break-glass'];
const params = glassParamsSchema;
const headers = z.object({ 'idempotency-key': z.string().optional() });
const creating = [
  'request.malformed-json',
  'request.invalid',
  'request.unsupported-media-type',
  'session.required',
  'resource.not-found',
  'idempotency.key-missing',
  'idempotency.payload-differs',
  'idempotency.in-progress',
] as const;

const open = createRoute({
  method: 'post',
  path: '/pupils/{id}/break-glass',
  tags,
  summary:
    'Open for thirty minutes why the alerts on a pupil were raised; others are told and review it',
  middleware: [withSession] as const,
  request: { params, headers, ...jsonBody(glassInputSchema) },
  responses: {
    201: json(glassIdSchema, 'Open'),
    ...answersOf(...creating, 'session.step-up-required', 'break-glass.already-open'),
  },
});

const active = createRoute({
  method: 'get',
  path: '/break-glass/active',
  tags,
  summary: 'What I have open now',
  middleware: [withSession] as const,
  responses: {
    200: json(activeGlassSchema, 'What is open, or null'),
    ...answersOf('session.required'),
  },
});

const end = createRoute({
  method: 'post',
  path: '/break-glass/{id}/end',
  tags,
  summary: 'Close it before its time',
  middleware: [withSession] as const,
  request: { params, headers, ...jsonBody(z.strictObject({})) },
  responses: { 201: json(glassIdSchema, 'Closed'), ...answersOf(...creating) },
});

const list = createRoute({
  method: 'get',
  path: '/break-glass',
  tags,
  summary: 'Every break-glass of the school, for those who review them',
  middleware: [withSession] as const,
  request: { query: glassQuerySchema },
  responses: {
    200: json(glassListSchema, 'The latest first'),
    ...answersOf('request.invalid', 'session.required', 'action.not-allowed'),
  },
});

const one = createRoute({
  method: 'get',
  path: '/break-glass/{id}',
  tags,
  summary: 'One break-glass with its reason, for those who review it; logged',
  middleware: [withSession] as const,
  request: { params },
  responses: {
    200: json(glassSchema, 'The break-glass'),
    ...answersOf('session.required', 'resource.not-found'),
  },
});

const review = createRoute({
  method: 'post',
  path: '/break-glass/{id}/reviews',
  tags,
  summary: 'Say whether it was right; never of one’s own',
  middleware: [withSession] as const,
  request: { params, headers, ...jsonBody(glassReviewInputSchema) },
  responses: {
    201: json(glassIdSchema, 'Reviewed'),
    ...answersOf(...creating, 'break-glass.own'),
  },
});

export const breakGlassRoutes = routeSet()
  .openapi(open, async (c) => {
    const { id } = c.req.valid('param');
    const input = c.req.valid('json');
    return c.json(await openGlass(c.get('deps'), c.get('actor'), id, input, await onceOf(c)), 201);
  })
  .openapi(active, async (c) => c.json(await readActiveGlass(c.get('deps'), c.get('actor')), 200))
  .openapi(end, async (c) => {
    const { id } = c.req.valid('param');
    return c.json(await endGlass(c.get('deps'), c.get('actor'), id, await onceOf(c)), 201);
  })
  .openapi(list, async (c) =>
    c.json(await listGlasses(c.get('deps'), c.get('actor'), c.req.valid('query')), 200),
  )
  .openapi(one, async (c) =>
    c.json(await readGlass(c.get('deps'), c.get('actor'), c.req.valid('param').id), 200),
  )
  .openapi(review, async (c) => {
    const { id } = c.req.valid('param');
    const input = c.req.valid('json');
    return c.json(
      await reviewGlass(c.get('deps'), c.get('actor'), id, input, await onceOf(c)),
      201,
    );
  });
