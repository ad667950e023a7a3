import { randomBytes } from 'node:crypto';
import { sha256 } from '../http/session.ts';

// Crockford's base 32: no letter that is taken for a digit.
const letters = '0123456789abcdefghjkmnpqrstvwxyz';
const groups = 6;
const lettersInGroup = 4;

/** Ten codes of 120 random bits. So many bits need no slow hash (ASVS 6.5.2 asks for 112). */
export const newRecoveryCodes = (): string[] => Array.from({ length: 10 }, newRecoveryCode);

function newRecoveryCode(): string {
  const drawn = [...randomBytes(groups * lettersInGroup)].map((byte) => letters[byte % 32]);
  return Array.from({ length: groups }, (_, at) =>
    drawn.slice(at * lettersInGroup, (at + 1) * lettersInGroup).join(''),
  ).join('-');
}

/** The hash under which a code is kept, however it was typed: without its dashes, in capitals, with o for 0; null for no such code. */
export function recoveryCodeHash(typed: string): Buffer | null {
  const code = typed
    .toLowerCase()
    .replaceAll(/[\s-]/g, '')
    .replaceAll('o', '0')
    .replaceAll(/[il]/g, '1');
  return new RegExp(`^[${letters}]{${groups * lettersInGroup}}$`).test(code)
    ? sha256(`recovery-code/${code}`)
    : null;
}
