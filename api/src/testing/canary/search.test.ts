import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Canaries } from './canaries.ts';
import { commonHan, formsOfBytes, formsOfText } from './forms.ts';
import { compile } from './search.ts';

/** Ways in which a program writes a text, each by a writer that is none of ours where there is one. */
const writers: Readonly<Record<string, (text: string) => Uint8Array>> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-16, little end first': (text) => Buffer.from(text, 'utf16le'),
  'UTF-16, big end first': (text) => Buffer.from(text, 'utf16le').swap16(),
  'an address': (text) => Buffer.from(encodeURIComponent(text)),
  'an address in small letters': (text) =>
    Buffer.from(encodeURIComponent(text).replaceAll(/%../g, (one) => one.toLowerCase())),
  'a form': (text) => Buffer.from(new URLSearchParams({ q: text }).toString()),
  'a path': (text) => Buffer.from(new URL(`http://x/${text}`).href),
  JSON: (text) => Buffer.from(JSON.stringify({ text })),
  'JSON in ASCII': (text) =>
    Buffer.from(
      JSON.stringify(text).replaceAll(
        /[^\x20-\x7e]/g,
        (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
      ),
    ),
  'hex, as PostgreSQL shows bytes': (text) =>
    Buffer.from(`\\x${Buffer.from(text).toString('hex')}`),
  base64: (text) => Buffer.from(Buffer.from(text).toString('base64')),
  base64url: (text) => Buffer.from(Buffer.from(text).toString('base64url')),
  HTML: (text) =>
    Buffer.from([...text].map((one) => (one > '~' ? `&#${one.codePointAt(0)};` : one)).join('')),
};

const around = fc.string({ maxLength: 40 });

describe('a canary is found', () => {
  test.each(Object.entries(writers))('in %s, whatever stands around it', (_name, write) => {
    fc.assert(
      fc.property(around, around, fc.uint8Array(), fc.uint8Array(), (before, after, head, tail) => {
        const canaries = new Canaries();
        const text = canaries.text('words', 'words');
        const find = compile(canaries.of('words'));
        const found = find(
          Buffer.concat([head, write(before.toWellFormed() + text + after.toWellFormed()), tail]),
        );
        expect(new Set(found.map((hit) => hit.needle))).toEqual(
          new Set(['words/words (latin)', 'words/words (han)']),
        );
      }),
      { numRuns: 100 },
    );
  });

  test('in GB18030, which only a decoder is at hand for', () => {
    const decoder = new TextDecoder('gb18030');
    for (let high = 0; high < 39; high += 1)
      for (let low = 0; low < 94; low += 7) {
        const text = [0, 1, 2, 3].map((step) => commonHan(high + step, low + step)).join('');
        const bytes = formsOfText(text).find((one) => one.name === 'gb18030')?.bytes;
        expect(decoder.decode(bytes)).toBe(text);
      }
  });

  test('when it is a key, in each text that is made of bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ maxLength: 9 }),
        (key, before) => {
          const find = compile([{ name: 'key', forms: formsOfBytes(Buffer.from(key)) }]);
          const whole = Buffer.concat([before, key, before]);
          for (const encoding of ['hex', 'base64', 'base64url'] as const)
            expect(find(Buffer.from(whole.toString(encoding)))).not.toEqual([]);
          expect(find(whole)).not.toEqual([]);
          expect(find(Buffer.from(whole.toString('hex').toUpperCase()))).not.toEqual([]);
        },
      ),
    );
  });
});

test('nothing is found in noise, nor half of a needle', () => {
  const canaries = new Canaries();
  const text = canaries.text('words', 'words');
  const find = compile(canaries.of('words'));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), (noise) => {
      expect(find(noise)).toEqual([]);
    }),
  );
  expect(find(Buffer.from(text.slice('canary'.length, 16)))).toEqual([]);
});
