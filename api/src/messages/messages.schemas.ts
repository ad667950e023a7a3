import { z } from '@hono/zod-openapi';
import { channelConfigSchema, channelFaultCodes, channelKinds } from '../channels/channel.ts';

export const channelSchema = z
  .object({
    id: z.uuid(),
    kind: z.enum(channelKinds),
    name: z.string(),
    enabled: z.boolean(),
    reaches: z
      .string()
      .openapi({ description: 'The host it goes to; secrets are never answered again' }),
    lastOkAt: z.iso.datetime().nullable(),
    lastFault: z.enum(channelFaultCodes).nullable(),
    lastFaultAt: z.iso.datetime().nullable(),
    failed: z
      .number()
      .int()
      .openapi({ description: 'Messages that could not be sent, of the last week' }),
    version: z.number().int(),
  })
  .openapi('Channel');

export const channelListSchema = z.object({ items: z.array(channelSchema) }).openapi('ChannelList');

export const channelInputSchema = z
  .strictObject({ name: z.string().trim().min(1).max(60), config: channelConfigSchema })
  .openapi('ChannelInput');
export type ChannelInput = z.infer<typeof channelInputSchema>;

export const channelChangeSchema = z
  .strictObject({ name: z.string().trim().min(1).max(60), enabled: z.boolean() })
  .openapi('ChannelChange');
export type ChannelChange = z.infer<typeof channelChangeSchema>;

export const channelTestInputSchema = z
  .strictObject({
    to: z.string().trim().min(3).max(254).nullable().openapi({
      description: 'An e-mail address or a telephone number; null for groups and webhooks',
    }),
  })
  .openapi('ChannelTestInput');

export const channelTestSchema = z
  .object({
    state: z.enum(['sent', 'delivered', 'failed']),
    fault: z.enum(channelFaultCodes).nullable(),
  })
  .openapi('ChannelTest');

const contactPointSchema = z
  .object({
    id: z.uuid(),
    kind: z.enum(['email', 'phone']),
    address: z.string(),
    provenAt: z.iso.datetime().nullable(),
  })
  .openapi('ContactPoint');

export const contactPointListSchema = z
  .object({ items: z.array(contactPointSchema) })
  .openapi('ContactPointList');

export const contactPointInputSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('email'), address: z.email().max(254) }),
    z.strictObject({
      kind: z.literal('phone'),
      address: z
        .string()
        .trim()
        .regex(/^\+?\d[\d -]{2,30}$/),
    }),
  ])
  .openapi('ContactPointInput');
export type ContactPointInput = z.infer<typeof contactPointInputSchema>;

export const contactPointSetSchema = z
  .object({
    id: z.uuid(),
    codeSent: z.boolean().openapi({ description: 'Whether a code is on its way' }),
  })
  .openapi('ContactPointSet');

export const proofInputSchema = z
  .strictObject({ code: z.string().regex(/^\d{6}$/) })
  .openapi('ProofInput');

export const readinessSchema = z
  .object({
    redList: z.array(z.object({ name: z.string(), reachable: z.boolean(), proven: z.boolean() })),
    ringingChannels: z.number().int(),
    outsideContacts: z.number().int(),
    mayRing: z.boolean().openapi({
      description: 'Three on the red list, each proven, a channel that rings and somebody outside',
    }),
  })
  .openapi('Readiness');
