import { isRound } from '@shaodian/rules';
import type { SchoolCalendar } from '@shaodian/rules';

const back = (month: string, count: number): string => {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 - count, 1)).toISOString().slice(0, 7);
};

/** The months a report can be handed in for: this one and the two before, where school was held. Newest first. */
export function openMonths(calendar: SchoolCalendar, today: string): string[] {
  const current = today.slice(0, 7);
  return [0, 1, 2].map((count) => back(current, count)).filter((month) => isRound(calendar, month));
}

/** The month whose report was due last or is due next: the newest round before this month. */
export function lastReportMonth(calendar: SchoolCalendar, today: string): string {
  const current = today.slice(0, 7);
  const earlier = Array.from({ length: 12 }, (_, index) => back(current, index + 1));
  return earlier.find((month) => isRound(calendar, month)) ?? back(current, 1);
}
