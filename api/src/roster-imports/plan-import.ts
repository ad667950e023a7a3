import type { ExistingPupil, ExistingRoster } from './existing-roster.ts';
import { findDoubles, PupilIndex, type Match, type RowMarks } from './match-pupils.ts';
import type { NormalisedRow, Sex } from './normalise-row.ts';
import { planClasses, type PlannedClasses } from './plan-classes.ts';
import type { RowError, RowWarning } from './roster-errors.ts';

export interface PlannedPupil {
  /** In full only for its last four characters; null in an update means: keep what is stored. */
  nationalId: string | null;
  nationalIdMark: string | null;
  /** The same. */
  studentNo: string | null;
  studentNoMark: string | null;
  name: string;
  sex: Sex;
  birthDate: string | null;
  gradeLabel: string;
  className: string;
  /** Null when the class is created by this plan. */
  classId: number | null;
  boards: boolean | null;
  note: string | null;
}

const pupilFields = [
  'nationalId',
  'studentNo',
  'name',
  'sex',
  'birthDate',
  'class',
  'boards',
  'note',
] as const;
type PupilField = (typeof pupilFields)[number];

/** What a preview shows of every row, whatever becomes of it. */
interface RowOutline {
  rowNumber: number;
  name: string | null;
  className: string | null;
  warnings: RowWarning[];
}
export type PlannedRow = RowOutline &
  (
    | { action: 'create'; pupil: PlannedPupil }
    | { action: 'update'; pupilId: string; changed: PupilField[]; pupil: PlannedPupil }
    | { action: 'unchanged'; pupilId: string }
    | { action: 'error'; errors: RowError[] }
  );
type RowAction = PlannedRow['action'];

export interface ImportPlan extends PlannedClasses {
  /** False as soon as one row is wrong: then nothing may be changed. */
  applicable: boolean;
  /** True when applying the plan would change nothing at all. */
  changesNothing: boolean;
  counts: Record<RowAction, number>;
  /** In the order of the file, one for each row given. */
  rows: PlannedRow[];
  /** Pupils of the roster that the file does not mention; an import leaves them as they are. */
  pupilsNotInFile: string[];
}

/**
 * Compares the rows of a file with the roster and says what applying them would do, row by row.
 * Cells that the file leaves empty change nothing. Applying a plan and planning the same rows again
 * gives a plan in which every row is unchanged.
 * @param rows what `normaliseTable` read
 * @param existing the roster of this school, complete
 * @param mark the keyed hash under which a number is found again
 * @example
 * const plan = planImport(rows, existing, mark);
 * plan.counts; // { create: 3, update: 1, unchanged: 1076, error: 0 }
 */
export function planImport(
  rows: readonly NormalisedRow[],
  existing: ExistingRoster,
  mark: (number: string, purpose: 'national-id' | 'student-no') => string,
): ImportPlan {
  const index = new PupilIndex(existing.pupils);
  const marks = new Map<number, RowMarks>();
  const matches = new Map<number, Match>();
  for (const row of rows) {
    const rowMarks = {
      nationalId: row.nationalId === null ? null : mark(row.nationalId, 'national-id'),
      studentNo: row.studentNo === null ? null : mark(row.studentNo, 'student-no'),
    };
    marks.set(row.rowNumber, rowMarks);
    matches.set(row.rowNumber, index.match(row, rowMarks));
  }
  const doubles = findDoubles(rows, matches);
  const { classes, classIdOf, errors: teacherErrors } = planClasses(rows, existing);
  const planned = rows.map((row): PlannedRow => {
    const match = matches.get(row.rowNumber) ?? { outcome: 'new' };
    const errors = [
      ...row.errors,
      ...(match.outcome === 'conflict' ? [match.error] : []),
      ...(doubles.get(row.rowNumber) ?? []),
      ...(teacherErrors.get(row.rowNumber) ?? []),
    ];
    return planRow(row, marks.get(row.rowNumber) ?? noMarks, match, errors, classIdOf);
  });
  return summarise(planned, classes, matches, existing);
}

const noMarks: RowMarks = { nationalId: null, studentNo: null };

function planRow(
  row: NormalisedRow,
  marks: RowMarks,
  match: Match,
  errors: RowError[],
  classIdOf: (row: NormalisedRow) => number | null,
): PlannedRow {
  const outline: RowOutline = {
    rowNumber: row.rowNumber,
    name: row.name,
    className: row.class?.name ?? null,
    warnings: row.warnings,
  };
  if (errors.length > 0 || row.name === null || row.class === null) {
    if (errors.length === 0) throw new Error('a row without a name or a class carries no error');
    return { ...outline, action: 'error', errors };
  }
  const known = match.outcome === 'known' ? match.pupil : null;
  const pupil: PlannedPupil = {
    nationalId: row.nationalId,
    nationalIdMark: marks.nationalId ?? known?.nationalIdMark ?? null,
    studentNo: row.studentNo,
    studentNoMark: marks.studentNo ?? known?.studentNoMark ?? null,
    name: row.name,
    sex: row.sex ?? known?.sex ?? 'unknown',
    birthDate: row.birthDate ?? known?.birthDate ?? null,
    gradeLabel: row.class.grade.label,
    className: row.class.name,
    classId: classIdOf(row),
    boards: row.boards ?? known?.boards ?? null,
    note: row.note ?? known?.note ?? null,
  };
  if (known === null) return { ...outline, action: 'create', pupil };
  const changed = changedFields(pupil, known);
  if (changed.length === 0) return { ...outline, action: 'unchanged', pupilId: known.id };
  return { ...outline, action: 'update', pupilId: known.id, changed, pupil };
}

function changedFields(pupil: PlannedPupil, known: ExistingPupil): PupilField[] {
  const differs: Record<PupilField, boolean> = {
    nationalId: pupil.nationalIdMark !== known.nationalIdMark,
    studentNo: pupil.studentNoMark !== known.studentNoMark,
    name: pupil.name !== known.name,
    sex: pupil.sex !== known.sex,
    birthDate: pupil.birthDate !== known.birthDate,
    class: pupil.classId !== known.classId,
    boards: pupil.boards !== known.boards,
    note: pupil.note !== (known.note ?? null),
  };
  return pupilFields.filter((field) => differs[field]);
}

function summarise(
  rows: PlannedRow[],
  classes: PlannedClasses,
  matches: ReadonlyMap<number, Match>,
  existing: ExistingRoster,
): ImportPlan {
  const counts: ImportPlan['counts'] = { create: 0, update: 0, unchanged: 0, error: 0 };
  for (const row of rows) counts[row.action] += 1;
  const mentioned = new Set<string>();
  for (const match of matches.values())
    if (match.outcome === 'known') mentioned.add(match.pupil.id);
  const classChanges =
    classes.newGrades.length + classes.newClasses.length + classes.homeroomTeachers.length;
  return {
    applicable: counts.error === 0,
    changesNothing: counts.create + counts.update + counts.error + classChanges === 0,
    counts,
    rows,
    ...classes,
    pupilsNotInFile: existing.pupils.map(({ id }) => id).filter((id) => !mentioned.has(id)),
  };
}
