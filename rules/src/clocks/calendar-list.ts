import { addDays, daysBetween } from './dates.ts';

/** A day that is not as Monday to Friday in a term would have it. */
export interface CalendarDay {
  readonly day: string;
  readonly kind: 'holiday' | 'school_day';
  readonly label: string;
}

/** What is wrong with a line; the first thing only. */
export interface CalendarListFault {
  /** From 1. */
  readonly line: number;
  readonly fault: 'date' | 'range' | 'kind' | 'label' | 'twice';
}

const kinds: Readonly<Record<string, CalendarDay['kind']>> = {
  holiday: 'holiday',
  放假: 'holiday',
  school_day: 'school_day',
  上班: 'school_day',
  上课: 'school_day',
};
const longestRangeDays = 92;
const longestLabel = 40;

/**
 * A list of holidays and make-up days, one a line: a day or `first..last`, the kind, and a label that may be missing; between them a comma
 * (also ，) or a tab. A first line `date,kind,label` and empty lines are passed over. Total: what cannot be read is named by its line.
 * @returns days in order, each once
 * @example
 * readCalendarList('2026-10-01..2026-10-07,放假,国庆节').days.length // → 7
 */
export function readCalendarList(text: string): {
  readonly days: readonly CalendarDay[];
  readonly faults: readonly CalendarListFault[];
} {
  const days = new Map<string, CalendarDay>();
  const faults: CalendarListFault[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    if (raw.trim() === '' || (days.size === 0 && /^date\s*,/i.test(raw.trim()))) continue;
    const read = readLine(raw);
    if (typeof read === 'string') faults.push({ line, fault: read });
    else if (read.some(({ day }) => days.has(day))) faults.push({ line, fault: 'twice' });
    else for (const one of read) days.set(one.day, one);
  }
  return {
    days: [...days.values()].sort((one, other) => (one.day < other.day ? -1 : 1)),
    faults,
  };
}

function readLine(raw: string): CalendarListFault['fault'] | CalendarDay[] {
  const [span = '', kindText = '', ...rest] = raw.split(/[,，\t]/).map((part) => part.trim());
  const [first = '', last = first, more] = span.split('..').map((part) => part.trim());
  if (more !== undefined || !isDate(first) || !isDate(last)) return 'date';
  const length = daysBetween(first, last) + 1;
  if (length < 1 || length > longestRangeDays) return 'range';
  const kind = Object.hasOwn(kinds, kindText) ? kinds[kindText] : undefined;
  if (!kind) return 'kind';
  const label = rest.join('，');
  if (label.length > longestLabel) return 'label';
  return Array.from({ length }, (_, index) => ({ day: addDays(first, index), kind, label }));
}

const isDate = (text: string): boolean =>
  /^2[01]\d\d-\d\d-\d\d$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  addDays(text, 0) === text;
