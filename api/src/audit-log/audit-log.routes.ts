import { createRoute, z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';
import { answersOf } from '../http/problem.ts';
import { json, routeSet } from '../http/routes.ts';
import { withSession } from '../http/session.ts';
import { listAudit, listReaders, readAuditChain, readAuditCounts } from './audit-log.reads.ts';
import {
  auditChainSchema,
  auditCountsSchema,
  auditListSchema,
  auditQuerySchema,
  auditVerdictSchema,
  readersQuerySchema,
  readersSchema,
} from './audit-log.schemas.ts';
import { verifyAudit } from './verify-audit.ts';

const tags = ['audit'];

const list = createRoute({
  method: 'get',
  path: '/audit',
  tags,
  summary: 'What was read, done and refused, as far as I may see it',
  middleware: [withSession] as const,
  request: { query: auditQuerySchema },
  responses: {
    200: json(auditListSchema, 'Entries, newest first'),
    ...answersOf('request.invalid', 'session.required'),
  },
});

const chain = createRoute({
  method: 'get',
  path: '/audit/chain',
  tags,
  summary: 'Where the chain ends and what was signed last',
  middleware: [withSession] as const,
  responses: {
    200: json(auditChainSchema, 'The chain'),
    ...answersOf('session.required', 'action.not-allowed'),
  },
});

const verification = createRoute({
  method: 'get',
  path: '/audit/verification',
  tags,
  summary: 'Verify the whole chain now, or hear how far that is',
  middleware: [withSession] as const,
  responses: {
    200: json(
      auditVerdictSchema,
      'Whole, or the first bad entry; or how many entries were read so far',
    ),
    ...answersOf('session.required', 'action.not-allowed'),
  },
});

const counts = createRoute({
  method: 'get',
  path: '/audit/counts',
  tags,
  summary: 'How much was read, done and refused in 30 days',
  middleware: [withSession] as const,
  responses: {
    200: json(auditCountsSchema, 'Figures'),
    ...answersOf('session.required', 'action.not-allowed'),
  },
});

const readers = createRoute({
  method: 'get',
  path: '/pupils/{id}/readers',
  tags,
  summary: "Who opened this pupil's pages",
  middleware: [withSession] as const,
  request: { params: z.object({ id: idInput }), query: readersQuerySchema },
  responses: {
    200: json(readersSchema, 'Readers, newest first'),
    ...answersOf('request.invalid', 'session.required', 'resource.not-found'),
  },
});

export const auditLogRoutes = routeSet()
  .openapi(list, async (c) =>
    c.json(await listAudit(c.get('deps'), c.get('actor'), c.req.valid('query')), 200),
  )
  .openapi(chain, async (c) => c.json(await readAuditChain(c.get('deps'), c.get('actor')), 200))
  .openapi(verification, async (c) => c.json(await verifyAudit(c.get('deps'), c.get('actor')), 200))
  .openapi(counts, async (c) => c.json(await readAuditCounts(c.get('deps'), c.get('actor')), 200))
  .openapi(readers, async (c) =>
    c.json(
      await listReaders(
        c.get('deps'),
        c.get('actor'),
        c.req.valid('param').id,
        c.req.valid('query').cursor,
      ),
      200,
    ),
  );
