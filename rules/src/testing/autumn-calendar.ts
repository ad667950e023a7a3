import type { SchoolCalendar } from '../clocks/calendar.ts';

/** A school year with what makes clocks hard: National Day, Mid-Autumn, make-up days at weekends, a winter break. */
export const autumnCalendar = {
  timeZone: 'Asia/Shanghai',
  terms: [
    { startsOn: '2026-09-01', endsOn: '2027-01-22' },
    { startsOn: '2027-03-01', endsOn: '2027-07-02' },
  ],
  exceptions: {
    '2026-09-20': 'school_day',
    '2026-09-25': 'holiday',
    '2026-10-01': 'holiday',
    '2026-10-02': 'holiday',
    '2026-10-03': 'holiday',
    '2026-10-04': 'holiday',
    '2026-10-05': 'holiday',
    '2026-10-06': 'holiday',
    '2026-10-07': 'holiday',
    '2026-10-10': 'school_day',
    '2027-01-01': 'holiday',
  },
  bells: { startsAt: '08:00', endsAt: '17:30' },
} as const satisfies SchoolCalendar;

/** An instant of that school, given as date and time of day on its own wall clock (UTC+8, no summer time). */
export const atSchool = (date: string, time: string): string =>
  new Date(`${date}T${time}+08:00`).toISOString();
