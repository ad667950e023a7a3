import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atSchool, autumnCalendar } from '../testing/autumn-calendar.ts';
import { isWorkingDay } from './calendar.ts';
import type { SchoolCalendar } from './calendar.ts';
import { addDays, daysBetween, localTime } from './dates.ts';
import { glassReview, glassReviewDueAt } from './glass-review-due.ts';

const someInstant = fc
  .integer({
    min: Date.parse('2026-08-01T00:00:00.000Z'),
    max: Date.parse('2027-08-20T00:00:00.000Z'),
  })
  .map((ms) => new Date(ms).toISOString());
const timeZone = fc.constantFrom(
  'Asia/Shanghai',
  'Asia/Urumqi',
  'America/New_York',
  'Pacific/Kiritimati',
);
/** Any days are holidays or made up. */
const someCalendar = fc
  .tuple(
    timeZone,
    fc.dictionary(
      fc.integer({ min: 0, max: 400 }).map((day) => addDays('2026-07-25', day)),
      fc.constantFrom('holiday' as const, 'school_day' as const),
      { maxKeys: 200 },
    ),
  )
  .map(([zone, exceptions]): SchoolCalendar => ({ ...autumnCalendar, timeZone: zone, exceptions }));
const runs = { numRuns: 500 };

describe('when a break-glass must have been reviewed', () => {
  it('is later than it, within fourteen days, at the last bell, in any calendar and time zone', () => {
    fc.assert(
      fc.property(someInstant, someCalendar, (openedAt, calendar) => {
        const dueAt = glassReviewDueAt(openedAt, calendar);
        const [opened, due] = [openedAt, dueAt].map((at) => localTime(at, calendar.timeZone));
        const days = daysBetween(opened?.date ?? '', due?.date ?? '');
        expect(Date.parse(dueAt)).toBeGreaterThan(Date.parse(openedAt));
        expect(days).toBeGreaterThanOrEqual(glassReview.workingDays);
        expect(days).toBeLessThanOrEqual(glassReview.atMostDays);
        expect(due?.minutes).toBe(17 * 60 + 30);
      }),
      runs,
    );
  });

  it('leaves the reviewers exactly two working days, or fourteen days where there are none', () => {
    fc.assert(
      fc.property(someInstant, someCalendar, (openedAt, calendar) => {
        const opened = localTime(openedAt, calendar.timeZone).date;
        const due = localTime(glassReviewDueAt(openedAt, calendar), calendar.timeZone).date;
        const between = Array.from({ length: daysBetween(opened, due) }, (_, index) =>
          addDays(opened, index + 1),
        );
        const working = between.filter((day) => isWorkingDay(calendar, day)).length;
        if (between.length < glassReview.atMostDays) {
          expect(working).toBe(glassReview.workingDays);
          expect(isWorkingDay(calendar, due)).toBe(true);
        } else expect(working).toBeLessThanOrEqual(glassReview.workingDays);
      }),
      runs,
    );
  });

  it('is never earlier for what was opened later', () => {
    fc.assert(
      fc.property(someInstant, someInstant, someCalendar, (one, other, calendar) => {
        const [earlier = '', later = ''] = [one, other].sort();
        expect(glassReviewDueAt(earlier, calendar) <= glassReviewDueAt(later, calendar)).toBe(true);
      }),
      runs,
    );
  });

  it.each([
    ['on a Monday', '2026-11-23', '09:00', '2026-11-25'],
    ['in the last minute of a Monday', '2026-11-23', '23:59', '2026-11-25'],
    ['in the first minute of a Tuesday', '2026-11-24', '00:00', '2026-11-26'],
    ['on a Thursday', '2026-11-26', '17:31', '2026-11-30'],
    ['on a Friday', '2026-11-27', '09:00', '2026-12-01'],
    ['on a Saturday', '2026-11-28', '09:00', '2026-12-01'],
    ['on a Sunday', '2026-11-29', '23:59', '2026-12-01'],
    ['the day before National Day', '2026-09-30', '09:00', '2026-10-09'],
    ['in National Day', '2026-10-07', '09:00', '2026-10-09'],
    ['on a Thursday before a make-up Saturday', '2026-10-08', '09:00', '2026-10-10'],
    ['on that make-up Saturday', '2026-10-10', '09:00', '2026-10-13'],
    ['before a make-up Sunday', '2026-09-18', '09:00', '2026-09-21'],
    ['on New Year', '2027-01-01', '09:00', '2027-01-05'],
    ['in the winter break, which is not waited for', '2027-02-01', '09:00', '2027-02-03'],
    ['after the last term that was entered', '2027-07-05', '09:00', '2027-07-07'],
  ])('opened %s', (_, day, time, due) => {
    expect(glassReviewDueAt(atSchool(day, time), autumnCalendar)).toBe(atSchool(due, '17:30'));
  });

  it('comes on the fourteenth day when a calendar knows no working day', () => {
    const exceptions = Object.fromEntries(
      Array.from({ length: 60 }, (_, day) => [addDays('2026-11-01', day), 'holiday' as const]),
    );
    const closed: SchoolCalendar = { ...autumnCalendar, exceptions };
    expect(glassReviewDueAt(atSchool('2026-11-02', '09:00'), closed)).toBe(
      atSchool('2026-11-16', '17:30'),
    );
  });
});
