import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { ChannelFault } from './channel.ts';
import type { ChannelFaultCode, ConfigOf, OutgoingMessage, SendOptions, Sent } from './channel.ts';
import { postJson, refuseFaulty } from './post-json.ts';

/** One sentence and the link; a group reads it. */
const wordsOf = ({ title, text, link }: OutgoingMessage): string =>
  [title, text, link].filter(Boolean).join('\n');

const sent: Sent = { state: 'sent', reference: null };

/** The bots answer 200 and put the error into the body; nothing else than zero is a success. */
function refuseCode(code: unknown, known: Readonly<Record<number, ChannelFaultCode>>): void {
  if (code === 0) return;
  if (typeof code !== 'number') throw new ChannelFault('bad-answer');
  throw new ChannelFault(known[code] ?? 'rejected');
}

const wecomFaults = {
  45009: 'throttled',
  45033: 'throttled',
  93000: 'misconfigured',
  93008: 'misconfigured',
  93017: 'misconfigured',
  [-1]: 'server-error',
} as const;

/** WeCom group bot. The key in the address is the secret; 20 messages a minute. */
export async function sendToWecom(
  config: ConfigOf<'wecom'>,
  message: OutgoingMessage,
  options: SendOptions,
): Promise<Sent> {
  const body = JSON.stringify({ msgtype: 'text', text: { content: wordsOf(message) } });
  const answer = await postJson(config.url, body, {}, options);
  refuseFaulty(answer);
  refuseCode(
    z.looseObject({ errcode: z.number() }).safeParse(answer.body).data?.errcode,
    wecomFaults,
  );
  return sent;
}

const dingtalkFaults = {
  130101: 'throttled',
  130102: 'throttled',
  410100: 'throttled',
  90018: 'throttled',
  90030: 'throttled',
  300001: 'misconfigured',
  310000: 'misconfigured',
  400013: 'misconfigured',
  400014: 'misconfigured',
  400101: 'misconfigured',
  [-1]: 'server-error',
} as const;

/** DingTalk group bot: the signature is in the query, of milliseconds; 20 messages a minute. */
export async function sendToDingtalk(
  config: ConfigOf<'dingtalk'>,
  message: OutgoingMessage,
  options: SendOptions,
): Promise<Sent> {
  const timestamp = String(options.now().getTime());
  const sign = createHmac('sha256', config.secret)
    .update(`${timestamp}\n${config.secret}`)
    .digest('base64');
  const url = new URL(config.url);
  url.searchParams.set('timestamp', timestamp);
  url.searchParams.set('sign', sign);
  const body = JSON.stringify({ msgtype: 'text', text: { content: wordsOf(message) } });
  const answer = await postJson(url.href, body, {}, options);
  refuseFaulty(answer);
  refuseCode(
    z.looseObject({ errcode: z.number() }).safeParse(answer.body).data?.errcode,
    dingtalkFaults,
  );
  return sent;
}

const feishuFaults = {
  9499: 'throttled',
  11232: 'throttled',
  11233: 'throttled',
  19001: 'misconfigured',
  19021: 'misconfigured',
  19022: 'misconfigured',
  19024: 'misconfigured',
  2200: 'server-error',
} as const;

/** Feishu group bot: the signature is in the body, of seconds; 100 messages a minute. */
export async function sendToFeishu(
  config: ConfigOf<'feishu'>,
  message: OutgoingMessage,
  options: SendOptions,
): Promise<Sent> {
  const timestamp = String(Math.floor(options.now().getTime() / 1_000));
  const sign = createHmac('sha256', `${timestamp}\n${config.secret}`).update('').digest('base64');
  const content = { text: wordsOf(message) };
  const body = JSON.stringify({ timestamp, sign, msg_type: 'text', content });
  const answer = await postJson(config.url, body, {}, options);
  // A throttled one can come as 400 with the code in the body.
  const code = z.looseObject({ code: z.number() }).safeParse(answer.body).data?.code;
  if (code !== undefined && code !== 0) refuseCode(code, feishuFaults);
  refuseFaulty(answer);
  refuseCode(code, feishuFaults);
  return sent;
}
