import { z } from '@hono/zod-openapi';
import { stepUpPurposes } from '../db/context.ts';
import { roles, seats } from '@shaodian/rules';

export const credentialsSchema = z
  .strictObject({
    school: z.string().min(1).max(32),
    account: z.string().trim().min(1).max(64),
    password: z.string().min(1).max(200),
  })
  .openapi('Credentials');

export const signedInSchema = z
  .object({
    signedIn: z.boolean(),
    needs: z.enum(['code', 'enrolment']).optional().openapi({
      description: 'What the session still waits for; until then it reaches nothing else',
    }),
  })
  .openapi('SignedIn');

export const stepUpInputSchema = z
  .strictObject({
    password: z.string().min(1).max(200),
    code: z.string().trim().min(1).max(60).optional().openapi({
      description: 'From whoever has a second factor: a code of the app, or a recovery code',
    }),
    purpose: z.enum(stepUpPurposes),
  })
  .openapi('StepUpInput');

export const steppedUpSchema = z
  .object({ until: z.iso.datetime(), purpose: z.enum(stepUpPurposes) })
  .openapi('SteppedUp');

export const passwordChangeSchema = z
  .strictObject({
    password: z.string().min(1).max(200),
    newPassword: z.string().min(10).max(200),
  })
  .openapi('PasswordChange');

export const sessionSchema = z
  .object({
    account: z.string(),
    person: z.object({ id: z.uuid(), name: z.string() }),
    school: z.object({
      id: z.number().int(),
      code: z.string(),
      name: z.string(),
      timeZone: z.string(),
      dutyPhone: z.string().nullable(),
    }),
    roles: z.array(
      z.object({
        role: z.enum(roles),
        scope: z.object({
          kind: z.enum(['school', 'grade', 'class', 'self']),
          id: z.number().int().nullable(),
          name: z.string().nullable(),
        }),
        until: z.iso.datetime().nullable(),
      }),
    ),
    seat: z
      .object({ classId: z.number().int(), className: z.string(), seat: z.enum(seats) })
      .nullable(),
    steppedUp: steppedUpSchema.nullable(),
    secondFactor: z
      .boolean()
      .openapi({ description: 'Giving the password again takes a code too' }),
    demo: z.boolean(),
    expiresAt: z.iso.datetime(),
    today: z.iso.date().openapi({ description: 'The date at the school, in domain time' }),
  })
  .openapi('Session');

export const sessionListSchema = z
  .object({
    items: z.array(
      z.object({
        id: z.uuid(),
        device: z.string(),
        createdAt: z.iso.datetime(),
        lastSeenAt: z.iso.datetime(),
        current: z.boolean(),
      }),
    ),
  })
  .openapi('SessionList');
