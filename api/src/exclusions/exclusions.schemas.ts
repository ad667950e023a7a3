import { z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';

const exclusionKinds = ['is_the_concern', 'relative', 'declined'] as const;
export type ExclusionKind = (typeof exclusionKinds)[number];

export const exclusionInputSchema = z
  .strictObject({ person: idInput, kind: z.enum(exclusionKinds) })
  .openapi('ExclusionInput');

export type ExclusionInput = z.infer<typeof exclusionInputSchema>;

const namedSchema = z.object({ id: z.uuid(), name: z.string() });

export const exclusionListSchema = z
  .object({
    items: z.array(
      z.object({
        id: z.uuid(),
        person: namedSchema,
        kind: z.enum(exclusionKinds),
        startsAt: z.iso.datetime(),
        endsAt: z.iso.datetime().nullable(),
        decidedBy: z.string(),
      }),
    ),
    people: z
      .array(namedSchema.extend({ title: z.string() }))
      .openapi({ description: 'The staff of the school, to choose from' }),
    mayEnd: z.boolean(),
  })
  .openapi('ExclusionList');
