import { foldText } from './fold-text.ts';

export type BirthDateReading =
  { outcome: 'read'; date: string } | { outcome: 'without-day' } | { outcome: 'unreadable' };

const oldestPupil = 30;
const millisecondsPerDay = 86_400_000;
/** Day 0 of Excel's calendar, as it holds for every day after February 1900. */
const excelDayZero = Date.UTC(1899, 11, 30);
const yearMonthDay = [
  /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/,
  /^(\d{4})(年)(\d{1,2})月(\d{1,2})[日号]?$/,
  /^(\d{4})()(\d{2})(\d{2})$/,
];
const yearMonth =
  /^(?:19|20)\d\d(?:[-/.](?:0?[1-9]|1[0-2])|年(?:0?[1-9]|1[0-2])月?|(?:0[1-9]|1[0-2]))$/;

/**
 * Reads a date of birth: 2013-12-24, 2013/12/24, 2013.12.24, 20131224, 2013年12月24日, each with or without
 * a time after it, or the day number that Excel stores (41632).
 * @param schoolYearStart the year in which the school year began; a pupil is born in the 30 years before
 */
export function readBirthDate(text: string, schoolYearStart: number): BirthDateReading {
  const folded = foldText(withoutTime(text)).replace(/^["'`]+|["'`]+$/g, '');
  for (const pattern of yearMonthDay) {
    const found = pattern.exec(folded);
    if (found === null) continue;
    return inRange(Number(found[1]), Number(found[3]), Number(found[4]), schoolYearStart);
  }
  if (yearMonth.test(folded)) return { outcome: 'without-day' };
  const serial = /^(\d{5})(?:\.\d+)?$/.exec(folded);
  if (serial === null) return { outcome: 'unreadable' };
  const date = new Date(excelDayZero + Number(serial[1]) * millisecondsPerDay);
  return inRange(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), schoolYearStart);
}

function withoutTime(text: string): string {
  return text.trim().replace(/[T\s]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[AP]M)?$/i, '');
}

function inRange(
  year: number,
  month: number,
  day: number,
  schoolYearStart: number,
): BirthDateReading {
  const date = new Date(Date.UTC(year, month - 1, day));
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const plausible = year >= schoolYearStart - oldestPupil && year <= schoolYearStart;
  if (!real || !plausible) return { outcome: 'unreadable' };
  return { outcome: 'read', date: date.toISOString().slice(0, 10) };
}
