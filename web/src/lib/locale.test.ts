import { expect, test } from 'vitest';
import { preferredLocale } from './locale.ts';

test('a reader gets the first language of theirs that we speak, Chinese without one', () => {
  expect(preferredLocale('en-GB,zh-CN;q=0.8')).toBe('en');
  expect(preferredLocale('fr,zh-Hans;q=0.7,en;q=0.9')).toBe('en');
  expect(preferredLocale('zh-TW,en;q=0.9')).toBe('zh-CN');
  expect(preferredLocale('en;q=0,fr')).toBe('zh-CN');
  expect(preferredLocale(null)).toBe('zh-CN');
});
