import { z } from '@hono/zod-openapi';
import { assessmentOutcomes, contactWays, guardianWays } from '@shaodian/rules';

const note = z.string().max(300).default('').openapi({ description: 'Stored encrypted' });

export const stepInputSchema = z
  .discriminatedUnion('step', [
    z.strictObject({ step: z.literal('contact'), way: z.enum(contactWays), note }),
    z.strictObject({ step: z.literal('assessment'), way: z.enum(assessmentOutcomes), note }),
    z.strictObject({ step: z.literal('guardian'), way: z.enum(guardianWays), note }),
    z.strictObject({ step: z.literal('team'), note }),
    z.strictObject({ step: z.literal('see_evidence') }),
  ])
  .openapi('AlertStepInput');

export type StepInput = z.infer<typeof stepInputSchema>;

export const reportInputSchema = z
  .strictObject({
    receipt: z
      .string()
      .trim()
      .min(1)
      .max(120)
      .openapi({ description: 'What the police gave for it; stored encrypted' }),
  })
  .openapi('MandatoryReportInput');

export type ReportInput = z.infer<typeof reportInputSchema>;
