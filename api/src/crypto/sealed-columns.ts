import type { KeySubject } from './data-keys.ts';

/** A column that holds values sealed with the data key of a subject. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** Names the row, in the table and in what is bound into the value. */
  readonly row: string;
  readonly kind: KeySubject['kind'];
  /** Names the subject: a column of the table itself, or of the row of another table that the first column points to. */
  readonly subject:
    string | { readonly via: string; readonly table: string; readonly column: string };
  /** Until 0009 the note of an event was bound to its alert. */
  readonly formerly?: { readonly table: string; readonly row: string };
}

/** Every one of them. The test beside walks the bytea columns of the database and misses none. */
export const sealedColumns: readonly SealedColumn[] = [
  {
    table: 'observation_details',
    column: 'words',
    row: 'observation_id',
    kind: 'pupil',
    subject: 'pupil_id',
  },
  { table: 'alert_proposals', column: 'words', row: 'id', kind: 'pupil', subject: 'pupil_id' },
  { table: 'alerts', column: 'note', row: 'id', kind: 'pupil', subject: 'pupil_id' },
  {
    table: 'alert_events',
    column: 'note',
    row: 'id',
    kind: 'pupil',
    subject: { via: 'alert_id', table: 'alerts', column: 'pupil_id' },
    formerly: { table: 'alerts', row: 'alert_id' },
  },
  {
    table: 'reporter_openings',
    column: 'reason',
    row: 'id',
    kind: 'pupil',
    subject: 'pupil_id',
  },
  { table: 'break_glass', column: 'reason', row: 'id', kind: 'pupil', subject: 'pupil_id' },
  { table: 'break_glass_reviews', column: 'note', row: 'id', kind: 'pupil', subject: 'pupil_id' },
  {
    table: 'monthly_report_bodies',
    column: 'kindness',
    row: 'report_id',
    kind: 'report',
    subject: 'report_id',
  },
  {
    table: 'roster_imports',
    column: 'sealed_rows',
    row: 'id',
    kind: 'roster_import',
    subject: 'id',
  },
];

/** Sealed with the school's key itself. */
export const schoolSealedColumns = [
  'channels.config',
  'data_keys.wrapped',
  'reporter_seals.sealed_person',
  'second_factors.secret',
] as const;
