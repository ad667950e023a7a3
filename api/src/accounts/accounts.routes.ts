import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { etagOf, ifMatchOf } from '../http/if-match.ts';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { listAccounts, readAccount } from './accounts.reads.ts';
import {
  accountChangeSchema,
  accountInputSchema,
  accountListSchema,
  accountQuerySchema,
  accountSchema,
} from './accounts.schemas.ts';
import { changeAccount } from './change-account.ts';
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

const params = z.object({ id: idInput });

const readOne = createRoute({
  method: 'get',
  path: '/accounts/{id}',
  tags,
  summary: 'One account; its ETag is what a change names in If-Match',
  middleware: [withSession] as const,
  request: { params },
  responses: {
    200: json(accountSchema, 'The account'),
    ...answersOf('session.required', 'action.not-allowed', 'resource.not-found'),
  },
});

const change = createRoute({
  method: 'patch',
  path: '/accounts/{id}',
  tags,
  summary: 'Change the title of somebody else, or disable their account',
  middleware: [withSession] as const,
  request: {
    params,
    headers: z.object({ 'if-match': z.string().optional() }),
    ...jsonBody(accountChangeSchema),
  },
  responses: {
    200: json(accountSchema, 'As it is now'),
    ...answersOf(
      'request.malformed-json',
      'request.invalid',
      'request.unsupported-media-type',
      'request.version-missing',
      'request.version-old',
      'session.required',
      'action.not-allowed',
      'resource.not-found',
      'grant.nobody-left',
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
  )
  .openapi(readOne, async (c) => {
    const account = await readAccount(c.get('deps'), c.get('actor'), c.req.valid('param').id);
    c.header('etag', etagOf(account.version));
    return c.json(account, 200);
  })
  .openapi(change, async (c) => {
    const { id } = c.req.valid('param');
    const input = c.req.valid('json');
    const account = await changeAccount(c.get('deps'), c.get('actor'), id, ifMatchOf(c), input);
    c.header('etag', etagOf(account.version));
    return c.json(account, 200);
  });
