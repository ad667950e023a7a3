import fc from 'fast-check';
import { generateSync } from 'otplib';
import { describe, expect, test } from 'vitest';
import { codeAt } from '../testing/authenticator.ts';
import { newRecoveryCodes, recoveryCodeHash } from './recovery-codes.ts';
import { appUri, findStep, newSecret, typedSecret } from './totp.ts';

describe('a code', () => {
  // RFC 6238, appendix B, SHA-1. Its codes have eight digits; of six, they are the last.
  test.each([
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ])('at second %i is that of the standard', (second, eight) => {
    const secret = Buffer.from('12345678901234567890');
    expect(findStep(secret, eight.slice(2), second * 1000)).toBe(Math.floor(second / 30));
    expect(findStep(secret, eight, second * 1000)).toBeNull();
  });

  // Neighbours, for clocks that are a little off; nothing further.
  test.each([
    [-2, null],
    [-1, -1],
    [0, 0],
    [1, 1],
    [2, null],
  ])('of %i half-minutes from now is taken as %s', (steps, taken) => {
    const secret = new Uint8Array(Buffer.from('window-window-window'));
    for (const at of [1_700_000_010_000, 1_700_000_039_999]) {
      const now = Math.floor(at / 30_000);
      const found = findStep(secret, codeAt(typedSecret(secret), at, steps), at);
      expect(found).toBe(taken === null ? null : now + taken);
    }
  });

  test('is the one that another program shows, for any secret at any time', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 20, maxLength: 20 }),
        fc.integer({ min: 0, max: 4_000_000_000 }),
        (secret, second) => {
          const shown = generateSync({ secret: typedSecret(secret), epoch: second });
          expect(findStep(secret, shown, second * 1000)).not.toBeNull();
        },
      ),
    );
  });

  test('is six digits and nothing else', () => {
    const secret = newSecret();
    const at = Date.now();
    const code = codeAt(typedSecret(secret), at);
    for (const other of ['', ` ${code}`, `${code}0`, code.slice(1), `-${code.slice(1)}`, 'abcdef'])
      expect(findStep(secret, other, at)).toBeNull();
  });
});

test('a secret has 160 random bits, and an app reads it from the address', () => {
  const [one, other] = [newSecret(), newSecret()];
  expect([one.length, typedSecret(one).length]).toEqual([20, 32]);
  expect(one).not.toEqual(other);
  const uri = new URL(appUri(one, 'xinli@jiangpan'));
  expect(uri.protocol + uri.host).toBe('otpauth:totp');
  expect(decodeURIComponent(uri.pathname)).toBe('/Shaodian:xinli@jiangpan');
  expect(Object.fromEntries(uri.searchParams)).toEqual({
    issuer: 'Shaodian',
    secret: typedSecret(one),
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  });
});

describe('recovery codes', () => {
  test('are ten, all different, of 120 bits, and known again however they are typed', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) {
      expect(code).toMatch(/^([0-9abcdefghjkmnpqrstvwxyz]{4}-){5}[0-9abcdefghjkmnpqrstvwxyz]{4}$/);
      const hash = recoveryCodeHash(code);
      const typed = [
        code.toUpperCase(),
        code.replaceAll('-', ' '),
        code.replaceAll('-', ''),
        code.replaceAll('0', 'O').replaceAll('1', 'l'),
      ];
      for (const form of typed) expect(recoveryCodeHash(form)).toEqual(hash);
      expect(hash?.toString('latin1')).not.toContain(code.slice(0, 4));
    }
  });

  test.each(['', '123456', 'abcd-efgh', 'u'.repeat(24), `${'a'.repeat(24)}b`])(
    'are not “%s”',
    (typed) => expect(recoveryCodeHash(typed)).toBeNull(),
  );
});
