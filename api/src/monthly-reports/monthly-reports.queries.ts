import type { ActorTransaction } from '../db/database.ts';
import type { Actor } from '../http/types.ts';

export interface StoredReport {
  readonly id: string;
  readonly seat: { readonly classId: number; readonly gradeId: number };
  readonly seatMark: string;
  readonly month: string;
  readonly late: boolean;
  readonly submittedAt: Date;
  readonly zeroReport: boolean;
  readonly kindness: Buffer | null;
}

/** That it arrived, and the sealed rest. False when this seat has handed in that month. */
export async function insertReport(
  trx: ActorTransaction,
  actor: Actor,
  report: StoredReport,
): Promise<boolean> {
  const place = {
    school_id: actor.schoolId,
    class_id: report.seat.classId,
    grade_id: report.seat.gradeId,
    month: report.month,
  };
  await trx
    .insertInto('monthly_reports')
    .values({ ...place, id: report.id, late: report.late })
    .execute();
  const inserted = await trx
    .insertInto('monthly_report_bodies')
    .values({
      ...place,
      report_id: report.id,
      seat_mark: report.seatMark,
      reporter_mark: actor.mark,
      submitted_at: report.submittedAt,
      zero_report: report.zeroReport,
      kindness: report.kindness,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}
