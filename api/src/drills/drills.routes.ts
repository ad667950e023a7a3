import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { listDrills, readDrill } from './drills.reads.ts';
import {
  drillInputSchema,
  drillListSchema,
  drillMadeSchema,
  drillSchema,
} from './drills.schemas.ts';
import { answerDrill, startDrill, stopDrill } from './run-drill.ts';

const tags = ['drills'];
const idParam = z.object({ id: idInput });
const idempotencyKey = z.object({ 'idempotency-key': z.string().optional() });
const creating = [
  'request.malformed-json',
  'request.invalid',
  'request.unsupported-media-type',
  'session.required',
  'idempotency.key-missing',
  'idempotency.payload-differs',
  'idempotency.in-progress',
] as const;

const list = createRoute({
  method: 'get',
  path: '/drills',
  tags,
  summary: 'The drills of the school, the latest first',
  middleware: [withSession] as const,
  responses: {
    200: json(drillListSchema, 'Drills'),
    ...answersOf('session.required', 'action.not-allowed'),
  },
});

const start = createRoute({
  method: 'post',
  path: '/drills',
  tags,
  summary: 'Start a drill: a red alert about nobody goes through everybody on the list',
  middleware: [withSession] as const,
  request: { headers: idempotencyKey, ...jsonBody(drillInputSchema) },
  responses: {
    201: json(drillMadeSchema, 'Started'),
    ...answersOf(...creating, 'action.not-allowed', 'drill.running'),
  },
});

const read = createRoute({
  method: 'get',
  path: '/drills/{id}',
  tags,
  summary: 'Who was asked and when, and who answered; for who was asked, their own times',
  middleware: [withSession] as const,
  request: { params: idParam },
  responses: {
    200: json(drillSchema, 'Drill'),
    ...answersOf('session.required', 'resource.not-found', 'request.invalid'),
  },
});

const stop = createRoute({
  method: 'post',
  path: '/drills/{id}/stop',
  tags,
  summary: 'Ask nobody more',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(z.strictObject({})) },
  responses: {
    201: json(drillMadeSchema, 'Stopped'),
    ...answersOf(...creating, 'action.not-allowed', 'resource.not-found', 'drill.over'),
  },
});

const answer = createRoute({
  method: 'post',
  path: '/drills/{id}/answer',
  tags,
  summary: 'I was asked in a drill, and I am here',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(z.strictObject({})) },
  responses: {
    201: json(drillMadeSchema, 'Answered'),
    ...answersOf(...creating, 'resource.not-found'),
  },
});

export const drillRoutes = routeSet()
  .openapi(list, async (c) => c.json(await listDrills(c.get('deps'), c.get('actor')), 200))
  .openapi(start, async (c) =>
    c.json(
      await startDrill(c.get('deps'), c.get('actor'), c.req.valid('json'), await onceOf(c)),
      201,
    ),
  )
  .openapi(read, async (c) =>
    c.json(await readDrill(c.get('deps'), c.get('actor'), c.req.valid('param').id), 200),
  )
  .openapi(stop, async (c) =>
    c.json(
      await stopDrill(c.get('deps'), c.get('actor'), c.req.valid('param').id, await onceOf(c)),
      201,
    ),
  )
  .openapi(answer, async (c) =>
    c.json(
      await answerDrill(c.get('deps'), c.get('actor'), c.req.valid('param').id, await onceOf(c)),
      201,
    ),
  );
