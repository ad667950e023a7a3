import { z } from '@hono/zod-openapi';
import { roles } from '@shaodian/rules';
import { idInput } from '../http/id.ts';

/** The roles an administrator gives to staff, with the scope each is for. Seats and experts come by ways of their own. */
const grantInputSchema = z.discriminatedUnion('role', [
  z.strictObject({
    role: z.literal('homeroom_teacher'),
    classId: z.number().int().min(1).max(2_147_483_647),
  }),
  z.strictObject({
    role: z.literal('grade_head'),
    gradeId: z.number().int().min(1).max(2_147_483_647),
  }),
  z.strictObject({
    role: z.enum([
      'counsellor',
      'lead_counsellor',
      'school_leader',
      'data_protection_officer',
      'administrator',
    ]),
  }),
]);

const accountName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._-]{1,63}$/, 'letters, digits, dot, dash; 2 to 64');
const password = z.string().min(10).max(200);

const staffAccountInputSchema = z
  .strictObject({
    kind: z.literal('staff'),
    name: z.string().trim().min(1).max(60).openapi({
      description:
        'An existing member of staff of this name without an account is taken, else a new one made',
    }),
    title: z.string().trim().max(40).default(''),
    account: accountName,
    password,
    grants: z.array(grantInputSchema).max(10),
  })
  .openapi('StaffAccountInput');

const seatAccountInputSchema = z
  .strictObject({
    kind: z.literal('committee_seat'),
    pupilId: idInput,
    seat: z.enum(['A', 'B']),
    account: accountName,
    password,
  })
  .openapi('SeatAccountInput');

export const accountInputSchema = z
  .discriminatedUnion('kind', [staffAccountInputSchema, seatAccountInputSchema])
  .openapi('AccountInput');
export type AccountInput = z.infer<typeof accountInputSchema>;

/** What an administrator changes about an account: all of it, as it is to be. */
export const accountChangeSchema = z
  .strictObject({
    title: z
      .string()
      .trim()
      .max(40)
      .nullable()
      .openapi({ description: 'null for a pupil, who has none' }),
    disabled: z.boolean().openapi({ description: 'Ends every session at once' }),
  })
  .openapi('AccountChange');
export type AccountChange = z.infer<typeof accountChangeSchema>;

const roleSchema = z.object({ role: z.enum(roles), scope: z.string().nullable() });

export const accountSchema = z
  .object({
    id: z.uuid(),
    account: z.string(),
    personId: z.uuid(),
    name: z.string(),
    kind: z.enum(['staff', 'pupil']),
    title: z.string().nullable(),
    disabled: z.boolean(),
    secondFactor: z.boolean(),
    roles: z.array(roleSchema),
    waiting: z.array(roleSchema).openapi({ description: 'Proposed, and not approved yet' }),
    version: z.number().int().openapi({ description: 'What If-Match names' }),
  })
  .openapi('Account');

export const accountListSchema = z
  .object({
    items: z.array(accountSchema),
    nextCursor: z.string().nullable(),
  })
  .openapi('AccountList');

export const accountQuerySchema = z.strictObject({
  cursor: z.string().max(300).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export type AccountQuery = z.infer<typeof accountQuerySchema>;
