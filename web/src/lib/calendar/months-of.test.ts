import { expect, test } from 'vitest';
import type { Calendar } from '#lib/api/shapes.ts';
import { addMonths, monthsOf } from './months-of.ts';

const calendar: Calendar = {
  version: 1,
  bells: { startsAt: '08:00', endsAt: '17:30' },
  terms: [{ id: 1, name: '上学期', startsOn: '2026-09-01', endsOn: '2027-01-22' }],
  days: [
    { day: '2026-10-01', kind: 'holiday', label: '国庆节' },
    { day: '2026-10-10', kind: 'school_day', label: '' },
  ],
  mayChange: true,
};

test('a month has its days in weeks from Monday, each with what it is', () => {
  const [october] = monthsOf(calendar, '2026-10', 1);
  expect(october?.weeks).toHaveLength(5);
  expect(october?.weeks[0]?.map((day) => day?.number ?? 0)).toEqual([0, 0, 0, 1, 2, 3, 4]);
  expect(october?.weeks[0]?.map((day) => day?.kind)).toEqual([
    undefined,
    undefined,
    undefined,
    'holiday',
    'school_day',
    'free',
    'free',
  ]);
  expect(october?.weeks[1]?.[5]?.kind).toBe('make_up_day');
  expect(october?.weeks.at(-1)?.map((day) => day?.number ?? 0)).toEqual([
    26, 27, 28, 29, 30, 31, 0,
  ]);
});

test('a month that begins on a Monday, or ends on a Sunday, has no empty week', () => {
  for (const month of ['2026-06', '2026-05', '2027-02'])
    for (const week of monthsOf(calendar, month, 1)[0]?.weeks ?? [])
      expect(week.some((day) => day !== null)).toBe(true);
});

test.each([
  ['2026-12', 1, '2027-01'],
  ['2027-01', -1, '2026-12'],
  ['2026-03', 12, '2027-03'],
])('%s and %s months is %s', (month, months, expected) => {
  expect(addMonths(month, months)).toBe(expected);
});
