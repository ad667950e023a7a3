import type { Words } from '#lib/words/index.ts';

interface LocalTime {
  year: number;
  month: number;
  day: number;
  hour: string;
  minute: string;
}

/** The parts of an instant on the school's wall clock. The same on the server and in the browser. */
function localTime(instant: string, timeZone: string): LocalTime {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(instant));
  const part = (type: string): string => parts.find((entry) => entry.type === type)?.value ?? '';
  return {
    year: Number(part('year')),
    month: Number(part('month')),
    day: Number(part('day')),
    hour: part('hour'),
    minute: part('minute'),
  };
}

/** An instant such as "11月24日 14:05". */
export function dateTimeInWords(instant: string, timeZone: string, words: Words): string {
  const time = localTime(instant, timeZone);
  return `${words.dates.monthDay(time.month, time.day)} ${time.hour}:${time.minute}`;
}

/** An instant to the second, such as "14:05:09". */
export function secondsInWords(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(new Date(instant));
}

/** A date YYYY-MM-DD such as "11月24日". */
export function dateInWords(date: string, words: Words): string {
  const [, month = 1, day = 1] = date.split('-').map(Number);
  return words.dates.monthDay(month, day);
}

/** A month YYYY-MM such as "2026年10月". */
export function monthInWords(month: string, words: Words): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return words.dates.yearMonth(year, number);
}

/** A span such as "12 分钟", "3 小时" or "2 天", whichever unit fits. */
export function spanInWords(ms: number, words: Words): string {
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  if (minutes < 1) return words.alerts.lessThanMinute;
  if (minutes < 120) return words.dates.minutes(minutes);
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? words.dates.hours(hours) : words.dates.days(Math.floor(hours / 24));
}
