import { isLikelyRound } from '../clocks/calendar.ts';
import type { SchoolCalendar } from '../clocks/calendar.ts';
import type { Policy } from './policy.ts';

/** The months in which the school is asked for a report, and how far apart they are. */
export interface Rounds {
  /**
   * How many rounds the later of two days is after the earlier one: 0 within one round, 1 in consecutive ones (months that are
   * no round are skipped: June and September are neighbours). null where a day is in no round.
   */
  apart(oneDay: string, otherDay: string): number | null;
}

const mostMonths = 24;
const isMonth = (text: string): boolean => /^\d{4}-\d{2}$/.test(text);
const monthOf = (date: string): string => date.slice(0, 7);

function monthAfter(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  const next = number === 12 ? [year + 1, 1] : [year, number + 1];
  return `${String(next[0]).padStart(4, '0')}-${String(next[1]).padStart(2, '0')}`;
}

/** Remembers what it counted: one decision asks for the same months many times. */
export function roundsOf(calendar: SchoolCalendar, policy: Policy): Rounds {
  const known = new Map<string, boolean>();
  const isRound = (month: string): boolean => {
    const seen = known.get(month);
    if (seen !== undefined) return seen;
    const is = isLikelyRound(calendar, month, policy);
    known.set(month, is);
    return is;
  };
  return {
    apart(oneDay, otherDay) {
      const [from = '', to = ''] = [monthOf(oneDay), monthOf(otherDay)].sort();
      if (!isMonth(from) || !isMonth(to) || !isRound(from) || !isRound(to)) return null;
      let rounds = 0;
      let month = from;
      for (let months = 0; month !== to; months += 1) {
        if (months === mostMonths) return null;
        month = monthAfter(month);
        if (isRound(month)) rounds += 1;
      }
      return rounds;
    },
  };
}
