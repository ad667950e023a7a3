import { isLikelyRound } from '../clocks/calendar.ts';
import type { SchoolCalendar } from '../clocks/calendar.ts';
import type { Policy } from './policy.ts';

/** The months in which the school is asked for a report, in order. */
export interface Rounds {
  /**
   * The number of the round in which a day is: consecutive rounds have consecutive numbers, months that are no round are skipped (June and
   * September are neighbours). null where the day is in no round.
   */
  numberOf(date: string): number | null;
}

/** More months without a sign than any school year has: what lies on both sides is never consecutive. */
const mostMonthsBetween = 24;
const farApart = 1_000;

const isMonth = (text: string): boolean => /^\d{4}-\d{2}$/.test(text);
const monthOf = (date: string): string => date.slice(0, 7);
const indexOf = (month: string): number =>
  Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1;
const monthAt = (index: number): string =>
  `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}`;

/**
 * @param dates every day that may be asked about
 * @param calendar looked at when the first of them is
 */
export function roundsOf(
  dates: readonly string[],
  calendar: SchoolCalendar,
  policy: Policy,
): Rounds {
  let numbers: ReadonlyMap<string, number> | undefined;
  return {
    numberOf(date) {
      numbers ??= numbered(dates, calendar, policy);
      return numbers.get(monthOf(date)) ?? null;
    },
  };
}

function numbered(
  dates: readonly string[],
  calendar: SchoolCalendar,
  policy: Policy,
): ReadonlyMap<string, number> {
  const months = [...new Set(dates.map(monthOf))].filter(isMonth).sort();
  const numbers = new Map<string, number>();
  let number = 0;
  let index = indexOf(months[0] ?? '0000-01');
  for (const month of months) {
    if (indexOf(month) - index > mostMonthsBetween) {
      number += farApart;
      index = indexOf(month);
    }
    for (; index < indexOf(month); index += 1)
      if (isLikelyRound(calendar, monthAt(index), policy)) number += 1;
    if (isLikelyRound(calendar, month, policy)) numbers.set(month, number);
  }
  return numbers;
}
