import { foldText, isPlaceholder, trimText } from './fold-text.ts';
import { formulaWithoutValue } from './prepare-sheet.ts';
import { readBirthDate } from './read-birth-date.ts';
import {
  readClassLabel,
  readGrade,
  type ClassLabel,
  type Grade,
  type SchoolYear,
} from './read-class-label.ts';
import { readNationalId, readStudentNo, type NumberReading } from './read-pupil-number.ts';
import type { RecognisedColumns } from './recognise-columns.ts';
import {
  columnKeys,
  rowIssue,
  type ColumnKey,
  type MessageValues,
  type RowError,
  type RowErrorCode,
  type RowWarning,
} from './roster-errors.ts';
import type { TableRow } from './table.ts';

export type Sex = 'female' | 'male' | 'unknown';

/** One row, read. What the file does not say (no such column, or an empty cell) is null. */
export interface NormalisedRow {
  rowNumber: number;
  nationalId: string | null;
  studentNo: string | null;
  name: string | null;
  sex: Sex | null;
  birthDate: string | null;
  class: ClassLabel | null;
  homeroomTeacher: string | null;
  boards: boolean | null;
  note: string | null;
  errors: RowError[];
  warnings: RowWarning[];
}

const longest: Partial<Record<ColumnKey, number>> = { name: 50, homeroomTeacher: 50, note: 300 };
const longestValueShown = 30;
const controlCharacters =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffd]/;
const spreadsheetError = /^#(?:REF!|N\/A|VALUE!|NAME\?|DIV\/0!|NULL!|NUM!|SPILL!|CALC!|日期)$/;
const sexes: Record<string, Sex> = {
  ...fromWords('male', ['男', '男性', '男生', 'm', 'male', '1']),
  ...fromWords('female', ['女', '女性', '女生', 'f', 'female', '2']),
  ...fromWords('unknown', ['未知', '不详', '未说明', 'unknown', '0', '9']),
};
const boarding: Record<string, boolean> = {
  ...fromWords(true, [
    '是',
    '住宿',
    '住校',
    '寄宿',
    '住宿生',
    '住校生',
    '√',
    'y',
    'yes',
    'true',
    '1',
  ]),
  ...fromWords(false, ['否', '不住宿', '走读', '走读生', '通校', '×', 'n', 'no', 'false', '0']),
};

/**
 * Reads one row below the header. Every cell that cannot be read becomes an error of this row;
 * nothing is guessed and nothing is dropped.
 * @example
 * normaliseRow(row, columns, { startsIn: 2026, firstGrade: 7, lastGrade: 9 }).class?.name; // '七(1)班'
 */
export function normaliseRow(
  row: TableRow,
  columns: RecognisedColumns,
  year: SchoolYear,
): NormalisedRow {
  const cells = new RowReader(row, columns);
  const result: NormalisedRow = {
    rowNumber: row.rowNumber,
    nationalId: cells.readNumber('nationalId', readNationalId),
    studentNo: cells.readNumber('studentNo', readStudentNo),
    name: cells.readName('name'),
    sex: cells.readWord('sex', sexes, 'roster.bad-sex'),
    birthDate: cells.readDate(year),
    class: cells.readClass(year),
    homeroomTeacher: cells.readName('homeroomTeacher'),
    boards: cells.readWord('boards', boarding, 'roster.bad-boarding'),
    note: cells.text('note') || null,
    errors: cells.errors,
    warnings: cells.warnings,
  };
  const numbersEmpty = ['nationalId', 'studentNo'] as const;
  if (numbersEmpty.every((key) => isPlaceholder(cells.raw(key)))) {
    cells.fail(
      columns.positions.studentNo === undefined ? 'nationalId' : 'studentNo',
      'roster.missing-number',
    );
  }
  cells.errors.sort((a, b) => columnOrder(a) - columnOrder(b));
  return result;
}

function columnOrder(issue: RowError): number {
  return issue.column === null ? -1 : columnKeys.indexOf(issue.column);
}

/** The cells of one row, and what was found wrong with them. */
class RowReader {
  readonly errors: RowError[] = [];
  readonly warnings: RowWarning[] = [];
  readonly #cells = new Map<ColumnKey, string>();
  readonly #unusable = new Set<ColumnKey>();

  constructor(row: TableRow, columns: RecognisedColumns) {
    for (const key of columnKeys) {
      const position = columns.positions[key];
      const text = trimText(position === undefined ? '' : (row.cells[position] ?? ''));
      this.#cells.set(key, text);
      this.#requireUsable(key, text);
    }
  }

  raw(key: ColumnKey): string {
    return this.#cells.get(key) ?? '';
  }

  /** The cell, or nothing when it has already been found unusable. */
  text(key: ColumnKey): string {
    return this.#unusable.has(key) ? '' : this.raw(key);
  }

  fail(key: ColumnKey, code: RowErrorCode, values: MessageValues = {}): null {
    this.errors.push(rowIssue(key, code, values));
    return null;
  }

