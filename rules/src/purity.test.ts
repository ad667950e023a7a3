import { readFile, readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const sources = (await readdir(new URL('.', import.meta.url), { recursive: true })).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('testing'),
);

const forbidden = {
  'the clock':
    /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(\(\s*\)|[^(\w\s])|(?<!new\s+)\bDate\s*\(|\bperformance\b/,
  chance: /\bMath\s*\.\s*random\b|\bcrypto\b/,
  'the console': /\bconsole\b/,
  'the process': /\bprocess\b|\bglobalThis\b/,
  'a module of node': /['"]node:|\brequire\s*\(/,
  'the network': /\bfetch\s*\(/,
  'a timer': /\bset(Timeout|Interval|Immediate)\b/,
};

/** Every file but the one that picks a language, which loads the dictionary of that language and nothing else. */
const loader = 'words/load-rules-words.ts';

describe.each(sources)('%s', async (name) => {
  const text = await readFile(new URL(name, import.meta.url), 'utf8');

  it.each(Object.entries(forbidden))('does not touch %s', (_, pattern) => {
    expect(pattern.exec(text)?.[0]).toBe(undefined);
  });

  it('loads nothing while it runs, but for the words of one language', () => {
    const loaded = [...text.matchAll(/\bimport\s*\(([^)]*)\)/g)].map(([, what]) => what);
    expect(loaded).toEqual(name === loader ? ["'./zh-cn.ts'", "'./en.ts'"] : []);
  });

  it('imports only files of this package', () => {
    const imported = [...text.matchAll(/\bfrom\s+['"]([^'"]+)['"]/g)].map(([, from]) => from);
    expect(imported.filter((from) => !/^\.\.?\/[a-z./-]+\.ts$/.test(from ?? ''))).toEqual([]);
  });
});
