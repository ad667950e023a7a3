import { sql } from 'kysely';
import { ackDueAt, holderOf, takeOver } from '@shaodian/rules';
import type { ClockKey, Colour, Rung, Standing } from '@shaodian/rules';
import { startClock } from '../clocks/start-clocks.ts';
import { asEvaluation } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { enqueue } from '../notifications/enqueue.ts';
import { readCalendar } from '../schools/calendar.reads.ts';
import { findStanding, listLadder, mayHold } from './find-holder.ts';

interface HandOver {
  readonly schoolId: number;
  readonly pupil: { readonly id: string; readonly classId: number; readonly gradeId: number };
  /** Who may no longer know of the alerts. */
  readonly from: string;
  readonly keeps?: 'what-is-still-theirs';
}

type HandOverDeps = Pick<Deps, 'now' | 'newId'>;

/**
 * Takes the open alerts on a pupil from someone who is kept away: the next holder gets them, and what that person had answered asks for an
 * answer again. An alert is never without a holder in silence: without one it says so, and those who look at such alerts are told.
 * Inside `asEvaluation`.
 */
export async function handOverAlerts(
  deps: HandOverDeps,
  trx: ActorTransaction,
  { schoolId, pupil, from, keeps }: HandOver,
): Promise<void> {
  const alerts = await trx
    .selectFrom('alerts')
    .select([
      'id',
      'colour',
      'ack_clock',
      'counsellor_only',
      'guardian_locked',
      'holder_id',
      'acknowledged_by',
      'rung',
      'asked',
    ])
    .where('school_id', '=', schoolId)
    .where('pupil_id', '=', pupil.id)
    .where('status', '<>', 'closed')
    .where((eb) => eb.or([eb('holder_id', '=', from), eb('acknowledged_by', '=', from)]))
    .forUpdate()
    .execute();
  for (const alert of alerts) {
    const question = {
      schoolId,
      key: holderOf(alert.colour as Colour, {
        counsellorOnly: alert.counsellor_only,
        guardianLocked: alert.guardian_locked,
      }),
      counsellorOnly: alert.counsellor_only,
      pupilIds: [pupil.id],
      classId: pupil.classId,
      gradeId: pupil.gradeId,
      at: deps.now(),
    };
    if (keeps && (await mayHold(trx, question, from))) continue;
    const before = { rung: alert.rung as Rung, asked: alert.asked, holder: from };
    // What they had answered asks anew; what nobody has answered yet goes on from where it is.
    const takeOverFrom = async () =>
      alert.acknowledged_by === from
        ? findStanding(trx, question)
        : takeOver(before, await listLadder(trx, question));
    const standing = alert.holder_id === from ? await takeOverFrom() : null;
    const holderId = standing ? standing.holder : alert.holder_id;
    await passOn(deps, trx, { schoolId, pupil, from }, { ...alert, holderId, standing });
  }
}

/** The same for everybody whose role was ended in this transaction, also by a role that replaced theirs. */
export async function handOverOfRelieved(
  deps: HandOverDeps,
  trx: ActorTransaction,
  schoolId: number,
): Promise<void> {
  const { rows } = await sql<{
    people: string[];
  }>`select sec.just_relieved() as people`.execute(trx);
  for (const person of rows[0]?.people ?? []) await handOverLeft(deps, trx, schoolId, person);
}

/**
 * Takes every open alert from somebody who lost a role or an account, but for those that their other roles still make theirs.
 * For those who take roles and accounts away, who learn nothing of the alerts by it.
 */
export async function handOverLeft(
  deps: HandOverDeps,
  trx: ActorTransaction,
  schoolId: number,
  from: string,
): Promise<void> {
  const { rows } = await sql<{
    pupil_id: string;
    class_id: number;
    grade_id: number;
  }>`select * from sec.pupils_of_holder(${from})`.execute(trx);
  for (const row of rows) {
    const pupil = { id: row.pupil_id, classId: row.class_id, gradeId: row.grade_id };
    await asEvaluation(trx, pupil.id, () =>
      handOverAlerts(deps, trx, { schoolId, pupil, from, keeps: 'what-is-still-theirs' }),
    );
  }
}

interface Passed {
  readonly id: string;
  readonly colour: string;
  readonly ack_clock: string;
  readonly counsellor_only: boolean;
  readonly acknowledged_by: string | null;
  readonly rung: string;
  readonly holderId: string | null;
  readonly standing: Standing | null;
}

async function passOn(
  deps: HandOverDeps,
  trx: ActorTransaction,
  { schoolId, pupil, from }: HandOver,
  alert: Passed,
): Promise<void> {
  const at = deps.now();
  const calendar = await readCalendar(trx, schoolId);
  const dueAt = ackDueAt(alert.ack_clock as ClockKey, at.toISOString(), calendar);
  const asksAgain = alert.acknowledged_by === from;
  const askAgain = asksAgain && {
    status: 'open',
    raised_at: at,
    ack_due_at: dueAt,
    acknowledged_at: null,
    acknowledged_by: null,
    next_step: null,
    note: null,
  };
  await trx
    .updateTable('alerts')
    .set({
      holder_id: alert.holderId,
      needs_review: alert.holderId
        ? sql<string | null>`needs_review`
        : sql<string>`coalesce(needs_review, 'no-holder')`,
      version: sql`version + 1`,
      ...(alert.standing && { rung: alert.standing.rung, asked: [...alert.standing.asked] }),
      ...(askAgain || {}),
    })
    .where('school_id', '=', schoolId)
    .where('id', '=', alert.id)
    .execute();
  if (asksAgain)
    await startClock(
      trx,
      { schoolId, alertId: alert.id, pupilId: pupil.id, at, afresh: true, reporting: null },
      'acknowledge',
      dueAt,
    );
  await trx
    .insertInto('alert_events')
    .values({
      school_id: schoolId,
      id: deps.newId(),
      alert_id: alert.id,
      grade_id: pupil.gradeId,
      class_id: pupil.classId,
      counsellor_only: alert.counsellor_only,
      at,
      kind: 'handed_over',
      colour: alert.colour,
      person_id: null,
    })
    .execute();
  const topic = alert.holderId ? 'alert.clock_started' : 'alert.needs_review';
  await enqueue(deps, trx, { schoolId, topic, subjectId: alert.id, at });
  if (alert.standing?.rung === 'outside' && alert.rung !== 'outside')
    await enqueue(deps, trx, { schoolId, topic: 'alert.outside', subjectId: alert.id, at });
}
