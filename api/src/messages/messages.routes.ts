import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { etagOf, ifMatchOf } from '../http/if-match.ts';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import {
  listContactPoints,
  proveContactPoint,
  removeContactPoint,
  setContactPoint,
} from './contact-points.ts';
import { addChannel, changeChannel, listChannels, testChannel } from './manage-channels.ts';
import {
  channelChangeSchema,
  channelInputSchema,
  channelListSchema,
  channelSchema,
  channelTestInputSchema,
  channelTestSchema,
  contactPointInputSchema,
  contactPointListSchema,
  contactPointSetSchema,
  proofInputSchema,
  readinessSchema,
} from './messages.schemas.ts';
import { openMessage } from './open-message.ts';
import { readReadiness } from './readiness.reads.ts';

const tags = ['messages'];
const idParam = z.object({ id: idInput });
const idempotencyKey = z.object({ 'idempotency-key': z.string().optional() });
const madeSchema = z.object({ id: z.uuid() });
const written = [
  'request.malformed-json',
  'request.invalid',
  'request.unsupported-media-type',
  'session.required',
] as const;
const creating = [
  ...written,
  'idempotency.key-missing',
  'idempotency.payload-differs',
  'idempotency.in-progress',
] as const;

const channels = createRoute({
  method: 'get',
  path: '/channels',
  tags,
  summary: 'The channels through which the school is reached',
  middleware: [withSession] as const,
  responses: {
    200: json(channelListSchema, 'Channels'),
    ...answersOf('session.required', 'action.not-allowed'),
  },
});

const add = createRoute({
  method: 'post',
  path: '/channels',
  tags,
  summary: 'Add a channel',
  middleware: [withSession] as const,
  request: { headers: idempotencyKey, ...jsonBody(channelInputSchema) },
  responses: {
    201: json(madeSchema, 'Added'),
    ...answersOf(...creating, 'action.not-allowed', 'channel.too-many'),
  },
});

const change = createRoute({
  method: 'patch',
  path: '/channels/{id}',
  tags,
  summary: 'Name a channel, or turn it on or off',
  middleware: [withSession] as const,
  request: {
    params: idParam,
    headers: z.object({ 'if-match': z.string().optional() }),
    ...jsonBody(channelChangeSchema),
  },
  responses: {
    200: json(channelSchema, 'Changed'),
    ...answersOf(
      ...written,
      'action.not-allowed',
      'resource.not-found',
      'request.version-missing',
      'request.version-old',
    ),
  },
});

const test = createRoute({
  method: 'post',
  path: '/channels/{id}/tests',
  tags,
  summary: 'Send a test message now, and say what came of it',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(channelTestInputSchema) },
  responses: {
    201: json(channelTestSchema, 'What came of it'),
    ...answersOf(...creating, 'action.not-allowed', 'resource.not-found'),
  },
});

const points = createRoute({
  method: 'get',
  path: '/account/contact-points',
  tags,
  summary: 'Where I am reached',
  middleware: [withSession] as const,
  responses: { 200: json(contactPointListSchema, 'Mine'), ...answersOf('session.required') },
});

const set = createRoute({
  method: 'post',
  path: '/account/contact-points',
  tags,
  summary: 'Say where I am reached; a code is sent there',
  middleware: [withSession] as const,
  request: { headers: idempotencyKey, ...jsonBody(contactPointInputSchema) },
  responses: {
    201: json(contactPointSetSchema, 'Kept'),
    ...answersOf(...creating, 'resource.not-found'),
  },
});

const prove = createRoute({
  method: 'post',
  path: '/account/contact-points/{id}/proof',
  tags,
  summary: 'The code that was sent there',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(proofInputSchema) },
  responses: {
    201: json(madeSchema, 'Proven'),
    ...answersOf(...creating, 'resource.not-found', 'contact-point.code-wrong'),
  },
});

const remove = createRoute({
  method: 'delete',
  path: '/account/contact-points/{id}',
  tags,
  summary: 'I am not reached there any more',
  middleware: [withSession] as const,
  request: { params: idParam },
  responses: {
    204: { description: 'Removed' },
    ...answersOf('session.required', 'resource.not-found'),
  },
});

const opened = createRoute({
  method: 'post',
  path: '/messages/{id}/opened',
  tags,
  summary: 'I followed the link of a message; it acknowledges nothing',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(z.strictObject({})) },
  responses: {
    201: json(
      z.object({ id: z.uuid(), alert: z.uuid().nullable(), drill: z.uuid().nullable() }),
      'What it is about',
    ),
    ...answersOf(...creating, 'resource.not-found'),
  },
});

const readiness = createRoute({
  method: 'get',
  path: '/readiness',
  tags,
  summary: 'Whether a red alert would reach somebody, and what is missing',
  middleware: [withSession] as const,
  responses: {
    200: json(readinessSchema, 'Readiness'),
    ...answersOf('session.required', 'action.not-allowed'),
  },
});

export const messageRoutes = routeSet()
  .openapi(channels, async (c) => c.json(await listChannels(c.get('deps'), c.get('actor')), 200))
  .openapi(add, async (c) =>
    c.json(
      await addChannel(c.get('deps'), c.get('actor'), c.req.valid('json'), await onceOf(c)),
      201,
    ),
  )
  .openapi(change, async (c) => {
    const { id } = c.req.valid('param');
    const changed = await changeChannel(
      c.get('deps'),
      c.get('actor'),
      id,
      ifMatchOf(c),
      c.req.valid('json'),
    );
    c.header('etag', etagOf(changed.version));
    return c.json(changed, 200);
  })
  .openapi(test, async (c) => {
    const { id } = c.req.valid('param');
    const { to } = c.req.valid('json');
    return c.json(await testChannel(c.get('deps'), c.get('actor'), id, to, await onceOf(c)), 201);
  })
  .openapi(points, async (c) => c.json(await listContactPoints(c.get('deps'), c.get('actor')), 200))
  .openapi(set, async (c) =>
    c.json(
      await setContactPoint(c.get('deps'), c.get('actor'), c.req.valid('json'), await onceOf(c)),
      201,
    ),
  )
  .openapi(prove, async (c) => {
    const { id } = c.req.valid('param');
    const { code } = c.req.valid('json');
    return c.json(
      await proveContactPoint(c.get('deps'), c.get('actor'), id, code, await onceOf(c)),
      201,
    );
  })
  .openapi(remove, async (c) => {
    await removeContactPoint(c.get('deps'), c.get('actor'), c.req.valid('param').id);
    return c.body(null, 204);
  })
  .openapi(opened, async (c) =>
    c.json(
      await openMessage(c.get('deps'), c.get('actor'), c.req.valid('param').id, await onceOf(c)),
      201,
    ),
  )
  .openapi(readiness, async (c) => c.json(await readReadiness(c.get('deps'), c.get('actor')), 200));
