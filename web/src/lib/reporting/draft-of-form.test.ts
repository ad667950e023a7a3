import { expect, test } from 'vitest';
import { draftsOfForm } from './draft-of-form.ts';

test('a form holds at most five pupils, whatever it says', () => {
  const form = new FormData();
  form.set('count', '900');
  expect(draftsOfForm(form)).toHaveLength(5);
  form.set('count', '-1');
  expect(draftsOfForm(form)).toHaveLength(0);
});

test('a sign that was ticked twice is reported once', () => {
  const form = new FormData();
  form.set('count', '1');
  form.append('0.indicators', 'MOO01');
  form.append('0.indicators', 'MOO01');
  expect(draftsOfForm(form)[0]?.indicators).toEqual(['MOO01']);
});
