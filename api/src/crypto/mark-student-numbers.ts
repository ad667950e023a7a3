import { connectForLongWork } from '@shaodian/migrations';
import type { Sql } from 'postgres';
import type { MasterKey } from './master-key.ts';

type Marks = Pick<MasterKey, 'markOf'>;

interface Stored {
  readonly school_id: number;
  readonly pupil_id: string;
  readonly student_no: string;
}

/**
 * Replaces the student numbers that were stored before migration 0019, some at a time, each time in a transaction of its own: cut off, the
 * next start goes on. Then the constraint is validated, by which a later start sees that nothing is left, and the old rows leave the disk.
 * @returns how many were replaced
 */
export async function markStudentNumbers(
  adminUrl: string,
  master: Marks,
  rowsAtOnce = 500,
): Promise<number> {
  const sql = connectForLongWork(adminUrl);
  try {
    if (await isDone(sql)) return 0;
    let marked = 0;
    for (let more = rowsAtOnce; more === rowsAtOnce; marked += more)
      more = await asOwner(sql, () => markSome(sql, master, rowsAtOnce));
    await sql.unsafe('vacuum full app.pupil_records');
    await asOwner(
      sql,
      () => sql`alter table app.pupil_records validate constraint pupil_records_number_not_kept`,
    );
    return marked;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function isDone(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ convalidated: boolean }[]>`
    select convalidated from pg_constraint where conname = 'pupil_records_number_not_kept' and conrelid = 'app.pupil_records'::regclass`;
  return row?.convalidated ?? false;
}

/**
 * No policy is for work on all schools at once: it is lifted for this transaction alone, while nobody else can read the table. Not
 * `sql.begin`: it waits for ever when the server is lost.
 */
async function asOwner<T>(sql: Sql, work: () => Promise<T>): Promise<T> {
  await sql
    .unsafe(
      'begin; set local role shaodian_owner; alter table app.pupil_records no force row level security;',
    )
    .simple();
  const result = await work();
  await sql.unsafe('alter table app.pupil_records force row level security; commit;').simple();
  return result;
}

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
