import { expect, test } from 'vitest';
import { allAnswered } from './all-answered.ts';

const yes = (answeredAt: string) => ({ answered: true, answeredAt });
const no = { answered: false, answeredAt: null };

test('two emergencies are answered only when both are, as late as the later', () => {
  expect(allAnswered([yes('2026-11-24T02:00:00.000Z'), no])).toEqual(no);
  expect(allAnswered([yes('2026-11-24T02:05:00.000Z'), yes('2026-11-24T02:00:00.000Z')])).toEqual(
    yes('2026-11-24T02:05:00.000Z'),
  );
  expect(allAnswered([])).toEqual(no);
});
