import { z } from '@hono/zod-openapi';
import { colours } from '@shaodian/rules';

const proposalActs = ['close', 'lower', 'clear_guardian'] as const;
export type ProposalAct = (typeof proposalActs)[number];

/** What an alert came to, in the words that statistics of it use later. */
export const closingOutcomes = [
  'supported',
  'not_confirmed',
  'referred',
  'moved_to_case',
  'mistake',
] as const;

export type ClosingOutcome = (typeof closingOutcomes)[number];

const words = (description: string) =>
  z
    .string()
    .trim()
    .min(10)
    .max(600)
    .openapi({ description: `${description}; stored encrypted` });
const raiseAgain = words('What would make us raise it again');

export const proposalInputSchema = z
  .discriminatedUnion('act', [
    z.strictObject({
      act: z.literal('close'),
      outcome: z.enum(closingOutcomes),
      reason: words('Why'),
      raiseAgain,
    }),
    z.strictObject({
      act: z.literal('lower'),
      colour: z.enum(['blue', 'yellow', 'orange']),
      reason: words('Why'),
      raiseAgain,
    }),
    z.strictObject({ act: z.literal('clear_guardian'), reason: words('Why') }),
  ])
  .openapi('AlertProposalInput');
export type ProposalInput = z.infer<typeof proposalInputSchema>;

export const proposalMadeSchema = z
  .object({
    id: z.uuid(),
    state: z
      .enum(['open', 'agreed'])
      .openapi({ description: 'Open: it takes effect when a second person agrees' }),
  })
  .openapi('AlertProposalMade');

export const proposalDecisionSchema = z
  .strictObject({ agree: z.boolean() })
  .openapi('AlertProposalDecision');

const proposalSchema = z
  .object({
    id: z.uuid(),
    act: z.enum(proposalActs),
    colour: z.enum(colours).nullable().openapi({ description: 'To which it is lowered' }),
    outcome: z.enum(closingOutcomes).nullable(),
    state: z.enum(['open', 'agreed', 'declined', 'withdrawn', 'lapsed']),
    by: z.string(),
    byMe: z.boolean(),
    at: z.iso.datetime(),
    decidedBy: z.string().nullable(),
    decidedAt: z.iso.datetime().nullable(),
    reason: z
      .string()
      .nullable()
      .openapi({ description: 'For those who act on the alert or may decide; else null' }),
    raiseAgain: z.string().nullable(),
  })
  .openapi('AlertProposal');

/** On the page of an alert: what was proposed, and what its reader may do. */
export const alertActsSchema = z
  .object({
    proposals: z.array(proposalSchema),
    mayClose: z.boolean(),
    mayLowerTo: z.array(z.enum(colours)),
    mayClearGuardian: z.boolean(),
    needsSecond: z
      .boolean()
      .openapi({ description: 'Whether closing and lowering wait for a second person' }),
    mayDecide: z.boolean(),
    mayWithdraw: z.boolean(),
  })
  .openapi('AlertActs');