  #failWith(key: ColumnKey, code: RowErrorCode, text: string): null {
    return this.fail(key, code, { value: shortened(text) });
  }

  #requireUsable(key: ColumnKey, text: string): void {
    const limit = longest[key] ?? 100;
    const failed = this.errors.length;
    if (text === '') return;
    if (controlCharacters.test(text) || !text.isWellFormed()) {
      this.fail(key, 'roster.control-character');
    } else if (spreadsheetError.test(text)) {
      this.fail(key, 'roster.spreadsheet-error', { value: text });
    } else if (text === formulaWithoutValue) {
      this.fail(key, 'roster.formula-without-value');
    } else if (text.length > limit) {
      this.fail(key, 'roster.too-long', { limit });
    } else if (/\p{Co}/u.test(text)) {
      this.warnings.push(rowIssue(key, 'roster.rare-character'));
    }
    if (this.errors.length > failed) this.#unusable.add(key);
  }

  readNumber(key: 'nationalId' | 'studentNo', readCell: (text: string) => NumberReading) {
    const reading = readCell(this.text(key));
    if (reading.outcome === 'error') return this.fail(key, reading.code, reading.values);
    if (reading.outcome === 'empty') return null;
    if (!reading.checkDigitFits) {
      this.warnings.push(rowIssue(key, 'roster.national-id-check-digit'));
    }
    return reading.number;
  }

  readName(key: 'name' | 'homeroomTeacher'): string | null {
    const name = normaliseName(this.text(key));
    if (name === '' || (key === 'homeroomTeacher' && isPlaceholder(name))) {
      if (key === 'name' && !this.#unusable.has(key)) this.fail(key, 'roster.missing-name');
      return null;
    }
    // A name starts with a letter; a number here means that the columns have slipped.
    if (!/^[\p{L}\p{Co}][\p{L}\p{M}\p{Co}\p{Nd}·'’.()\- ]*$/u.test(name)) {
      return this.#failWith(key, 'roster.bad-name', name);
    }
    return name;
  }

  readWord<Value>(key: ColumnKey, words: Record<string, Value>, code: RowErrorCode): Value | null {
    const text = this.text(key);
    const folded = foldText(text).toLowerCase();
    if (Object.hasOwn(words, folded)) return words[folded] ?? null;
    return isPlaceholder(text) ? null : this.#failWith(key, code, text);
  }

  readDate(year: SchoolYear): string | null {
    const text = this.text('birthDate');
    if (isPlaceholder(text)) return null;
    const reading = readBirthDate(text, year.startsIn);
    if (reading.outcome === 'read') return reading.date;
    if (reading.outcome === 'unreadable') {
      return this.#failWith('birthDate', 'roster.bad-birth-date', text);
    }
    const value = shortened(text);
    this.warnings.push(rowIssue('birthDate', 'roster.birth-date-without-day', { value }));
    return null;
  }

  readClass(year: SchoolYear): ClassLabel | null {
    const grade = this.#readGrade(year);
    if (this.#unusable.has('class')) return null;
    const text = this.text('class');
    if (isPlaceholder(text)) return this.fail('class', 'roster.missing-class');
    const reading = readClassLabel(text, grade, year);
    const value = shortened(text);
    switch (reading.outcome) {
      case 'read':
        return reading.class;
      case 'unreadable':
        return this.fail('class', 'roster.bad-class', { value });
      case 'grades-differ':
        return this.fail('class', 'roster.grade-and-class-differ', {
          value,
          grade: grade?.label ?? '',
        });
      case 'no-grade':
        // An unreadable grade has been reported; the class is not to blame for it.
        return this.errors.some((error) => error.column === 'grade')
          ? null
          : this.fail('class', 'roster.class-without-grade', { value });
    }
  }

  #readGrade(year: SchoolYear): Grade | null {
    const text = this.text('grade');
    if (isPlaceholder(text)) return null;
    return readGrade(text, year) ?? this.#failWith('grade', 'roster.bad-grade', text);
  }
}

/**
 * A name as it is stored: no spaces beside Chinese characters (程　静 → 程静), single ones elsewhere, and
 * one kind of middle dot (买买提•吐尔逊 → 买买提·吐尔逊).
 */
export function normaliseName(text: string): string {
  return trimText(text)
    .replace(/[\uff01-\uff5e]/g, (wide) => wide.normalize('NFKC'))
    .normalize('NFC')
    .replace(/\s+/gu, ' ')
    .replace(/(?<=\p{Script=Han}) | (?=\p{Script=Han})/gu, '')
    .replace(/ ?[·•・･‧∙⋅᛫⸱] ?/gu, '·')
    .replace(/(?<=\p{Script=Han})\.(?=\p{Script=Han})/gu, '·');
}

function shortened(text: string): string {
  return text.length > longestValueShown ? `${text.slice(0, longestValueShown)}…` : text;
}

function fromWords<Value>(value: Value, words: readonly string[]): Record<string, Value> {
  return Object.fromEntries(words.map((word) => [word, value]));
}
