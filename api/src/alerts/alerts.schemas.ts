import { z } from '@hono/zod-openapi';
import { alertActsSchema, closingOutcomes } from '../alert-acts/proposals.schemas.ts';
import { channelKinds } from '../channels/channel.ts';
import { whySchema } from '../access/why.schemas.ts';
import {
  alertStatuses,
  assessmentOutcomes,
  colours,
  contactWays,
  guardianWays,
  indicatorCodes,
  nextSteps,
  roles,
  ruleIds,
  rungs,
  stepKinds,
  tiers,
} from '@shaodian/rules';

const alertEventKinds = [
  'raised',
  'fresh_emergency',
  'raised_higher',
  'evidence_attached',
  'acknowledged',
  'with_pupil',
  'handed_over',
  'climbed',
  'step_missed',
  'step_done',
  'reported',
] as const;
export type AlertEventKind = (typeof alertEventKinds)[number];

const stepWays = [...contactWays, ...guardianWays, ...assessmentOutcomes] as const;
export type StepWay = (typeof stepWays)[number];

const alertMessageSchema = z.object({
  to: z.string().nullable().openapi({ description: 'Null for a group or a webhook' }),
  outside: z.boolean(),
  through: z.enum(channelKinds),
  kind: z.string(),
  state: z.enum(['queued', 'sent', 'delivered', 'opened', 'acknowledged', 'failed', 'stopped']),
  at: z.iso.datetime(),
});

const alertRowSchema = z
  .object({
    id: z.uuid(),
    colour: z.enum(colours),
    tier: z.enum(tiers),
    status: z.enum(alertStatuses),
    pupil: z.object({ id: z.uuid(), name: z.string() }),
    class: z.object({ id: z.number().int(), name: z.string() }),
    raisedAt: z.iso.datetime(),
    ackDueAt: z.iso.datetime(),
    overdue: z.boolean(),
    holder: z.object({ name: z.string(), me: z.boolean() }).nullable(),
    acknowledgedAt: z.iso.datetime().nullable(),
    needsReview: z.boolean(),
    counsellorOnly: z.boolean(),
    version: z.number().int(),
  })
  .openapi('AlertRow');

export const alertListSchema = z
  .object({ items: z.array(alertRowSchema), nextCursor: z.string().nullable() })
  .openapi('AlertList');

export const alertSchema = alertRowSchema
  .extend({
    why: whySchema,
    reasons: z
      .array(
        z.object({
          rule: z.enum(ruleIds),
          colour: z.enum(colours),
          tier: z.enum(tiers),
          codes: z.array(z.enum(indicatorCodes)),
          weeks: z.array(z.iso.date()),
        }),
      )
      .openapi({ description: 'Short: rules, codes and weeks; never the reporter' }),
    reasonsClosed: z.boolean().openapi({
      description: 'Whether the reasons are kept from a leader off duty, who may break the glass',
    }),
    guardianLocked: z.boolean(),
    mandatoryReport: z.boolean(),
    informed: z.array(z.enum(roles)),
    acknowledgement: z
      .object({
        by: z.string(),
        at: z.iso.datetime(),
        nextStep: z.enum(nextSteps),
        note: z.string().nullable(),
      })
      .nullable(),
    events: z.array(
      z.object({
        at: z.iso.datetime(),
        kind: z.enum(alertEventKinds),
        step: z.enum(stepKinds).nullable(),
        way: z.enum(stepWays).nullable(),
        rung: z.enum(rungs).nullable(),
        colour: z.enum(colours),
        by: z.string().nullable(),
      }),
    ),
    rung: z.enum(rungs).openapi({ description: 'How far it has climbed' }),
    clocks: z.array(
      z.object({
        step: z.enum(stepKinds),
        state: z.enum(['running', 'met', 'stopped']),
        dueAt: z.iso.datetime(),
        endedAt: z.iso.datetime().nullable(),
        missed: z.number().int(),
        overdue: z.boolean(),
      }),
    ),
    messages: z.array(alertMessageSchema).openapi({ description: 'Who was told outside' }),
    acts: alertActsSchema,
    outcome: z.enum(closingOutcomes).nullable(),
    canRecordSteps: z.boolean(),
    canAcknowledge: z.boolean(),
    dutyPhones: z.array(z.object({ name: z.string(), phone: z.string() })),
  })
  .openapi('Alert');

export const alertQuerySchema = z.strictObject({
  status: z.enum(alertStatuses).optional(),
  colour: z.enum(colours).optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export type AlertQuery = z.infer<typeof alertQuerySchema>;

export const acknowledgementInputSchema = z
  .strictObject({
    nextStep: z.enum(nextSteps),
    note: z.string().max(300).default('').openapi({ description: 'Stored encrypted' }),
  })
  .openapi('AcknowledgementInput');

export type AcknowledgementInput = z.infer<typeof acknowledgementInputSchema>;
