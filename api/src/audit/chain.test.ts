import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entryText, macMaker } from './chain.ts';

test('the MAC is the HMAC-SHA256 of the platform, whatever the key and however long the entry', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 64 }),
      fc.array(fc.string({ unit: 'binary', maxLength: 6_000 }), { minLength: 1, maxLength: 4 }),
      (key, texts) => {
        const macOf = macMaker(key);
        // One maker for all, long before short: nothing of an earlier entry may stay behind.
        for (const text of texts.toSorted((a, b) => b.length - a.length))
          expect(macOf('aa', text)).toBe(
            createHmac('sha256', key).update(`aa\u001f${text}`).digest('hex'),
          );
      },
    ),
  );
});

test('no two entries have the same text: fields do not run into one another', () => {
  const field = fc.constantFrom('', 'a', 'b', 'ab', ',', 'a,b');
  const entry = fc.record({
    schoolId: fc.integer({ min: 1, max: 12 }),
    seq: fc.integer({ min: 1, max: 112 }),
    atUs: field,
    person: field,
    mark: field,
    action: field,
    kind: field,
    area: field,
    code: field,
    why: field,
    purpose: field,
    resource: field,
    subjects: field,
  });
  fc.assert(
    fc.property(entry, entry, (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other);
      expect(entryText(one) === entryText(other)).toBe(same);
    }),
  );
});
