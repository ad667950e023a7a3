import { z } from '@hono/zod-openapi';
import { whySchema } from '../access/why.schemas.ts';

const namedSchema = z.object({ id: z.number().int(), name: z.string() });

export const classListSchema = z
  .object({ items: z.array(namedSchema.extend({ grade: namedSchema, pupils: z.number().int() })) })
  .openapi('ClassList');

const pupilSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    sex: z.enum(['female', 'male', 'unknown']),
    studentNoLast4: z.string().nullable().openapi({
      description:
        'The end of the student number; for readers of the roster, not for those who may only list it',
    }),
    class: namedSchema,
  })
  .openapi('Pupil');

export const pupilPageSchema = pupilSchema.extend({ why: whySchema }).openapi('PupilPage');

export const pupilListSchema = z
  .object({ items: z.array(pupilSchema), nextCursor: z.string().nullable() })
  .openapi('PupilList');

export const pupilQuerySchema = z.strictObject({
  class: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
  q: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .refine((text) => !text.includes('\0'), 'no control characters')
    .optional(),
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(60),
});

export type PupilQuery = z.infer<typeof pupilQuerySchema>;
