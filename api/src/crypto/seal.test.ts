import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UnsealError, seal, sealText, unseal, unsealText } from './seal.ts';
import type { NamedKey, Place } from './seal.ts';

const newKey = (id = 'k1'): NamedKey => ({ id, key: randomBytes(32) });
const place: Place = { table: 'alerts', column: 'note', row: 'a1', schoolId: 1 };
const key = newKey();

describe('a sealed value', () => {
  test('opens where it was sealed, whatever it holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (plain) => {
        expect(unseal(seal(plain, key, place), key, place)).toEqual(Buffer.from(plain));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        expect(unsealText(sealText(text, key, place), key, place)).toBe(text);
      }),
    );
  });

  test('does not open with a single bit changed anywhere', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(), fc.nat(7), (plain, at, bit) => {
        const sealed = seal(plain, key, place);
        const index = at % sealed.length;
        sealed[index] = (sealed[index] ?? 0) ^ (1 << bit);
        expect(() => unseal(sealed, key, place)).toThrow(UnsealError);
      }),
      { numRuns: 500 },
    );
  });

  test('does not open cut off or lengthened', () => {
    const sealed = sealText('他最近总是一个人', key, place);
    for (let length = 0; length < sealed.length; length += 1)
      expect(() => unseal(sealed.subarray(0, length), key, place)).toThrow(UnsealError);
    const longer = Buffer.concat([sealed, Buffer.of(0)]);
    expect(() => unseal(longer, key, place)).toThrow(UnsealError);
  });

  test.each<[string, Place]>([
    ['row', { ...place, row: 'a2' }],
    ['column', { ...place, column: 'words' }],
    ['table', { ...place, table: 'observation_details' }],
    ['school', { ...place, schoolId: 2 }],
    // The parts cannot be shifted into each other.
    ['split of its place', { ...place, table: 'alerts"', column: ',"note' }],
  ])('does not open in another %s', (_, elsewhere) => {
    expect(() => unseal(sealText('x', key, place), key, elsewhere)).toThrow(UnsealError);
  });

  test('does not open with another key, nor with the same bytes under another name', () => {
    const sealed = sealText('x', key, place);
    expect(() => unseal(sealed, newKey(), place)).toThrow(UnsealError);
    expect(() => unseal(sealed, { ...key, id: 'k2' }, place)).toThrow(UnsealError);
  });

  test('never repeats: the same words are sealed differently each time', () => {
    const sealed = Array.from({ length: 200 }, () => sealText('同样的话', key, place));
    expect(new Set(sealed.map((one) => one.toString('hex'))).size).toBe(200);
    expect(new Set(sealed.map((one) => one.subarray(1, 13).toString('hex'))).size).toBe(200);
    for (const one of sealed) expect(one.includes(Buffer.from('同样'))).toBe(false);
  });
});
