import type { ExistingClasses } from './existing-roster.ts';
import { groupBy, listRows } from './match-pupils.ts';
import type { NormalisedRow } from './normalise-row.ts';
import { readClassLabel, readGrade, type SchoolYear } from './read-class-label.ts';
import { rowIssue, type RowError } from './roster-errors.ts';

export interface PlannedClasses {
  newGrades: { label: string; ordinal: number }[];
  newClasses: { gradeLabel: string; classNumber: number; name: string }[];
  /** Homeroom teachers to set; `from` is null where the class had none or is new. */
  homeroomTeachers: { gradeLabel: string; className: string; from: string | null; to: string }[];
}

export interface ClassPlanning {
  classes: PlannedClasses;
  /** The id of a row's class, or null when the class is yet to be created. */
  classIdOf: (row: NormalisedRow) => number | null;
  errors: Map<number, RowError[]>;
}

/** Stored labels name no cohort (2026级), so no year is needed to read them. */
const noCohorts: SchoolYear = { startsIn: 0, firstGrade: 1, lastGrade: 12 };

/**
 * Which grades, classes and homeroom teachers the rows bring. Only rows without an error of their own
 * count, so that a misread cell creates nothing.
 */
export function planClasses(
  rows: readonly NormalisedRow[],
  existing: ExistingClasses,
): ClassPlanning {
  const grades = new Set(
    existing.grades.map(({ label }) => readGrade(label, noCohorts)?.label ?? label),
  );
  const known = new Map(
    existing.classes.map((one) => [keyOfStored(one.gradeLabel, one.name), one] as const),
  );
  const classes: PlannedClasses = { newGrades: [], newClasses: [], homeroomTeachers: [] };
  const errors = new Map<number, RowError[]>();
  for (const group of groupBy(rows, keyOfRow)) {
    for (const [rowNumber, error] of disagreements(group)) errors.set(rowNumber, [error]);
    const sound = group.filter((row) => row.errors.length === 0);
    const label = sound[0]?.class;
    if (label === undefined || label === null) continue;
    const gradeLabel = label.grade.label;
    if (!grades.has(gradeLabel)) {
      grades.add(gradeLabel);
      classes.newGrades.push({ label: gradeLabel, ordinal: label.grade.ordinal });
    }
    const stored = known.get(`${gradeLabel}/${label.name}`);
    if (stored === undefined) {
      classes.newClasses.push({ gradeLabel, classNumber: label.classNumber, name: label.name });
    }
    const to = sound.find((row) => row.homeroomTeacher !== null)?.homeroomTeacher ?? null;
    const from = stored?.homeroomTeacher ?? null;
    if (to !== null && to !== from) {
      classes.homeroomTeachers.push({
        gradeLabel,
        className: stored?.name ?? label.name,
        from,
        to,
      });
    }
  }
  return {
    classes: inOrder(classes),
    classIdOf: (row) => known.get(keyOfRow(row) ?? '')?.id ?? null,
    errors,
  };
}

function keyOfRow(row: NormalisedRow): string | null {
  return row.class === null ? null : `${row.class.grade.label}/${row.class.name}`;
}

function keyOfStored(gradeLabel: string, name: string): string {
  const grade = readGrade(gradeLabel, noCohorts);
  const reading = readClassLabel(name, grade, noCohorts);
  return reading.outcome === 'read'
    ? `${reading.class.grade.label}/${reading.class.name}`
    : `${gradeLabel}/${name}`;
}

/**
 * A class has one homeroom teacher. Where a file names several, every row that differs from the one
 * named most often is wrong, and so is the first row that names that one.
 */
function disagreements(group: readonly NormalisedRow[]): Map<number, RowError> {
  const errors = new Map<number, RowError>();
  const byTeacher = groupBy(group, (row) => row.homeroomTeacher);
  const [usual, ...others] = byTeacher.toSorted((a, b) => b.length - a.length);
  const first = usual?.[0];
  const other = others[0]?.[0];
  if (first === undefined || other === undefined) return errors;
  const report = (row: NormalisedRow, against: NormalisedRow) => {
    errors.set(
      row.rowNumber,
      rowIssue('homeroomTeacher', 'roster.two-homeroom-teachers', {
        class: row.class?.name ?? '',
        value: row.homeroomTeacher ?? '',
        other: against.homeroomTeacher ?? '',
        rows: listRows([against.rowNumber]),
      }),
    );
  };
  report(first, other);
  for (const row of others.flat()) report(row, first);
  return errors;
}

/** The same plan whatever the order of the rows. */
function inOrder(classes: PlannedClasses): PlannedClasses {
  const ordinal = (label: string) => readGrade(label, noCohorts)?.ordinal ?? 0;
  const byName = new Intl.Collator('zh-CN', { numeric: true }).compare;
  return {
    newGrades: classes.newGrades.toSorted((a, b) => a.ordinal - b.ordinal),
    newClasses: classes.newClasses.toSorted(
      (a, b) => ordinal(a.gradeLabel) - ordinal(b.gradeLabel) || a.classNumber - b.classNumber,
    ),
    homeroomTeachers: classes.homeroomTeachers.toSorted(
      (a, b) => ordinal(a.gradeLabel) - ordinal(b.gradeLabel) || byName(a.className, b.className),
    ),
  };
}
