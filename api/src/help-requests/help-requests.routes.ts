import { createRoute, z } from '@hono/zod-openapi';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { askForHelp } from './ask-for-help.ts';
import { helpAskedSchema } from './help-requests.schemas.ts';

const ask = createRoute({
  method: 'post',
  path: '/help-requests',
  tags: ['help requests'],
  summary: 'I would like to talk with somebody: it reaches the counsellor only',
  middleware: [withSession] as const,
  request: {
    headers: z.object({ 'idempotency-key': z.string().optional() }),
    ...jsonBody(z.strictObject({})),
  },
  responses: {
    201: json(helpAskedSchema, 'The counsellor is asked'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'session.required',
      'action.not-allowed',
      'idempotency.key-missing',
      'idempotency.payload-differs',
      'idempotency.in-progress',
    ),
  },
});

export const helpRequestRoutes = routeSet().openapi(ask, async (c) =>
  c.json(await askForHelp(c.get('deps'), c.get('actor'), await onceOf(c)), 201),
);
