import { expect, test } from 'vitest';
import { emptyDraft, inputOf, missingIn, type Draft, type SignGroup } from './draft.ts';

const groups: SignGroup[] = [
  {
    domain: 'bullying',
    label: '',
    signs: [
      { code: 'BUL02', text: '', emergency: false, asksAboutWhom: true, condition: null },
      { code: 'MOO01', text: '', emergency: false, asksAboutWhom: false, condition: null },
    ],
  },
];
const answered: Draft = {
  ...emptyDraft('2026-11-24'),
  pupilId: 'p',
  indicators: ['MOO01'],
  knownBy: 'seen',
  sinceWhen: 'today',
  howOften: 'once',
};

test('nothing but the date is answered beforehand', () => {
  expect(missingIn(emptyDraft('2026-11-24'), groups)).toEqual([
    'pupilId',
    'knownBy',
    'sinceWhen',
    'howOften',
    'indicators',
  ]);
});

test('about whom is asked for exactly when a chosen sign asks for it', () => {
  expect(missingIn(answered, groups)).toEqual([]);
  expect(missingIn({ ...answered, indicators: ['BUL02'] }, groups)).toEqual(['aboutWhom']);
});

test('being very worried needs no sign', () => {
  expect(missingIn({ ...answered, indicators: [] }, groups)).toEqual(['indicators']);
  expect(missingIn({ ...answered, indicators: [], veryWorried: true }, groups)).toEqual([]);
});

test('an unanswered about-whom is sent as none, and the words without their margins', () => {
  expect(inputOf({ ...answered, words: ' 看到他哭 ' })).toMatchObject({
    aboutWhom: null,
    words: '看到他哭',
  });
});

test('a sign that was taken back takes its further question with it', () => {
  const ticked = { ...answered, indicators: ['BUL03'], conditionsMet: ['BUL03', 'PSY01'] };
  expect(inputOf(ticked).conditionsMet).toEqual(['BUL03']);
});
