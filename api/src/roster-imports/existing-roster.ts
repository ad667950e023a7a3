import type { Sex } from './normalise-row.ts';

export interface ExistingClasses {
  grades: readonly { id: number; label: string }[];
  classes: readonly {
    id: number;
    gradeLabel: string;
    name: string;
    homeroomTeacher: string | null;
  }[];
}

export interface ExistingPupil {
  id: string;
  nationalIdMark: string | null;
  studentNoMark: string | null;
  name: string;
  sex: Sex;
  birthDate: string | null;
  classId: number;
  boards: boolean | null;
  note?: string | null;
}

/** The roster as it stands, read in the transaction that will apply the plan. */
export interface ExistingRoster extends ExistingClasses {
  pupils: readonly ExistingPupil[];
}
