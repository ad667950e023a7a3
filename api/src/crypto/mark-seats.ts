import type { Seat } from '@shaodian/rules';
import type { Sql } from 'postgres';
import type { MasterKey } from './master-key.ts';
import { replaceStored } from './replace-stored.ts';

type Marks = Pick<MasterKey, 'markOf'>;

interface SeatOfMonth {
  readonly classId: number;
  /** `YYYY-MM-DD`, the first of the month. */
  readonly month: string;
  readonly seat: Seat;
}

/** What is kept of the seat that handed in a month's report: each seat once a month, and nobody's name beside it. */
export const seatMark = (
  master: Marks,
  schoolId: number,
  { classId, month, seat }: SeatOfMonth,
): string => master.markOf(schoolId, 'seat', `${classId}/${month}/${seat}`);

interface Stored {
  readonly school_id: number;
  readonly report_id: string;
  readonly class_id: number;
  readonly month: string;
  readonly seat: Seat;
}

/** Replaces the seats that were stored before migration 0025. @returns how many were replaced */
export const markSeats = (adminUrl: string, master: Marks, rowsAtOnce = 500): Promise<number> =>
  replaceStored(
    adminUrl,
    {
      table: 'app.monthly_report_bodies',
      constraint: 'monthly_report_bodies_seat_not_kept',
      replaceSome: (sql, atOnce) => markSome(sql, master, atOnce),
    },
    rowsAtOnce,
  );

async function markSome(sql: Sql, master: Marks, atOnce: number): Promise<number> {
  const rows = await sql<Stored[]>`
    select school_id, report_id, class_id, month::text, seat from app.monthly_report_bodies where seat is not null limit ${atOnce}`;
  const kept = rows.map(({ school_id, report_id, class_id, month, seat }) => ({
    school_id,
    report_id,
    mark: seatMark(master, school_id, { classId: class_id, month, seat }),
  }));
  await sql`
    update app.monthly_report_bodies b set seat = null, seat_mark = m.mark
    from jsonb_to_recordset(${sql.json(kept)}) as m (school_id int, report_id uuid, mark text)
    where b.school_id = m.school_id and b.report_id = m.report_id`;
  return rows.length;
}
