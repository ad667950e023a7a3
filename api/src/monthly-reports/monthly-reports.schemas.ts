import { z } from '@hono/zod-openapi';
import { seats } from '@shaodian/rules';
import { observationInputSchema } from '../observations/observations.schemas.ts';

export const monthSchema = z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, 'YYYY-MM');

export const monthlyReportInputSchema = z
  .strictObject({
    month: monthSchema,
    kindness: z
      .string()
      .max(300)
      .nullable()
      .openapi({ description: 'A kind thing I saw (optional). Stored encrypted' }),
    zeroReport: z.boolean().openapi({
      description: 'I looked, and noticed nobody who needs extra care: an explicit choice',
    }),
    observations: z.array(observationInputSchema).max(5),
    wantToTalk: z
      .boolean()
      .optional()
      .openapi({ description: 'I would like to talk myself: reaches the counsellor only' }),
  })
  .refine((input) => input.zeroReport === (input.observations.length === 0), {
    path: ['zeroReport'],
    message: 'either pupils, or the explicit zero report',
  })
  .refine(
    (input) =>
      new Set(input.observations.map((one) => one.pupilId)).size === input.observations.length,
    {
      path: ['observations'],
      message: 'each pupil once',
    },
  )
  .openapi('MonthlyReportInput');

export type MonthlyReportInput = z.infer<typeof monthlyReportInputSchema>;

export const monthlyReportSentSchema = z
  .object({
    id: z.uuid(),
    month: monthSchema,
    submittedAt: z.iso.datetime(),
    late: z.boolean(),
    emergency: z.boolean(),
    next: z.enum(['emergency', 'thanks']),
    observationIds: z.array(z.uuid()),
    emergencyIds: z
      .array(z.uuid())
      .openapi({ description: 'Those whose answer the child waits for' }),
  })
  .openapi('MonthlyReportSent');

export const ownReportsSchema = z
  .object({
    seat: z.object({ classId: z.number().int(), className: z.string(), seat: z.enum(seats) }),
    months: z.array(
      z.object({
        month: monthSchema,
        dueOn: z.iso.date(),
        state: z.enum(['due', 'late', 'submitted']),
        submittedAt: z.iso.datetime().nullable(),
      }),
    ),
    recent: z
      .array(
        z.object({
          id: z.uuid(),
          submittedAt: z.iso.datetime(),
          answered: z.boolean(),
          emergency: z.boolean(),
        }),
      )
      .openapi({
        description: 'Observations of the last 48 hours, and whether an adult answered',
      }),
  })
  .openapi('OwnReports');

export const arrivalsSchema = z
  .object({
    month: monthSchema,
    dueOn: z.iso.date(),
    items: z.array(
      z.object({
        class: z.object({ id: z.number().int(), name: z.string() }),
        seats: z.number().int(),
        arrived: z.number().int(),
        late: z.number().int(),
      }),
    ),
  })
  .openapi('Arrivals', {
    description: 'Whether the reports of each class arrived; not whose, not when, not what',
  });

export const ownReportSchema = z
  .object({
    id: z.uuid(),
    month: monthSchema,
    submittedAt: z.iso.datetime(),
    zeroReport: z.boolean(),
    kindness: z.string().nullable(),
    observations: z.number().int(),
  })
  .openapi('OwnReport');
