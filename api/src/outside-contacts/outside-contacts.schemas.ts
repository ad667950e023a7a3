import { z } from '@hono/zod-openapi';

const contact = {
  name: z.string().trim().min(1).max(60),
  phone: z
    .string()
    .trim()
    .regex(/^[+\d][\d -]{2,31}$/)
    .nullable(),
  email: z.email().max(254).nullable(),
};

export const outsideContactInputSchema = z
  .strictObject(contact)
  .refine(({ phone, email }) => phone !== null || email !== null, {
    path: ['phone'],
    message: 'a phone or an e-mail address',
  })
  .openapi('OutsideContactInput');

export type OutsideContactInput = z.infer<typeof outsideContactInputSchema>;

export const outsideContactListSchema = z
  .object({
    items: z.array(z.object({ id: z.uuid(), ...contact })).openapi({
      description: 'In the order in which they are told; those that were ended are left out',
    }),
    mayChange: z.boolean(),
  })
  .openapi('OutsideContactList');
