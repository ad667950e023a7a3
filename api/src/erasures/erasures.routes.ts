import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { approveErasure } from './approve-erasure.ts';
import { listErasures } from './erasures.reads.ts';
import { erasureInputSchema, erasureListSchema, erasureSentSchema } from './erasures.schemas.ts';
import { requestErasure } from './request-erasure.ts';

const tags = ['erasures'];
const creating = [
  'request.malformed-json',
  'request.invalid',
  'request.unsupported-media-type',
  'session.required',
  'action.not-allowed',
  'resource.not-found',
  'idempotency.key-missing',
  'idempotency.payload-differs',
  'idempotency.in-progress',
] as const;
const headers = z.object({ 'idempotency-key': z.string().optional() });

const list = createRoute({
  method: 'get',
  path: '/erasures',
  tags,
  summary: 'The pupils that were asked to be erased',
  middleware: [withSession] as const,
  responses: { 200: json(erasureListSchema, 'Erasures'), ...answersOf('session.required') },
});

const request = createRoute({
  method: 'post',
  path: '/pupils/{id}/erasure',
  tags,
  summary: 'Ask for a pupil to be erased; another person approves',
  middleware: [withSession] as const,
  request: { params: z.object({ id: idInput }), headers, ...jsonBody(erasureInputSchema) },
  responses: {
    201: json(erasureSentSchema, 'Asked'),
    ...answersOf(...creating, 'erasure.already-requested'),
  },
});

const approve = createRoute({
  method: 'post',
  path: '/erasures/{id}/approval',
  tags,
  summary: 'Approve what another person asked for: the pupil is erased',
  middleware: [withSession] as const,
  request: { params: z.object({ id: idInput }), headers, ...jsonBody(z.strictObject({})) },
  responses: {
    201: json(erasureSentSchema, 'Erased'),
    ...answersOf(...creating, 'erasure.same-person', 'erasure.not-yet', 'erasure.already-done'),
  },
});

export const erasureRoutes = routeSet()
  .openapi(list, async (c) => c.json(await listErasures(c.get('deps'), c.get('actor')), 200))
  .openapi(request, async (c) => {
    const { id } = c.req.valid('param');
    const input = c.req.valid('json');
    return c.json(
      await requestErasure(c.get('deps'), c.get('actor'), id, input, await onceOf(c)),
      201,
    );
  })
  .openapi(approve, async (c) => {
    const { id } = c.req.valid('param');
    return c.json(await approveErasure(c.get('deps'), c.get('actor'), id, await onceOf(c)), 201);
  });
