import { z } from '@hono/zod-openapi';
import { idInput } from '../http/id.ts';

/** Why a pupil is erased. A code, so that no words about a pupil outlive them here. */
const reason = z.enum(['left_school', 'guardian_request', 'pupil_request', 'retention_over']);

export const erasureInputSchema = z.strictObject({ reason }).openapi('ErasureInput');
export type ErasureInput = z.infer<typeof erasureInputSchema>;

export const erasureSentSchema = z.strictObject({ id: idInput }).openapi('ErasureSent');

export const erasureListSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({
        id: idInput,
        /** Null for who may not list the pupil. */
        pupilName: z.string().nullable(),
        reason,
        requestedBy: z.string(),
        requestedAt: z.iso.datetime(),
        approvedBy: z.string().nullable(),
        approvedAt: z.iso.datetime().nullable(),
      }),
    ),
  })
  .openapi('ErasureList');
