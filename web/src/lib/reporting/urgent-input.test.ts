import { expect, test } from 'vitest';
import { urgentInput } from './urgent-input.ts';

test('an alert sent in ten seconds claims nothing that was not asked', () => {
  expect(urgentInput('p', ['SUI01'], '2026-11-24')).toMatchObject({
    veryWorried: true,
    knownBy: 'told_by_others',
    sinceWhen: 'unknown',
    howOften: 'unknown',
    aboutWhom: 'unknown',
    words: '',
  });
});
