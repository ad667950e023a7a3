import { expect, test } from 'vitest';
import { loadFactorWords } from '#lib/factor/words/index.ts';
import type { Locale } from '#lib/locale.ts';
import { loadOfficeWords, loadWords } from './index.ts';

function leaves(value: unknown, path: string): [path: string, leaf: unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, entry]) => leaves(entry, `${path}.${key}`));
}

const wordsOf = async (locale: Locale) =>
  leaves(
    {
      all: await loadWords(locale),
      office: await loadOfficeWords(locale),
      factor: await loadFactorWords(locale),
    },
    '',
  );
const chinese = await wordsOf('zh-CN');
const english = await wordsOf('en');

test('both languages say the same things', () => {
  expect(english.map(([path]) => path).sort()).toEqual(chinese.map(([path]) => path).sort());
});

test('a sentence takes as many values in English as in Chinese', () => {
  const takes = (entries: typeof chinese) =>
    Object.fromEntries(
      entries.map(([path, leaf]) => [path, typeof leaf === 'function' ? leaf.length : 0]),
    );
  expect(takes(english)).toEqual(takes(chinese));
});

test('no sentence is empty, and no Chinese is left in the English', () => {
  for (const [path, leaf] of [...chinese, ...english]) {
    if (typeof leaf === 'string') expect(leaf.trim(), path).not.toBe('');
  }
  for (const [path, leaf] of english) {
    if (typeof leaf === 'string') expect(leaf, path).not.toMatch(/\p{Script=Han}/u);
  }
});

test('nobody is called a problem, a patient or a case of risk', () => {
  for (const [path, leaf] of chinese) {
    if (typeof leaf === 'string') expect(leaf, path).not.toMatch(/问题学生|患者|高危|心理疾病/);
  }
});
