import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { onceOf } from '../http/once.ts';
import { answersOf } from '../http/problem.ts';
import { json, jsonBody, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { decideProposal, withdrawProposal } from './decide-proposal.ts';
import {
  proposalDecisionSchema,
  proposalInputSchema,
  proposalMadeSchema,
} from './proposals.schemas.ts';
import { proposeAct } from './propose.ts';

const tags = ['alerts'];
const idParam = z.object({ id: idInput });
const idempotencyKey = z.object({ 'idempotency-key': z.string().optional() });
const doneSchema = z.object({ id: z.uuid() });
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

const propose = createRoute({
  method: 'post',
  path: '/alerts/{id}/proposals',
  tags,
  summary:
    'Close or lower an alert, or clear its guardian lock; where two people are needed, propose it',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(proposalInputSchema) },
  responses: {
    201: json(proposalMadeSchema, 'Done, or waiting for a second person'),
    ...answersOf(
      ...creating,
      'alert.not-on-duty',
      'alert.closed',
      'alert.not-acknowledged',
      'alert.not-lower',
      'alert.not-locked',
      'alert.proposal-waits',
      'alert.report-not-made',
    ),
  },
});

const decide = createRoute({
  method: 'post',
  path: '/proposals/{id}/decision',
  tags,
  summary: 'The second person agrees, and it takes effect; or declines',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(proposalDecisionSchema) },
  responses: {
    201: json(doneSchema, 'Decided'),
    ...answersOf(
      ...creating,
      'alert.second-person',
      'alert.proposal-over',
      'alert.report-not-made',
    ),
  },
});

const withdraw = createRoute({
  method: 'post',
  path: '/proposals/{id}/withdrawal',
  tags,
  summary: 'Take back what one proposed oneself',
  middleware: [withSession] as const,
  request: { params: idParam, headers: idempotencyKey, ...jsonBody(z.strictObject({})) },
  responses: {
    201: json(doneSchema, 'Withdrawn'),
    ...answersOf(...creating, 'alert.not-yours', 'alert.proposal-over'),
  },
});

export const alertActRoutes = routeSet()
  .openapi(propose, async (c) =>
    c.json(
      await proposeAct(
        c.get('deps'),
        c.get('actor'),
        c.req.valid('param').id,
        c.req.valid('json'),
        await onceOf(c),
      ),
      201,
    ),
  )
  .openapi(decide, async (c) =>
    c.json(
      await decideProposal(
        c.get('deps'),
        c.get('actor'),
        c.req.valid('param').id,
        c.req.valid('json').agree,
        await onceOf(c),
      ),
      201,
    ),
  )
  .openapi(withdraw, async (c) =>
    c.json(
      await withdrawProposal(
        c.get('deps'),
        c.get('actor'),
        c.req.valid('param').id,
        await onceOf(c),
      ),
      201,
    ),
  );
