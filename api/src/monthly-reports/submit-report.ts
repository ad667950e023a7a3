import { localDate, monthlyReportDueOn } from '@shaodian/rules';
import { judgeClusters } from '../clusters/judge-clusters.ts';
import { getDataKey } from '../crypto/data-keys.ts';
import { seatMark } from '../crypto/mark-seats.ts';
import { sealText } from '../crypto/seal.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import { askWithin } from '../help-requests/ask-for-help.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { recordWithin } from '../observations/record-observation.ts';
import type { Recorded, ReportDeps } from '../observations/record-observation.ts';
import { readCalendar } from '../schools/calendar.reads.ts';
import { findOwnSeat } from '../sign-in/session.reads.ts';
import { insertReport } from './monthly-reports.queries.ts';
import type { MonthlyReportInput } from './monthly-reports.schemas.ts';
import { openMonths } from './open-months.ts';

/**
 * The monthly report, from the form to the alert, in one transaction as the committee member:
 * once → may they → store → each pupil's signs stored and judged → who holds the alert → answered.
 */
export function submitReport(
  deps: ReportDeps,
  actor: Actor,
  input: MonthlyReportInput,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const seat = (await findOwnSeat(trx, actor)) ?? refuse('monthly-report.no-seat');
    const submittedAt = deps.now();
    const calendar = await readCalendar(trx, actor.schoolId);
    const today = localDate(submittedAt.toISOString(), calendar.timeZone);
    if (!openMonths(calendar, today).includes(input.month)) refuse('monthly-report.month-not-open');
    const late = today > monthlyReportDueOn(calendar, input.month);
    const id = deps.newId();
    const month = `${input.month}-01`;
    const stored = await insertReport(trx, actor, {
      id,
      seat,
      seatMark: seatMark(deps.master, actor.schoolId, { ...seat, month }),
      month,
      late,
      submittedAt,
      zeroReport: input.zeroReport,
      kindness: await sealKindness(deps, trx, actor, id, input.kindness?.trim() ?? ''),
    });
    if (!stored) refuse('monthly-report.already-submitted');
    const recorded: Recorded[] = [];
    for (const observation of input.observations)
      recorded.push(await recordWithin(deps, trx, actor, observation, id));
    if (input.wantToTalk) await askWithin(deps, trx, actor);
    await judgeClusters(
      deps,
      trx,
      actor,
      input.observations.map((one, index) => ({ ...one, id: recorded[index]?.id ?? '' })),
    );
    recordAct(trx, { action: 'monthly-report.submitted' });
    const emergency = recorded.some((one) => one.emergency);
    return {
      id,
      month: input.month,
      submittedAt: submittedAt.toISOString(),
      late,
      emergency,
      next: emergency ? ('emergency' as const) : ('thanks' as const),
      observationIds: recorded.map((one) => one.id),
      emergencyIds: recorded.filter((one) => one.emergency).map((one) => one.id),
    };
  });
}

async function sealKindness(
  deps: ReportDeps,
  trx: ActorTransaction,
  actor: Actor,
  reportId: string,
  words: string,
): Promise<Buffer | null> {
  if (words === '') return null;
  const key = await getDataKey(trx, deps.master, {
    schoolId: actor.schoolId,
    kind: 'report',
    id: reportId,
  });
  return sealText(words, key, {
    table: 'monthly_report_bodies',
    column: 'kindness',
    row: reportId,
    schoolId: actor.schoolId,
  });
}
