import type { Due, Duration, Policy } from '../alerts/policy.ts';
import { addClockDays, isSchoolDay } from './calendar.ts';
import type { SchoolCalendar } from './calendar.ts';
import { addDays, instantOf, localTime, minutesOf } from './dates.ts';

type Timed = Extract<Due, { kind: Duration['kind'] | 'elapsed-before-leaving-school' }>;

/**
 * When a duration that starts now is over. Minutes count day and night; school days end with the last bell of the n-th.
 * @param startedAt ISO instant
 * @returns ISO instant, always later
 */
export function dueAfter(
  duration: Timed,
  startedAt: string,
  calendar: SchoolCalendar,
  policy: Policy,
): string {
  switch (duration.kind) {
    case 'elapsed':
      return afterMinutes(startedAt, duration.minutes);
    case 'school-days': {
      const day = addClockDays(
        calendar,
        localTime(startedAt, calendar.timeZone).date,
        duration.days,
        policy.longestSleepDays,
      );
      return lastBellOf(day, calendar);
    }
    case 'school-hours-or-elapsed':
      return earlier(
        afterSchoolHours(startedAt, duration.schoolHours, calendar, duration.minutes),
        afterMinutes(startedAt, duration.minutes),
      );
    case 'elapsed-before-leaving-school':
      return earlier(
        leavesSchoolAt(startedAt, calendar),
        afterMinutes(startedAt, duration.minutes),
      );
  }
}

const earlier = (a: string | null, b: string): string => (a !== null && a < b ? a : b);

const afterMinutes = (instant: string, minutes: number): string =>
  new Date(Date.parse(instant) + minutes * 60_000).toISOString();

const lastBellOf = (date: string, calendar: SchoolCalendar): string =>
  instantOf(date, minutesOf(calendar.bells.endsAt), calendar.timeZone);

/** When the pupil goes home, if they are at school or come to it that day. */
function leavesSchoolAt(instant: string, calendar: SchoolCalendar): string | null {
  const { date } = localTime(instant, calendar.timeZone);
  if (!isSchoolDay(calendar, date)) return null;
  const leaves = lastBellOf(date, calendar);
  return instant < leaves ? leaves : null;
}

/** The instant at which so many school hours have passed; never later than `atMostMinutes` after the start. */
function afterSchoolHours(
  startedAt: string,
  hours: number,
  calendar: SchoolCalendar,
  atMostMinutes: number,
): string {
  const [opens, closes] = [minutesOf(calendar.bells.startsAt), minutesOf(calendar.bells.endsAt)];
  const start = localTime(startedAt, calendar.timeZone);
  let left = hours * 60;
  for (let offset = 0; offset <= Math.ceil(atMostMinutes / 1440) + 1; offset += 1) {
    const date = addDays(start.date, offset);
    if (!isSchoolDay(calendar, date)) continue;
    const from = offset === 0 ? Math.max(opens, start.minutes) : opens;
    const here = Math.max(0, closes - from);
    if (here >= left) return instantOf(date, from + left, calendar.timeZone);
    left -= here;
  }
  return afterMinutes(startedAt, atMostMinutes);
}
