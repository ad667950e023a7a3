import type { Migration } from '../migration.ts';

/**
 * A school's own student number is kept as the national one is: a mark to find it by, and the last four characters to tell two pupils apart.
 *
 * The marks need a key that the database does not have: at its next start the program replaces what is stored
 * (`api/src/crypto/mark-student-numbers.ts`) and then validates the constraint, which is how it knows that it is done. Taken back, the
 * columns go and no number returns.
 */
export const studentNumbers: Migration = {
  name: '0019-student-numbers',
  up: `
alter table app.pupil_records add column student_no_mark text;
alter table app.pupil_records add column student_no_last4 text check (length(student_no_last4) between 1 and 4);
comment on column app.pupil_records.student_no is 'Empty: until 0019 the number itself';
comment on column app.pupil_records.student_no_mark is 'HMAC(school key, student number); the number itself is not kept';
alter table app.pupil_records add constraint pupil_records_number_not_kept check (student_no is null) not valid;
create unique index pupil_records_student_no_mark on app.pupil_records (school_id, student_no_mark);
drop index app.pupil_records_student_no;
${erasing('student_no = null,', 'student_no = null, student_no_mark = null, student_no_last4 = null,')}
`,
  down: `
${erasing('student_no = null, student_no_mark = null, student_no_last4 = null,', 'student_no = null,')}
create unique index pupil_records_student_no on app.pupil_records (school_id, student_no);
drop index app.pupil_records_student_no_mark;
alter table app.pupil_records drop constraint pupil_records_number_not_kept;
comment on column app.pupil_records.student_no is null;
alter table app.pupil_records drop column student_no_last4;
alter table app.pupil_records drop column student_no_mark;
`,
};

/** `sec.shred_pupil` as it is, but for the columns it blanks. */
function erasing(before: string, after: string): string {
  return `do $$ begin
  execute replace(pg_get_functiondef('sec.shred_pupil(uuid,text)'::regprocedure), ' set ${before}', ' set ${after}');
end $$;`;
}
