import { defaultPolicy } from '../alerts/default-policy.ts';
import type { Policy } from '../alerts/policy.ts';
import { addDays, weekdayOf } from './dates.ts';

/** When school is held. */
export interface SchoolCalendar {
  /** IANA name, such as `Asia/Shanghai`. */
  readonly timeZone: string;
  readonly terms: readonly { readonly startsOn: string; readonly endsOn: string }[];
  /** Holidays, and make-up days at weekends. */
  readonly exceptions: Readonly<Record<string, 'holiday' | 'school_day'>>;
  /** `HH:MM` at the school. */
  readonly bells: { readonly startsAt: string; readonly endsAt: string };
}

/** Whether school is held: Monday to Friday within a term, with the calendar's exceptions. */
export function isSchoolDay(calendar: SchoolCalendar, date: string): boolean {
  const exception = calendar.exceptions[date];
  if (exception) return exception === 'school_day';
  return (
    weekdayOf(date) <= 5 &&
    calendar.terms.some((term) => term.startsOn <= date && date <= term.endsOn)
  );
}

/**
 * As `isSchoolDay`; past the last known term weekdays are taken: nothing must stop because nobody entered the next term.
 */
function isLikelySchoolDay(calendar: SchoolCalendar, day: string): boolean {
  if (isSchoolDay(calendar, day)) return true;
  const isPastTerms = calendar.terms.every((term) => term.endsOn < day);
  return isPastTerms && weekdayOf(day) <= 5 && calendar.exceptions[day] !== 'holiday';
}

/**
 * The `count`-th school day after `date` (which itself does not count).
 * Past the last known term weekdays are taken: a clock must not stop because nobody entered the next term.
 * @param count 1 or more
 */
export function addSchoolDays(calendar: SchoolCalendar, date: string, count: number): string {
  let day = date;
  let left = count;
  while (left > 0) {
    day = addDays(day, 1);
    if (isLikelySchoolDay(calendar, day)) left -= 1;
  }
  return day;
}

/**
 * As `addSchoolDays`, for a clock: after `longestSleepDays` days in a row without school, Mondays to Fridays count until there is school again.
 * Nothing that waits for an answer waits out a break.
 * @param count 1 or more
 * @example
 * addClockDays(calendar, '2027-01-22', 1, 7) // the break has begun → '2027-02-01'
 */
export function addClockDays(
  calendar: SchoolCalendar,
  date: string,
  count: number,
  longestSleepDays: number,
): string {
  let [day, left, asleep] = [date, count, 0];
  while (left > 0) {
    day = addDays(day, 1);
    const wakes = asleep >= longestSleepDays && weekdayOf(day) <= 5;
    const isSchool = isLikelySchoolDay(calendar, day);
    if (isSchool || wakes) left -= 1;
    asleep = isSchool ? 0 : asleep + 1;
  }
  return day;
}

/**
 * Whether the staff are at work: Monday to Friday, term or not, with the calendar's holidays and make-up days.
 * For what adults owe each other; a clock for it must not sleep through a whole break.
 */
export function isWorkingDay(calendar: SchoolCalendar, date: string): boolean {
  const exception = calendar.exceptions[date];
  return exception ? exception === 'school_day' : weekdayOf(date) <= 5;
}

const daysOf = (month: string): string[] => {
  const first = `${month}-01`;
  return Array.from({ length: 31 }, (_, index) => addDays(first, index)).filter((day) =>
    day.startsWith(month),
  );
};

/** Whether a calendar month is a round: school was held on at least as many days as the policy says. @param month `YYYY-MM` */
export const isRound = (
  calendar: SchoolCalendar,
  month: string,
  policy: Policy = defaultPolicy,
): boolean =>
  daysOf(month).filter((day) => isSchoolDay(calendar, day)).length >= policy.roundSchoolDays;

/** As `isRound`; past the last known term weekdays are taken: nothing must be overlooked because nobody entered the next term. */
export const isLikelyRound = (
  calendar: SchoolCalendar,
  month: string,
  policy: Policy = defaultPolicy,
): boolean =>
  daysOf(month).filter((day) => isLikelySchoolDay(calendar, day)).length >= policy.roundSchoolDays;

/** The day a month's report is due: the n-th school day of the next month. @param month `YYYY-MM` */
export function monthlyReportDueOn(
  calendar: SchoolCalendar,
  month: string,
  policy: Policy = defaultPolicy,
): string {
  const lastDay = daysOf(month).at(-1) ?? `${month}-28`;
  return addSchoolDays(calendar, lastDay, policy.reportDueSchoolDay);
}
