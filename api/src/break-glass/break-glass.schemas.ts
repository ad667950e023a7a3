import { z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';

const glassCategories = [
  'danger_now',
  'missing_pupil',
  'outside_help',
  'official_request',
  'other',
] as const;
export type GlassCategory = (typeof glassCategories)[number];

const glassVerdicts = ['justified', 'not_justified', 'needs_talk'] as const;
export type GlassVerdict = (typeof glassVerdicts)[number];

const glassStates = ['awaiting', 'overdue', 'reviewed'] as const;
export type GlassState = (typeof glassStates)[number];

export const glassInputSchema = z
  .strictObject({
    category: z.enum(glassCategories),
    reason: z
      .string()
      .trim()
      .min(20)
      .max(500)
      .openapi({ description: 'Why it cannot wait; stored encrypted' }),
  })
  .openapi('BreakGlassInput');
export type GlassInput = z.infer<typeof glassInputSchema>;

const pupilSchema = z.object({ id: z.uuid(), name: z.string() });

export const activeGlassSchema = z
  .object({
    active: z
      .object({
        id: z.uuid(),
        pupil: pupilSchema,
        category: z.enum(glassCategories),
        openedAt: z.iso.datetime(),
        expiresAt: z.iso.datetime(),
      })
      .nullable(),
  })
  .openapi('ActiveBreakGlass');

const glassRowSchema = z
  .object({
    id: z.uuid(),
    by: z.object({ name: z.string(), me: z.boolean() }),
    pupil: pupilSchema.nullable().openapi({
      description: 'Null for the data-protection officer, who knows no pupil by name',
    }),
    category: z.enum(glassCategories),
    openedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    reviewDueAt: z.iso.datetime(),
    state: z.enum(glassStates),
    verdict: z.enum(glassVerdicts).nullable(),
  })
  .openapi('BreakGlassRow');

export const glassListSchema = z
  .object({ items: z.array(glassRowSchema), nextCursor: z.string().nullable() })
  .openapi('BreakGlassList');

export const glassSchema = glassRowSchema
  .extend({
    reason: z.string().nullable().openapi({ description: 'Null when the pupil was erased' }),
    reviews: z.array(
      z.object({
        at: z.iso.datetime(),
        by: z.string(),
        verdict: z.enum(glassVerdicts),
        note: z.string().nullable(),
      }),
    ),
    mayReview: z.boolean(),
  })
  .openapi('BreakGlass');

export const glassQuerySchema = z.strictObject({
  state: z.enum(glassStates).optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export type GlassQuery = z.infer<typeof glassQuerySchema>;

export const glassReviewInputSchema = z
  .strictObject({
    verdict: z.enum(glassVerdicts),
    note: z.string().trim().max(300).default('').openapi({ description: 'Stored encrypted' }),
  })
  .openapi('BreakGlassReviewInput');
export type GlassReviewInput = z.infer<typeof glassReviewInputSchema>;

export const glassIdSchema = z.object({ id: z.uuid() });
export const glassParamsSchema = z.object({ id: idInput });
