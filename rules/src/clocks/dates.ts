/** Dates are `YYYY-MM-DD` at the school; instants are ISO strings in UTC. */

const dayMs = 86_400_000;
const toDay = (date: string): number => Date.parse(`${date}T00:00:00.000Z`) / dayMs;
const fromDay = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);

/** Days since 1970-01-01, to compare many dates; NaN for what is no date. */
export const dayNumberOf = (date: string): number => toDay(date);

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export const daysBetween = (from: string, to: string): number => toDay(to) - toDay(from);

export const addDays = (date: string, days: number): string => fromDay(toDay(date) + days);

/** 1 Monday … 7 Sunday. */
export const weekdayOf = (date: string): number => ((((toDay(date) + 3) % 7) + 7) % 7) + 1;

/**
 * The Monday of the date's week: what readers see who may not know the day.
 * @example
 * weekOf('2026-11-24') // → '2026-11-23'
 */
export const weekOf = (date: string): string => addDays(date, 1 - weekdayOf(date));

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formatters.set(timeZone, made);
  return made;
}

interface Local {
  readonly date: string;
  /** Minutes since midnight. */
  readonly minutes: number;
}

/** Minutes since midnight. @param clock `HH:MM` */
export const minutesOf = (clock: string): number =>
  Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

/** Date and time of day at the school. */
export function localTime(instant: string, timeZone: string): Local {
  const parts = Object.fromEntries(
    formatterOf(timeZone)
      .formatToParts(new Date(instant))
      .map((part) => [part.type, part.value]),
  );
  return {
    date: `${parts['year']}-${parts['month']}-${parts['day']}`,
    minutes: Number(parts['hour']) * 60 + Number(parts['minute']) + Number(parts['second']) / 60,
  };
}

/** @param instant ISO instant */
export const localDate = (instant: string, timeZone: string): string =>
  localTime(instant, timeZone).date;

/** The instant of a time of day at the school. Where a clock change skips or repeats it, the first that fits. */
export function instantOf(date: string, minutes: number, timeZone: string): string {
  const wanted = toDay(date) * dayMs + minutes * 60_000;
  let guess = wanted;
  for (let round = 0; round < 3; round += 1) {
    const local = localTime(new Date(guess).toISOString(), timeZone);
    guess += wanted - (toDay(local.date) * dayMs + local.minutes * 60_000);
  }
  return new Date(Math.round(guess)).toISOString();
}
