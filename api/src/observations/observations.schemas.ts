import { z } from '@hono/zod-openapi';
import { whySchema } from '../access/why.schemas.ts';
import { idInput } from '../http/id.ts';
import {
  aboutWhomValues,
  askingCodes,
  howOftenValues,
  indicatorCodes,
  knownByValues,
  sinceWhenValues,
} from '@shaodian/rules';

/** Signs about one pupil at one time, as a form sends them. */
export const observationInputSchema = z
  .strictObject({
    pupilId: idInput,
    indicators: z.array(z.enum(indicatorCodes)).max(12),
    conditionsMet: z
      .array(z.enum(askingCodes))
      .max(askingCodes.length)
      .optional()
      .openapi({ description: 'Those of the signs whose further question was ticked' }),
    veryWorried: z
      .boolean()
      .openapi({ description: 'I am very worried; a teacher should know now' }),
    knownBy: z.enum(knownByValues),
    sinceWhen: z.enum(sinceWhenValues),
    howOften: z.enum(howOftenValues),
    aboutWhom: z.enum(aboutWhomValues).nullable(),
    words: z
      .string()
      .max(300)
      .openapi({ description: 'What was seen or heard; no guesses. Stored encrypted' }),
    observedOn: z.iso.date(),
  })
  .refine((input) => input.indicators.length > 0 || input.veryWorried, {
    path: ['indicators'],
    message: 'at least one sign, or veryWorried',
  })
  .refine((input) => new Set(input.indicators).size === input.indicators.length, {
    path: ['indicators'],
    message: 'each sign once',
  })
  .refine((input) => (input.conditionsMet ?? []).every((code) => input.indicators.includes(code)), {
    path: ['conditionsMet'],
    message: 'only of signs that are chosen',
  })
  .openapi('ObservationInput');

export type ObservationInput = z.infer<typeof observationInputSchema>;

export const observationSentSchema = z
  .object({
    id: z.uuid(),
    submittedAt: z.iso.datetime(),
    emergency: z.boolean(),
    next: z.enum(['emergency', 'thanks']),
  })
  .openapi('ObservationSent');

export const answeredSchema = z
  .object({ answered: z.boolean(), answeredAt: z.iso.datetime().nullable() })
  .openapi('Answered', { description: 'Whether an adult answered; never what they did' });

export const reporterReasonSchema = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .min(10)
      .max(500)
      .openapi({ description: 'Why this must be known; kept, encrypted' }),
  })
  .openapi('ReporterReason');

export const reporterSchema = z
  .object({
    reporter: z
      .object({ id: z.uuid(), name: z.string(), className: z.string().nullable() })
      .nullable()
      .openapi({
        description: 'null when the reporter, or the pupil it is about, has been erased',
      }),
  })
  .openapi('Reporter');

export const observationListSchema = z
  .object({
    why: whySchema,
    items: z.array(
      z.object({
        id: z.uuid(),
        week: z.iso.date(),
        source: z.enum([
          'someone_at_school',
          'staff',
          'counsellor',
          'pupil',
          'guardian',
          'screening',
        ]),
        indicators: z.array(z.enum(indicatorCodes)),
        conditionsMet: z.array(z.enum(askingCodes)),
        observedOn: z.iso.date().nullable(),
        knownBy: z.enum(knownByValues).nullable(),
        aboutWhom: z.enum(aboutWhomValues).nullable(),
        words: z.string().nullable(),
        own: z.boolean(),
      }),
    ),
  })
  .openapi('ObservationList');
