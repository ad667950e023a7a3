import type { ExistingPupil } from './existing-roster.ts';
import type { NormalisedRow } from './normalise-row.ts';
import { rowIssue, type RowError } from './roster-errors.ts';

export type Match =
  | { outcome: 'new' }
  | { outcome: 'known'; pupil: ExistingPupil }
  | { outcome: 'conflict'; error: RowError };

/** What the numbers of a row are found again by; null where it has none. */
export interface RowMarks {
  readonly nationalId: string | null;
  readonly studentNo: string | null;
}

/** Finds the pupils of the roster that rows speak of: by national student number, then by student number. */
export class PupilIndex {
  readonly #byNationalId = new Map<string, ExistingPupil>();
  readonly #byStudentNo = new Map<string, ExistingPupil>();

  constructor(pupils: readonly ExistingPupil[]) {
    for (const pupil of pupils) {
      if (pupil.nationalIdMark !== null) this.#byNationalId.set(pupil.nationalIdMark, pupil);
      if (pupil.studentNoMark !== null) this.#byStudentNo.set(pupil.studentNoMark, pupil);
    }
  }

  match(row: NormalisedRow, marks: RowMarks): Match {
    const mark = marks.nationalId;
    const byMark = mark === null ? undefined : this.#byNationalId.get(mark);
    const byNo = marks.studentNo === null ? undefined : this.#byStudentNo.get(marks.studentNo);
    const value = row.studentNo ?? '';
    if (byMark !== undefined && byNo !== undefined && byMark.id !== byNo.id) {
      const error = rowIssue('studentNo', 'roster.numbers-of-two-pupils', { value });
      return { outcome: 'conflict', error };
    }
    if (byMark !== undefined) return { outcome: 'known', pupil: byMark };
    if (byNo === undefined) return { outcome: 'new' };
    const otherPerson =
      mark !== null && byNo.nationalIdMark !== null && byNo.name !== (row.name ?? byNo.name);
    // A reused student number must not turn one pupil's records into another's.
    if (otherPerson) {
      const error = rowIssue('studentNo', 'roster.student-number-taken', { value });
      return { outcome: 'conflict', error };
    }
    return { outcome: 'known', pupil: byNo };
  }
}

/**
 * The rows that share a number, or a pupil of the roster, with other rows: both are wrong, because
 * nobody but the school can tell which one is right.
 */
export function findDoubles(
  rows: readonly NormalisedRow[],
  matches: ReadonlyMap<number, Match>,
): Map<number, RowError[]> {
  const errors = new Map<number, RowError[]>();
  const report = (
    keyOf: (row: NormalisedRow) => string | null,
    errorOf: (row: NormalisedRow, others: string) => RowError,
  ) => {
    for (const group of groupBy(rows, keyOf)) {
      const numbers = group.map((row) => row.rowNumber);
      if (numbers.length < 2) continue;
      for (const row of group) {
        const others = listRows(numbers.filter((number) => number !== row.rowNumber));
        errors.set(row.rowNumber, [...(errors.get(row.rowNumber) ?? []), errorOf(row, others)]);
      }
    }
  };
  report(
    (row) => row.nationalId,
    (_row, others) => rowIssue('nationalId', 'roster.double-national-id', { rows: others }),
  );
  report(
    (row) => row.studentNo,
    (row, others) =>
      rowIssue('studentNo', 'roster.double-student-number', {
        value: row.studentNo ?? '',
        rows: others,
      }),
  );
  const withNumbers = new Set(errors.keys());
  report(
    (row) => {
      const match = matches.get(row.rowNumber);
      return match?.outcome === 'known' && !withNumbers.has(row.rowNumber) ? match.pupil.id : null;
    },
    (_row, others) => rowIssue(null, 'roster.double-pupil', { rows: others }),
  );
  return errors;
}

export function groupBy(
  rows: readonly NormalisedRow[],
  keyOf: (row: NormalisedRow) => string | null,
): NormalisedRow[][] {
  const groups = new Map<string, NormalisedRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()];
}

const rowsNamed = 5;

/** `12、40`; beyond five rows only the first are named. */
export function listRows(numbers: readonly number[]): string {
  const named = numbers.slice(0, rowsNamed).join('、');
  return numbers.length > rowsNamed ? `${named}…` : named;
}
