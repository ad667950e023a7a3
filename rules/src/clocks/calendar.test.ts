import { describe, expect, it } from 'vitest';
import { autumnCalendar } from '../testing/autumn-calendar.ts';
import { addSchoolDays, isRound, isSchoolDay, monthlyReportDueOn } from './calendar.ts';
import type { SchoolCalendar } from './calendar.ts';
import { addDays } from './dates.ts';

describe('school days', () => {
  it.each([
    ['2026-11-23', true, 'a Monday in term'],
    ['2026-11-28', false, 'a Saturday'],
    ['2026-10-05', false, 'a Monday of National Day'],
    ['2026-10-10', true, 'a Saturday made up'],
    ['2026-08-31', false, 'the day before term'],
    ['2026-09-01', true, 'the first day of term'],
    ['2027-01-22', true, 'the last day of term'],
    ['2027-01-25', false, 'a Monday in the winter break'],
  ])('%s: %s, %s', (date, expected) => {
    expect(isSchoolDay(autumnCalendar, date)).toBe(expected);
  });

  it('are counted from the day after, over holidays and make-up days', () => {
    expect(addSchoolDays(autumnCalendar, '2026-09-30', 1)).toBe('2026-10-08');
    expect(addSchoolDays(autumnCalendar, '2026-09-30', 3)).toBe('2026-10-10');
    expect(addSchoolDays(autumnCalendar, '2026-09-30', 4)).toBe('2026-10-12');
  });

  it('are counted across the break to the next term', () => {
    expect(addSchoolDays(autumnCalendar, '2027-01-22', 1)).toBe('2027-03-01');
  });

  it('past the last term are weekdays that are no holiday', () => {
    const holiday: SchoolCalendar = {
      ...autumnCalendar,
      exceptions: { ...autumnCalendar.exceptions, '2027-07-05': 'holiday' },
    };
    expect(addSchoolDays(autumnCalendar, '2027-07-02', 1)).toBe('2027-07-05');
    expect(addSchoolDays(autumnCalendar, '2027-07-02', 6)).toBe('2027-07-12');
    expect(addSchoolDays(holiday, '2027-07-02', 1)).toBe('2027-07-06');
  });
});

describe('rounds', () => {
  const december = (schoolDays: number): SchoolCalendar => ({
    ...autumnCalendar,
    terms: [{ startsOn: '2026-09-01', endsOn: '2026-11-30' }],
    exceptions: Object.fromEntries(
      Array.from({ length: schoolDays }, (_, index) => [
        addDays('2026-12-31', -index),
        'school_day',
      ]),
    ),
  });

  it('a month with 8 school days is a round, one with 7 is not', () => {
    expect(isRound(december(8), '2026-12')).toBe(true);
    expect(isRound(december(7), '2026-12')).toBe(false);
  });

  it('days of the neighbouring months do not count', () => {
    const sevenInNovember: SchoolCalendar = {
      ...autumnCalendar,
      terms: [{ startsOn: '2026-11-20', endsOn: '2026-12-01' }],
      exceptions: { '2026-11-21': 'holiday' },
    };
    expect(isSchoolDay(sevenInNovember, '2026-12-01')).toBe(true);
    expect(isRound(sevenInNovember, '2026-11')).toBe(false);
    expect(isRound(december(31), '2027-01')).toBe(false);
    expect(isRound(autumnCalendar, '2027-02')).toBe(false);
  });
});

describe('the day a monthly report is due', () => {
  it.each([
    ['2026-09', '2026-10-13', 'after National Day, with a make-up Saturday'],
    ['2026-10', '2026-11-06', 'the fifth school day of an ordinary month'],
    ['2026-11', '2026-12-07', 'over a weekend'],
    ['2026-12', '2027-01-08', 'over New Year'],
    ['2027-01', '2027-03-05', 'over the winter break'],
    ['2027-02', '2027-03-05', 'of a month without school'],
  ])('of %s is %s, %s', (month, due) => {
    expect(monthlyReportDueOn(autumnCalendar, month)).toBe(due);
  });
});
