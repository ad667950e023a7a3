import { defaultPolicy } from '../alerts/default-policy.ts';
import type { Policy } from '../alerts/policy.ts';
import type { ClockKey } from '../vocabulary.ts';
import { addSchoolDays, isSchoolDay } from './calendar.ts';
import type { SchoolCalendar } from './calendar.ts';
import { addDays, instantOf, localTime, minutesOf } from './dates.ts';

const afterMinutes = (instant: string, minutes: number): string =>
  new Date(Date.parse(instant) + minutes * 60_000).toISOString();

/**
 * When an alert must have been acknowledged.
 *
 * Red and immediate orange count minutes day and night. School days end with the last bell of the n-th school day after the alert.
 * Source: product.md, clocks table.
 * @param raisedAt ISO instant
 * @returns ISO instant
 * @example
 * ackDueAt('red', '2026-11-24T02:00:00.000Z', calendar) // → '2026-11-24T02:10:00.000Z'
 */
export function ackDueAt(
  clock: ClockKey,
  raisedAt: string,
  calendar: SchoolCalendar,
  policy: Policy = defaultPolicy,
): string {
  const duration = policy.acknowledge[clock];
  if (duration.kind === 'elapsed') return afterMinutes(raisedAt, duration.minutes);
  if (duration.kind === 'school-days') {
    const day = addSchoolDays(calendar, localTime(raisedAt, calendar.timeZone).date, duration.days);
    return instantOf(day, minutesOf(calendar.bells.endsAt), calendar.timeZone);
  }
  const bySchoolHours = afterSchoolHours(
    raisedAt,
    duration.schoolHours,
    calendar,
    duration.minutes,
  );
  const byElapsed = afterMinutes(raisedAt, duration.minutes);
  return bySchoolHours < byElapsed ? bySchoolHours : byElapsed;
}

/** The instant at which so many school hours have passed; never later than `atMostMinutes` after the start. */
function afterSchoolHours(
  raisedAt: string,
  hours: number,
  calendar: SchoolCalendar,
  atMostMinutes: number,
): string {
  const [opens, closes] = [minutesOf(calendar.bells.startsAt), minutesOf(calendar.bells.endsAt)];
  const limit = afterMinutes(raisedAt, atMostMinutes);
  const start = localTime(raisedAt, calendar.timeZone);
  let left = hours * 60;
  for (let offset = 0; offset <= Math.ceil(atMostMinutes / 1440) + 1; offset += 1) {
    const date = addDays(start.date, offset);
    if (!isSchoolDay(calendar, date)) continue;
    const from = offset === 0 ? Math.max(opens, start.minutes) : opens;
    const here = Math.max(0, closes - from);
    if (here >= left) return instantOf(date, from + left, calendar.timeZone);
    left -= here;
  }
  return limit;
}
