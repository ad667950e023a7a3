import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { decideProposals } from './decide-proposals.ts';
import { endGrant } from './end-grant.ts';
import { listGrants } from './grants.reads.ts';
import {
  decidedSchema,
  decisionInputSchema,
  decisionsInputSchema,
  endInputSchema,
  grantListSchema,
  grantQuerySchema,
  madeSchema,
  proposalInputSchema,
  proposalListSchema,
  proposalQuerySchema,
} from './grants.schemas.ts';
import { proposeGrant } from './propose-grant.ts';
import { listProposals } from './proposals.reads.ts';

const tags = ['grants'];
const params = z.object({ id: idInput });
const headers = z.object({ 'idempotency-key': z.string().optional() });
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
const deciding = [
  ...creating,
  'session.step-up-required',
  'grant-proposal.same-person',
  'grant-proposal.decided',
  'grant-proposal.over',
  'grant-proposal.seat-taken',
] as const;

const list = createRoute({
  method: 'get',
  path: '/grant-proposals',
  tags,
  summary: 'Roles that were proposed, the latest first',
  middleware: [withSession] as const,
  request: { query: proposalQuerySchema },
  responses: {
    200: json(proposalListSchema, 'Proposals'),
    ...answersOf('request.invalid', 'session.required'),
  },
});

const propose = createRoute({
  method: 'post',
  path: '/grant-proposals',
  tags,
  summary: 'Propose a role for somebody else; another person approves',
  middleware: [withSession] as const,
  request: { headers, ...jsonBody(proposalInputSchema) },
  responses: {
    201: json(madeSchema, 'Proposed'),
    ...answersOf(
      ...creating,
      'grant-proposal.for-oneself',
      'grant-proposal.exists',
      'grant-proposal.over',
    ),
  },
});

const decide = createRoute({
  method: 'post',
  path: '/grant-proposals/{id}/decision',
  tags,
  summary: 'Approve or refuse what another person proposed; approving needs the password again',
  middleware: [withSession] as const,
  request: { params, headers, ...jsonBody(decisionInputSchema) },
  responses: { 201: json(madeSchema, 'Decided'), ...answersOf(...deciding) },
});

const decideMany = createRoute({
  method: 'post',
  path: '/grant-proposals/decisions',
  tags,
  summary: 'The same for several at once: all of them or none',
  middleware: [withSession] as const,
  request: { headers, ...jsonBody(decisionsInputSchema) },
  responses: { 201: json(decidedSchema, 'Decided'), ...answersOf(...deciding) },
});

const holders = createRoute({
  method: 'get',
  path: '/grants',
  tags,
  summary: 'Who holds which role',
  middleware: [withSession] as const,
  request: { query: grantQuerySchema },
  responses: {
    200: json(grantListSchema, 'Grants'),
    ...answersOf('request.invalid', 'session.required', 'action.not-allowed'),
  },
});

const end = createRoute({
  method: 'post',
  path: '/grants/{id}/end',
  tags,
  summary: 'Take a role away at once; the sessions of whoever had it end',
  middleware: [withSession] as const,
  request: { params, headers, ...jsonBody(endInputSchema) },
  responses: {
    201: json(madeSchema, 'Ended'),
    ...answersOf(...creating, 'grant.over', 'grant.nobody-left'),
  },
});

export const grantRoutes = routeSet()
  .openapi(list, async (c) =>
    c.json(await listProposals(c.get('deps'), c.get('actor'), c.req.valid('query')), 200),
  )
  .openapi(propose, async (c) =>
    c.json(
      await proposeGrant(c.get('deps'), c.get('actor'), c.req.valid('json'), await onceOf(c)),
      201,
    ),
  )
  .openapi(decide, async (c) => {
    const { id } = c.req.valid('param');
    const { decision } = c.req.valid('json');
    const request = await onceOf(c);
    await decideProposals(c.get('deps'), c.get('actor'), [id], decision, request);
    return c.json({ id }, 201);
  })
  .openapi(decideMany, async (c) => {
    const { ids, decision } = c.req.valid('json');
    const request = await onceOf(c);
    return c.json(
      await decideProposals(c.get('deps'), c.get('actor'), ids, decision, request),
      201,
    );
  })
  .openapi(holders, async (c) =>
    c.json(await listGrants(c.get('deps'), c.get('actor'), c.req.valid('query')), 200),
  )
  .openapi(end, async (c) => {
    const { id } = c.req.valid('param');
    const input = c.req.valid('json');
    return c.json(await endGrant(c.get('deps'), c.get('actor'), id, input, await onceOf(c)), 201);
  });
