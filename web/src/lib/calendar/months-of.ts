import { addDays, isSchoolDay, weekOf } from '@shaodian/rules';
import type { Calendar } from '#lib/api/shapes.ts';

interface ShownDay {
  readonly day: string;
  readonly number: number;
  readonly kind: 'school_day' | 'free' | 'holiday' | 'make_up_day';
  readonly label: string;
}

export interface ShownMonth {
  readonly month: string;
  /** Weeks from Monday to Sunday; null where another month is. */
  readonly weeks: readonly (readonly (ShownDay | null)[])[];
}

/** Months of a calendar, day by day. @param from `YYYY-MM` */
export function monthsOf(calendar: Calendar, from: string, count: number): ShownMonth[] {
  const rows = new Map(calendar.days.map((row) => [row.day, row]));
  const counted = {
    timeZone: '',
    terms: calendar.terms,
    exceptions: Object.fromEntries(calendar.days.map(({ day, kind }) => [day, kind])),
    bells: calendar.bells,
  };
  const shown = (day: string): ShownDay => {
    const row = rows.get(day);
    const usual = isSchoolDay(counted, day) ? 'school_day' : 'free';
    return {
      day,
      number: Number(day.slice(8)),
      kind: row ? (row.kind === 'holiday' ? 'holiday' : 'make_up_day') : usual,
      label: row?.label ?? '',
    };
  };
  return Array.from({ length: count }, (_, index) => {
    const month = addMonths(from, index);
    const first = `${month}-01`;
    const monday = weekOf(first);
    const weeks = Array.from({ length: 6 }, (_, week) =>
      Array.from({ length: 7 }, (_, weekday) => {
        const day = addDays(monday, week * 7 + weekday);
        return day.startsWith(month) ? shown(day) : null;
      }),
    );
    return { month, weeks: weeks.filter((days) => days.some((day) => day !== null)) };
  });
}

/** @param month `YYYY-MM` */
export function addMonths(month: string, months: number): string {
  const number = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + months;
  return `${Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, '0')}`;
}
