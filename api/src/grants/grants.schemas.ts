import { z } from '@hono/zod-openapi';
import { roles, seats } from '@shaodian/rules';
import { idInput } from '../http/id.ts';

/** Why a role is proposed, and why it is taken away. Codes: no words about a person outlive them here. */
const proposalReasons = [
  'new_account',
  'roster_import',
  'change_of_duty',
  'substitute',
  'new_term',
  'demo',
] as const;
export type ProposalReason = (typeof proposalReasons)[number];
const origins = ['two_people', 'founding', 'before_two_people', 'by_hand'] as const;

const shared = {
  personId: idInput,
  reason: z.enum(['change_of_duty', 'substitute', 'new_term']),
  until: z.iso.datetime().optional().openapi({ description: 'The grant ends by itself then' }),
};
const rowNumber = z.number().int().min(1).max(2_147_483_647);

export const proposalInputSchema = z
  .discriminatedUnion('role', [
    z.strictObject({
      ...shared,
      role: z.literal('committee_member'),
      seat: z.enum(seats).openapi({ description: 'A for a girl, B for a boy, in their class' }),
    }),
    z.strictObject({ ...shared, role: z.literal('homeroom_teacher'), classId: rowNumber }),
    z.strictObject({ ...shared, role: z.literal('grade_head'), gradeId: rowNumber }),
    z.strictObject({ ...shared, role: z.literal('expert'), until: z.iso.datetime() }),
    z.strictObject({
      ...shared,
      role: z.enum([
        'mentor',
        'mentor_lead',
        'counsellor',
        'lead_counsellor',
        'school_leader',
        'data_protection_officer',
        'administrator',
      ]),
    }),
  ])
  .openapi('GrantProposalInput');
export type ProposalInput = z.infer<typeof proposalInputSchema>;

const decision = z.enum(['approve', 'refuse']);
export const decisionInputSchema = z.strictObject({ decision }).openapi('GrantDecisionInput');
export const decisionsInputSchema = z
  .strictObject({ ids: z.array(idInput).min(1).max(200), decision })
  .openapi('GrantDecisionsInput');
export type Decision = z.infer<typeof decision>;

export const endInputSchema = z
  .strictObject({ reason: z.enum(['left', 'change_of_duty', 'mistake', 'misuse']) })
  .openapi('GrantEndInput');
export type EndInput = z.infer<typeof endInputSchema>;

export const madeSchema = z.strictObject({ id: z.uuid() });
export const decidedSchema = z.strictObject({ ids: z.array(z.uuid()) }).openapi('GrantsDecided');

const personSchema = z.strictObject({ id: z.uuid(), name: z.string() });
const scopeSchema = z.strictObject({
  kind: z.enum(['school', 'grade', 'class', 'self']),
  id: z.number().int().nullable(),
  name: z.string().nullable(),
});

const proposalSchema = z
  .strictObject({
    id: z.uuid(),
    person: personSchema,
    role: z.enum(roles),
    scope: scopeSchema,
    seat: z.enum(seats).nullable(),
    until: z.iso.datetime().nullable(),
    /** On approval whoever else leads the class ends. */
    replaces: z.boolean(),
    reason: z.enum(proposalReasons),
    proposedBy: personSchema,
    proposedAt: z.iso.datetime(),
    decision: z.enum(['approved', 'refused']).nullable(),
    decidedBy: personSchema.nullable(),
    decidedAt: z.iso.datetime().nullable(),
    mayDecide: z.boolean().openapi({ description: 'Whether the reader is one who decides' }),
  })
  .openapi('GrantProposal');

export const proposalListSchema = z
  .strictObject({
    items: z.array(proposalSchema),
    toDecide: z.number().int().openapi({ description: 'How many wait for the reader' }),
    nextCursor: z.string().nullable(),
  })
  .openapi('GrantProposalList');

export const proposalQuerySchema = z.strictObject({
  state: z.enum(['waiting', 'decided']).optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type ProposalQuery = z.infer<typeof proposalQuerySchema>;

const grantSchema = z
  .strictObject({
    id: z.uuid(),
    person: personSchema,
    role: z.enum(roles),
    scope: scopeSchema,
    from: z.iso.datetime(),
    until: z.iso.datetime().nullable(),
    origin: z.enum(origins).openapi({
      description:
        'two_people; founding: the first set-up; before_two_people: an administrator alone, earlier; by_hand: by whoever runs the database',
    }),
    grantedBy: personSchema.nullable(),
    approvedBy: personSchema.nullable(),
    mayEnd: z.boolean(),
  })
  .openapi('Grant');

export const grantListSchema = z
  .strictObject({ items: z.array(grantSchema), nextCursor: z.string().nullable() })
  .openapi('GrantList');

export const grantQuerySchema = z.strictObject({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type GrantQuery = z.infer<typeof grantQuerySchema>;
export type GrantOrigin = (typeof origins)[number];
