import { z } from '@hono/zod-openapi';
import { channelKinds } from '../channels/channel.ts';

/** Minutes between one who is asked and the next; red's own clock is ten. */
const drillPaces = [1, 2, 5, 10] as const;

export const drillInputSchema = z
  .strictObject({
    everyMinutes: z.union(drillPaces.map((pace) => z.literal(pace))),
    withOutside: z.boolean().openapi({
      description: 'Whether the contacts outside are told at the end, as in a real climb',
    }),
  })
  .openapi('DrillInput');
export type DrillInput = z.infer<typeof drillInputSchema>;

export const drillMadeSchema = z.object({ id: z.uuid() }).openapi('DrillMade');

const drillStates = ['running', 'finished', 'stopped'] as const;

const drillRowSchema = z
  .object({
    id: z.uuid(),
    state: z.enum(drillStates),
    startedAt: z.iso.datetime(),
    startedBy: z.string(),
    everyMinutes: z.number().int(),
    withOutside: z.boolean(),
    asked: z.number().int().openapi({ description: 'Of the school; contacts outside not counted' }),
    answered: z.number().int(),
    endedAt: z.iso.datetime().nullable(),
  })
  .openapi('DrillRow');

export const drillListSchema = z
  .object({ items: z.array(drillRowSchema), mayRun: z.boolean() })
  .openapi('DrillList');

const drillWholeSchema = drillRowSchema
  .extend({
    mayRun: z.boolean(),
    nextAt: z.iso.datetime().nullable(),
    calls: z.array(
      z.object({
        position: z.number().int(),
        name: z.string(),
        outside: z.boolean(),
        askedAt: z.iso.datetime(),
        answeredAt: z.iso.datetime().nullable(),
        messages: z.array(
          z.object({
            through: z.enum(channelKinds),
            state: z.enum([
              'queued',
              'sent',
              'delivered',
              'opened',
              'acknowledged',
              'failed',
              'stopped',
            ]),
            sentAt: z.iso.datetime().nullable(),
            openedAt: z.iso.datetime().nullable(),
          }),
        ),
      }),
    ),
    groups: z.array(
      z.object({
        through: z.enum(channelKinds),
        state: z.string(),
        sentAt: z.iso.datetime().nullable(),
      }),
    ),
  })
  .openapi('DrillWhole');

export const drillSchema = z
  .object({
    id: z.uuid(),
    mine: z
      .object({ askedAt: z.iso.datetime(), answeredAt: z.iso.datetime().nullable() })
      .nullable()
      .openapi({ description: 'When I was asked, and when I answered' }),
    whole: z
      .union([drillWholeSchema, z.null()])
      .openapi({ description: 'For those who run drills or keep the channels' }),
  })
  .openapi('Drill');
