import { z } from 'zod';
import { ChannelFault } from './channel.ts';
import type { ConfigOf, OutgoingMessage, SendOptions, Sent } from './channel.ts';
import { postJson, refuseFaulty } from './post-json.ts';
import { signedHeaders } from './standard-webhooks.ts';

const gatewayAnswer = z.looseObject({
  accepted: z.literal(true),
  delivered: z.boolean().optional(),
  reference: z.string().max(120).optional(),
});

/** A gateway that rings: a text message or a call. It says that it took the message, and perhaps that it arrived. */
export async function ring(
  config: ConfigOf<'ringing'>,
  message: OutgoingMessage,
  options: SendOptions,
): Promise<Sent> {
  const text = [message.title, message.text, message.link].filter(Boolean).join(' ');
  const body = JSON.stringify({ id: message.id, to: message.to, mode: config.mode, text });
  const headers = signedHeaders(config.secret, message.id, body, options.now());
  const answer = await postJson(config.url, body, headers, options);
  refuseFaulty(answer);
  const taken = gatewayAnswer.safeParse(answer.body);
  if (!taken.success) throw new ChannelFault('bad-answer');
  const { delivered, reference } = taken.data;
  return { state: delivered ? 'delivered' : 'sent', reference: reference ?? null };
}

/** Standard Webhooks: what happened, as a type and ids. */
export async function callWebhook(
  config: ConfigOf<'webhook'>,
  message: OutgoingMessage,
  options: SendOptions,
): Promise<Sent> {
  const body = JSON.stringify(
    message.event ?? { type: 'test', timestamp: options.now().toISOString(), data: {} },
  );
  const headers = signedHeaders(config.secret, message.id, body, options.now());
  refuseFaulty(await postJson(config.url, body, headers, options));
  return { state: 'delivered', reference: null };
}
