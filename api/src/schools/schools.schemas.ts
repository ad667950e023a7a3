import { z } from '@hono/zod-openapi';

const person = z.strictObject({
  name: z.string().trim().min(1).max(60),
  account: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^[a-z0-9][a-z0-9._-]{1,63}$/, 'letters, digits, dot, dash; 2 to 64'),
  password: z.string().min(10).max(200).openapi({ description: 'At least 10 characters' }),
});

export const setUpInputSchema = z
  .strictObject({
    school: z.strictObject({
      code: z.string().regex(/^[a-z][a-z0-9-]{1,31}$/, 'lower-case letters, digits and dashes'),
      name: z.string().trim().min(1).max(80),
    }),
    administrator: person,
    lead: person.openapi({
      description: 'The lead counsellor: holds alerts until a duty roster is made',
    }),
  })
  .refine((input) => input.administrator.account !== input.lead.account, {
    path: ['lead', 'account'],
    message: 'two people need two accounts',
  })
  .openapi('SetUpInput');

export type SetUpInput = z.infer<typeof setUpInputSchema>;
