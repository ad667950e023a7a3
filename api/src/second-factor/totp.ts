import { Secret, TOTP } from 'otpauth';

/** What every authenticator app understands: RFC 6238 with SHA-1, six digits, half a minute. */
const form = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
const secretBytes = 20;

const totpOf = (secret: Uint8Array, label = '') =>
  new TOTP({
    ...form,
    issuer: 'Shaodian',
    label,
    secret: new Secret({ buffer: new Uint8Array(secret).buffer }),
  });

export const newSecret = (): Uint8Array => new Uint8Array(new Secret({ size: secretBytes }).buffer);

/** The secret as it is typed into an app: base32 in capital letters. */
export const typedSecret = (secret: Uint8Array): string => totpOf(secret).secret.base32;

/** What the square code says to an app. */
export const appUri = (secret: Uint8Array, label: string): string =>
  totpOf(secret, label).toString();

/**
 * The half-minute whose code this is: the one of now or a neighbour, for telephones whose clock is a little off; else null.
 * @param atMs real time, never that of the demo
 */
export function findStep(secret: Uint8Array, code: string, atMs: number): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const delta = totpOf(secret).validate({ token: code, timestamp: atMs, window: 1 });
  return delta === null ? null : Math.floor(atMs / 1000 / form.period) + delta;
}
