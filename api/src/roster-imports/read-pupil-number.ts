import { foldText, isPlaceholder } from './fold-text.ts';
import type { MessageValues, RowErrorCode } from './roster-errors.ts';

export type NumberReading =
  | { outcome: 'read'; number: string; checkDigitFits: boolean }
  | { outcome: 'empty' }
  | { outcome: 'error'; code: RowErrorCode; values: MessageValues };

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const checkDigits = '10X98765432';

/**
 * Reads a national student number (学籍号): G, J or L and the 18 characters of an identity number. The
 * value never appears in a message, because it contains that number.
 */
export function readNationalId(text: string): NumberReading {
  if (isPlaceholder(text)) return { outcome: 'empty' };
  const number = unwrap(text).toUpperCase();
  if (isScientific(number)) {
    const values = { column: { 'zh-CN': '学籍号', en: 'national student number' }, value: number };
    return { outcome: 'error', code: 'roster.scientific-notation', values };
  }
  if (!/^[GJL]\d{17}[\dX]$/.test(number)) {
    return { outcome: 'error', code: 'roster.bad-national-id', values: { length: number.length } };
  }
  return { outcome: 'read', number, checkDigitFits: checkDigitFits(number.slice(1)) };
}

/** Reads a student number (学号): up to 32 letters, digits and hyphens. */
export function readStudentNo(text: string): NumberReading {
  if (isPlaceholder(text)) return { outcome: 'empty' };
  const unwrapped = unwrap(text).toUpperCase();
  if (isScientific(unwrapped)) {
    const values = { column: { 'zh-CN': '学号', en: 'student number' }, value: unwrapped };
    return { outcome: 'error', code: 'roster.scientific-notation', values };
  }
  const number = unwrapped.replace(/^(\d+)\.0+$/, '$1');
  if (!/^[\p{L}\d][\p{L}\d_-]{0,31}$/u.test(number) || !/\d/.test(number)) {
    const value = number.slice(0, 32);
    return { outcome: 'error', code: 'roster.bad-student-number', values: { value } };
  }
  return { outcome: 'read', number, checkDigitFits: true };
}

/** Without what is put around a number to keep Excel from counting with it: '2026…, ="2026…". */
function unwrap(text: string): string {
  return foldText(text)
    .replace(/^="(.*)"$/, '$1')
    .replace(/^['’‘`]/, '');
}

function isScientific(text: string): boolean {
  return /^\d(?:\.\d+)?E\+?\d+$/.test(text);
}

/** The check digit of GB 11643. */
function checkDigitFits(identityNumber: string): boolean {
  const sum = weights.reduce((total, weight, at) => total + weight * Number(identityNumber[at]), 0);
  return identityNumber[17] === checkDigits[sum % 11];
}
