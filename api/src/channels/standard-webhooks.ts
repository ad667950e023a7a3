import { createHmac, timingSafeEqual } from 'node:crypto';

/** The bytes of a secret as it is written: `whsec_` and base64, or plain text. */
const keyOf = (secret: string): Buffer =>
  secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret, 'utf8');

const signatureOf = (secret: string, id: string, seconds: string, body: string): Buffer =>
  createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${body}`).digest();

/** Headers of the Standard Webhooks specification. @param at real time */
export function signedHeaders(
  secret: string,
  id: string,
  body: string,
  at: Date,
): Record<string, string> {
  const seconds = String(Math.floor(at.getTime() / 1_000));
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${signatureOf(secret, id, seconds, body).toString('base64')}`,
  };
}

const toleranceSeconds = 300;

export interface SignedRequest {
  readonly id: string;
  readonly timestamp: string;
  /** Several, parted by spaces, while a secret is exchanged. */
  readonly signature: string;
  readonly body: string;
}

/** Whether a request was signed with the secret, and within five minutes of now. */
export function isSigned(secret: string, request: SignedRequest, now: Date): boolean {
  if (!/^\d{1,12}$/.test(request.timestamp)) return false;
  const apart = Math.abs(now.getTime() / 1_000 - Number(request.timestamp));
  if (apart > toleranceSeconds) return false;
  const expected = signatureOf(secret, request.id, request.timestamp, request.body);
  return request.signature
    .split(' ')
    .filter((one) => one.startsWith('v1,'))
    .map((one) => Buffer.from(one.slice(3), 'base64'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}
