import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { markNoticeSeen } from './mark-notice-seen.ts';
import { listNotices } from './notices.reads.ts';
import { noticeListSchema, noticeQuerySchema, noticeSeenSchema } from './notices.schemas.ts';

const tags = ['notices'];

const list = createRoute({
  method: 'get',
  path: '/notices',
  tags,
  summary: 'What I was told, the latest first, and how much of it I have not seen',
  middleware: [withSession] as const,
  request: { query: noticeQuerySchema },
  responses: {
    200: json(noticeListSchema, 'Notices'),
    ...answersOf('request.invalid', 'session.required'),
  },
});

const seen = createRoute({
  method: 'post',
  path: '/notices/{id}/seen',
  tags,
  summary: 'I have seen this; it acknowledges nothing',
  middleware: [withSession] as const,
  request: {
    params: z.object({ id: idInput }),
    headers: z.object({ 'idempotency-key': z.string().optional() }),
    ...jsonBody(z.strictObject({})),
  },
  responses: {
    201: json(noticeSeenSchema, 'Seen'),
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

export const noticeRoutes = routeSet()
  .openapi(list, async (c) =>
    c.json(await listNotices(c.get('deps'), c.get('actor'), c.req.valid('query')), 200),
  )
  .openapi(seen, async (c) =>
    c.json(
      await markNoticeSeen(c.get('deps'), c.get('actor'), c.req.valid('param').id, await onceOf(c)),
      201,
    ),
  );
