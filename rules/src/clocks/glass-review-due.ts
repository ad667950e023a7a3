import { isWorkingDay } from './calendar.ts';
import type { SchoolCalendar } from './calendar.ts';
import { addDays, instantOf, localDate, minutesOf } from './dates.ts';

/**
 * How soon somebody else judges that the glass was broken.
 * Two working days is the access design; fourteen days keep a calendar full of holidays from putting it off for ever.
 */
export const glassReview = { workingDays: 2, atMostDays: 14 } as const;

/**
 * By when a break-glass must have been reviewed: the last bell of the second working day after it, the fourteenth day at the latest.
 *
 * Working days are those of the staff (`isWorkingDay`), so that what happens in a break is not reviewed weeks later.
 * @param openedAt ISO instant
 * @returns ISO instant, always later
 * @example
 * glassReviewDueAt('2026-11-27T01:00:00.000Z', calendar) // a Friday → '2026-12-01T09:30:00.000Z'
 */
export function glassReviewDueAt(openedAt: string, calendar: SchoolCalendar): string {
  const opened = localDate(openedAt, calendar.timeZone);
  let [days, left]: [number, number] = [0, glassReview.workingDays];
  while (left > 0 && days < glassReview.atMostDays) {
    days += 1;
    if (isWorkingDay(calendar, addDays(opened, days))) left -= 1;
  }
  const lastBell = minutesOf(calendar.bells.endsAt);
  return instantOf(addDays(opened, days), lastBell, calendar.timeZone);
}
