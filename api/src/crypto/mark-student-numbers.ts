import type { Sql } from 'postgres';
import type { MasterKey } from './master-key.ts';
import { replaceStored } from './replace-stored.ts';

type Marks = Pick<MasterKey, 'markOf'>;

interface Stored {
  readonly school_id: number;
  readonly pupil_id: string;
  readonly student_no: string;
}

/** Replaces the student numbers that were stored before migration 0019. @returns how many were replaced */
export const markStudentNumbers = (
  adminUrl: string,
  master: Marks,
  rowsAtOnce = 500,
): Promise<number> =>
  replaceStored(
    adminUrl,
    {
      table: 'app.pupil_records',
      constraint: 'pupil_records_number_not_kept',
      replaceSome: (sql, atOnce) => markSome(sql, master, atOnce),
    },
    rowsAtOnce,
  );

async function markSome(sql: Sql, master: Marks, atOnce: number): Promise<number> {
  const rows = await sql<Stored[]>`
    select school_id, pupil_id, student_no from app.pupil_records where student_no is not null limit ${atOnce}`;
  const kept = rows.map(({ school_id, pupil_id, student_no }) => ({
    school_id,
    pupil_id,
    mark: master.markOf(school_id, 'student-no', student_no),
    last4: student_no.slice(-4),
  }));
  await sql`
    update app.pupil_records r set student_no = null, student_no_mark = m.mark, student_no_last4 = m.last4
    from jsonb_to_recordset(${sql.json(kept)}) as m (school_id int, pupil_id uuid, mark text, last4 text)
    where r.school_id = m.school_id and r.pupil_id = m.pupil_id`;
  return rows.length;
}
