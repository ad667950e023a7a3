import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { acknowledgeCluster, recordMeeting } from './answer-cluster.ts';
import { listClusters, readCluster } from './clusters.reads.ts';
import { clusterListSchema, clusterSchema } from './clusters.schemas.ts';

const tags = ['clusters'];
const params = z.object({ id: idInput });
const answering = {
  params,
  headers: z.object({ 'idempotency-key': z.string().optional() }),
  ...jsonBody(z.strictObject({})),
};
const answered = json(z.object({ id: z.uuid() }), 'Recorded');
const acting = [
  'request.malformed-json',
  'request.invalid',
  'request.unsupported-media-type',
  'session.required',
  'resource.not-found',
  'cluster.not-on-duty',
  'idempotency.key-missing',
  'idempotency.payload-differs',
  'idempotency.in-progress',
] as const;

const list = createRoute({
  method: 'get',
  path: '/clusters',
  tags,
  summary: 'The clusters I may see, the meeting due first at the top',
  middleware: [withSession] as const,
  responses: { 200: json(clusterListSchema, 'Clusters'), ...answersOf('session.required') },
});

const one = createRoute({
  method: 'get',
  path: '/clusters/{id}',
  tags,
  summary: 'One cluster: where, how many, until when; for counsellors, who',
  middleware: [withSession] as const,
  request: { params },
  responses: {
    200: json(clusterSchema, 'The cluster'),
    ...answersOf('session.required', 'resource.not-found'),
  },
});

const acknowledge = createRoute({
  method: 'post',
  path: '/clusters/{id}/acknowledgement',
  tags,
  summary: 'I take it, and call the meeting',
  middleware: [withSession] as const,
  request: answering,
  responses: { 201: answered, ...answersOf(...acting, 'cluster.already-acknowledged') },
});

const meeting = createRoute({
  method: 'post',
  path: '/clusters/{id}/meeting',
  tags,
  summary: 'The meeting was held',
  middleware: [withSession] as const,
  request: answering,
  responses: { 201: answered, ...answersOf(...acting, 'cluster.already-met') },
});

export const clusterRoutes = routeSet()
  .openapi(list, async (c) => c.json(await listClusters(c.get('deps'), c.get('actor')), 200))
  .openapi(one, async (c) =>
    c.json(await readCluster(c.get('deps'), c.get('actor'), c.req.valid('param').id), 200),
  )
  .openapi(acknowledge, async (c) => {
    const { id } = c.req.valid('param');
    const request = await onceOf(c);
    return c.json(await acknowledgeCluster(c.get('deps'), c.get('actor'), id, request), 201);
  })
  .openapi(meeting, async (c) => {
    const { id } = c.req.valid('param');
    const request = await onceOf(c);
    return c.json(await recordMeeting(c.get('deps'), c.get('actor'), id, request), 201);
  });
