import { z } from '@hono/zod-openapi';

const password = z.string().min(1).max(200);
const code = z.string().trim().min(1).max(60).openapi({
  description: 'Six digits of the app, or a recovery code; each is taken once',
});

export const codeInputSchema = z.strictObject({ code }).openapi('CodeInput');

export const ownProofSchema = z
  .strictObject({
    password,
    code: code.optional().openapi({ description: 'From whoever has a second factor' }),
  })
  .openapi('OwnProof');

export const setUpInputSchema = z
  .strictObject({
    password: password.optional().openapi({ description: 'Not asked for right after sign-in' }),
    code: code.optional().openapi({ description: 'When one is in use already' }),
  })
  .openapi('SecondFactorSetUp');

export const secondFactorSchema = z
  .object({
    onSince: z.iso.datetime().nullable(),
    recoveryCodesLeft: z.number().int(),
    required: z.boolean().openapi({ description: 'A role that I hold must not be without it' }),
    offered: z.boolean().openapi({ description: 'For staff' }),
  })
  .openapi('SecondFactor');

export const newSecretSchema = z
  .object({
    secret: z.string().openapi({ description: 'Base32, for typing; given this once' }),
    uri: z.string().openapi({ description: 'otpauth://, for the square code' }),
  })
  .openapi('NewSecret');

export const recoveryCodesSchema = z
  .object({ recoveryCodes: z.array(z.string()) })
  .openapi('RecoveryCodes');
