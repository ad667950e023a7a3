import { z } from '@hono/zod-openapi';
import { auditActions } from '../audit/actions.ts';
import type { AuditAction } from '../audit/actions.ts';

const kinds = ['read', 'act', 'denial'] as const;
const areas = ['session', 'system', 'wellbeing'] as const;
const actions = Object.keys(auditActions) as [AuditAction, ...AuditAction[]];

export const auditQuerySchema = z.strictObject({
  kind: z.enum(kinds).optional(),
  area: z.enum(areas).optional(),
  mine: z.enum(['1']).optional().openapi({ description: 'Only what I did myself' }),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type AuditQuery = z.infer<typeof auditQuerySchema>;

export const auditListSchema = z
  .object({
    items: z.array(
      z.object({
        seq: z.number().int(),
        at: z.iso.datetime(),
        by: z.object({
          kind: z.enum(['staff', 'pupil', 'system']),
          name: z.string().nullable().openapi({ description: 'Of staff only' }),
          me: z.boolean(),
        }),
        action: z.enum(actions),
        kind: z.enum(kinds),
        area: z.enum(areas),
        code: z.string().openapi({ description: 'Of a denial: the code of the refusal' }),
        why: z.string().openapi({ description: 'The reason for which they might: role and scope' }),
        purpose: z.string(),
        resource: z.string(),
        pupils: z.number().int().openapi({ description: 'How many pupils it was about' }),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .openapi('AuditList');

export const auditChainSchema = z
  .object({
    entries: z.number().int(),
    checkpoint: z
      .object({
        seq: z.number().int(),
        at: z.iso.datetime(),
        filed: z.boolean(),
        witnessed: z.boolean(),
      })
      .nullable(),
  })
  .openapi('AuditChain', { description: 'Where the chain ends, and the newest signed checkpoint' });

export const auditVerdictSchema = z
  .discriminatedUnion('state', [
    z.object({ state: z.literal('running'), entries: z.number().int() }),
    z.object({
      state: z.literal('done'),
      entries: z.number().int(),
      checkpoints: z.number().int(),
      signedUpTo: z.number().int(),
      firstBad: z.object({ seq: z.number().int(), problem: z.string() }).nullable(),
      seconds: z.number(),
    }),
  ])
  .openapi('AuditVerdict');

export const auditCountsSchema = z
  .object({
    days: z.number().int(),
    items: z.array(z.object({ kind: z.enum(kinds), area: z.enum(areas), count: z.number().int() })),
  })
  .openapi('AuditCounts');

export const readersSchema = z
  .object({
    items: z.array(
      z.object({
        seq: z.number().int(),
        at: z.iso.datetime(),
        name: z.string().nullable(),
        action: z.enum(actions),
        why: z.string(),
        purpose: z.string(),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .openapi('Readers', { description: "Who opened a pupil's pages, newest first" });

export const readersQuerySchema = z.strictObject({ cursor: z.string().max(400).optional() });
