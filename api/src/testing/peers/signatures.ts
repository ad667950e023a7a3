import { Webhook } from 'standardwebhooks';

/** HMAC-SHA256 by WebCrypto, in base64: not the code that is tested. */
async function hmacBase64(key: string, text: string): Promise<string> {
  const encoder = new TextEncoder();
  const imported = await globalThis.crypto.subtle.importKey(
    'raw',
    encoder.encode(key),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const mac = await globalThis.crypto.subtle.sign('HMAC', imported, encoder.encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(mac)));
}

const freshMs = 3_600_000;

/** As DingTalk documents it: within an hour, milliseconds, in the query. */
export async function isSignedForDingtalk(
  query: URLSearchParams,
  secret: string,
): Promise<boolean> {
  const timestamp = query.get('timestamp') ?? '';
  if (!/^\d{13}$/.test(timestamp) || Math.abs(Date.now() - Number(timestamp)) > freshMs)
    return false;
  return query.get('sign') === (await hmacBase64(secret, `${timestamp}\n${secret}`));
}

/** As Feishu documents it: within an hour, seconds, in the body; the text is the key and nothing is signed. */
export async function isSignedForFeishu(body: unknown, secret: string): Promise<boolean> {
  const { timestamp, sign } = body as { timestamp?: string; sign?: string };
  if (!timestamp || !/^\d{10}$/.test(timestamp)) return false;
  if (Math.abs(Date.now() - Number(timestamp) * 1_000) > freshMs) return false;
  return sign === (await hmacBase64(`${timestamp}\n${secret}`, ''));
}

/** With the package of those who wrote the specification. */
export function isStandardWebhook(
  headers: Record<string, string>,
  body: string,
  secret: string,
): boolean {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}
