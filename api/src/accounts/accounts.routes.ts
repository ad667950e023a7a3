import { createRoute, z } from '@hono/zod-openapi';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { listAccounts } from './accounts.reads.ts';
import { accountInputSchema, accountListSchema, accountQuerySchema } from './accounts.schemas.ts';
import { createAccount } from './create-account.ts';

const tags = ['accounts'];

const list = createRoute({
  method: 'get',
  path: '/accounts',
  tags,
  summary: 'The accounts of the school',
  middleware: [withSession] as const,
  request: { query: accountQuerySchema },
  responses: {
    200: json(accountListSchema, 'Accounts'),
    ...answersOf('request.invalid', 'session.required', 'action.not-allowed'),
  },
});

const create = createRoute({
  method: 'post',
  path: '/accounts',
  tags,
  summary: 'An account for a member of staff or a committee seat, with its roles',
  middleware: [withSession] as const,
  request: {
    headers: z.object({ 'idempotency-key': z.string().optional() }),
    ...jsonBody(accountInputSchema),
  },
  responses: {
    201: json(z.object({ id: z.uuid() }), 'Created'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'session.required',
      'action.not-allowed',
      'resource.not-found',
      'account.name-taken',
      'account.person-has-one',
      'account.password-weak',
      'idempotency.key-missing',
      'idempotency.payload-differs',
      'idempotency.in-progress',
    ),
  },
});

export const accountRoutes = routeSet()
  .openapi(list, async (c) =>
    c.json(await listAccounts(c.get('deps'), c.get('actor'), c.req.valid('query')), 200),
  )
  .openapi(create, async (c) =>
    c.json(
      await createAccount(c.get('deps'), c.get('actor'), c.req.valid('json'), await onceOf(c)),
      201,
    ),
  );
