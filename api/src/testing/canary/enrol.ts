import { codeNow } from '../authenticator.ts';
import type { Canaries } from './canaries.ts';
import type { Visitor } from './visitor.ts';

const typed = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** What an app on a telephone holds, as bytes (RFC 4648). */
function bytesOf(secret: string): Buffer {
  const bits = [...secret.replaceAll(/[^A-Z2-7]/gi, '').toUpperCase()]
    .map((letter) => typed.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

/** Sets up a second factor; its secret and its recovery codes are searched for from then on. */
export async function enrol(who: Visitor, canaries: Canaries, proof: object): Promise<void> {
  const { secret } = await who.post<{ secret: string }>('/account/second-factor', proof);
  const compact = secret.replaceAll(/\s/g, '');
  canaries.secretText(`second factor of ${who.name}, ${compact.slice(0, 4)}`, compact);
  canaries.secretBytes(
    `second factor of ${who.name} as bytes, ${compact.slice(0, 4)}`,
    bytesOf(secret),
  );
  const confirmed = await who.post<{ recoveryCodes: string[] }>(
    '/account/second-factor/confirmation',
    { code: codeNow(compact) },
  );
  keepCodes(who, canaries, confirmed.recoveryCodes);
}

/** Recovery codes of somebody, to be given one by one and to be searched for. */
export function keepCodes(who: Visitor, canaries: Canaries, codes: readonly string[]): void {
  who.codes = [...codes];
  for (const code of codes) {
    canaries.secretText(`recovery code of ${who.name}, ${code.slice(0, 4)}`, code);
    canaries.secretText(
      `recovery code of ${who.name} without dashes, ${code.slice(0, 4)}`,
      code.replaceAll('-', ''),
    );
  }
}
