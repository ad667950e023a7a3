import { sql } from 'kysely';
import { weekOf } from '@shaodian/rules';
import type { AlertDecision, Change, ClockKey, SchoolCalendar, Standing } from '@shaodian/rules';
import { startClocks, startEvidenceClock } from '../clocks/start-clocks.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { OpenAlert } from './facts.reads.ts';

/** Everything one judgement changes, gathered before anything is written. */
export interface StoredJudgement {
  readonly schoolId: number;
  readonly open: OpenAlert | undefined;
  readonly alertId: string;
  readonly eventId: string;
  readonly decisionId: string;
  readonly pupil: { readonly id: string; readonly classId: number; readonly gradeId: number };
  readonly decision: AlertDecision;
  readonly change: Change;
  readonly clockStart: {
    readonly standing: Standing;
    readonly clock: ClockKey;
    readonly dueAt: string;
  } | null;
  /** Who must make the mandatory report, where one must be made. */
  readonly reporting: Standing | null;
  readonly calendar: SchoolCalendar;
  readonly needsReview: 'evaluation-failed' | 'no-holder' | null;
  readonly at: Date;
  /** null where a pupil asked for help: no sign of anybody stands behind it. */
  readonly newObservationId: string | null;
}

const placeOf = (j: StoredJudgement) => ({
  school_id: j.schoolId,
  grade_id: j.pupil.gradeId,
  class_id: j.pupil.classId,
});

/** Writes the alert, its short reasons, the whole decision, the evidence and the event. Inside `asEvaluation`. */
export async function storeJudgement(
  trx: ActorTransaction,
  judgement: StoredJudgement,
): Promise<void> {
  if (judgement.open) await changeAlert(trx, judgement, judgement.open);
  else await insertAlert(trx, judgement);
  await replaceReasons(trx, judgement);
  await runClocks(trx, judgement);
  await trx
    .insertInto('alert_decisions')
    .values({
      ...placeOf(judgement),
      id: judgement.decisionId,
      alert_id: judgement.alertId,
      pupil_id: judgement.pupil.id,
      decided_at: judgement.at,
      policy_version: judgement.decision.policyVersion,
      decision: judgement.decision as never,
    })
    .execute();
  await attachEvidence(trx, judgement);
  await trx
    .insertInto('alert_events')
    .values({
      ...placeOf(judgement),
      id: judgement.eventId,
      alert_id: judgement.alertId,
      counsellor_only: judgement.decision.counsellorOnly,
      at: judgement.at,
      kind: judgement.change.event,
      colour: judgement.change.colour,
      person_id: null,
    })
    .execute();
}

async function insertAlert(trx: ActorTransaction, j: StoredJudgement): Promise<void> {
  if (!j.clockStart) throw new Error('a new alert starts a clock');
  await trx
    .insertInto('alerts')
    .values({
      ...placeOf(j),
      id: j.alertId,
      pupil_id: j.pupil.id,
      colour: j.change.colour,
      tier: j.change.tier,
      status: 'open',
      counsellor_only: j.decision.counsellorOnly,
      guardian_locked: j.decision.guardianLocked,
      mandatory_report: j.decision.mandatoryReport,
      needs_review: j.needsReview,
      holder_id: j.clockStart.standing.holder,
      rung: j.clockStart.standing.rung,
      asked: [...j.clockStart.standing.asked],
      first_raised_at: j.at,
      raised_at: j.at,
      ack_clock: j.clockStart.clock,
      ack_due_at: j.clockStart.dueAt,
    })
    .execute();
}

async function changeAlert(
  trx: ActorTransaction,
  j: StoredJudgement,
  open: OpenAlert,
): Promise<void> {
  const started = j.clockStart && {
    status: 'open',
    // Nobody found is no reason to lose the one who holds it.
    ...(j.clockStart.standing.holder && {
      holder_id: j.clockStart.standing.holder,
      rung: j.clockStart.standing.rung,
      asked: [...j.clockStart.standing.asked],
    }),
    raised_at: j.at,
    ack_clock: j.clockStart.clock,
    // Only an emergency starts a fresh clock; other evidence never moves a deadline nobody has met yet.
    ack_due_at:
      j.change.event === 'fresh_emergency'
        ? j.clockStart.dueAt
        : sql<string>`case status when 'open' then least(ack_due_at, ${j.clockStart.dueAt}::timestamptz) else ${j.clockStart.dueAt}::timestamptz end`,
    acknowledged_at: null,
    acknowledged_by: null,
    next_step: null,
    note: null,
  };
  await trx
    .updateTable('alerts')
    .set({
      colour: j.change.colour,
      tier: j.change.tier,
      // A lock or a duty to report, once on, is taken off by people only.
      guardian_locked: sql`guardian_locked or ${j.decision.guardianLocked}`,
      mandatory_report: sql`mandatory_report or ${j.decision.mandatoryReport}`,
      needs_review: j.needsReview ?? sql`needs_review`,
      version: sql`version + 1`,
      ...started,
    })
    .where('school_id', '=', j.schoolId)
    .where('id', '=', open.id)
    .execute();
}

async function runClocks(trx: ActorTransaction, j: StoredJudgement): Promise<void> {
  const alert = { schoolId: j.schoolId, alertId: j.alertId };
  const { guardian_locked, mandatory_report, status, ack_clock } = await trx
    .selectFrom('alerts')
    .select(['guardian_locked', 'mandatory_report', 'status', 'ack_clock'])
    .where('school_id', '=', j.schoolId)
    .where('id', '=', j.alertId)
    .executeTakeFirstOrThrow();
  const start = {
    ...alert,
    pupilId: j.pupil.id,
    clock: ack_clock as ClockKey,
    guardianLocked: guardian_locked,
    mandatoryReport: mandatory_report,
    at: j.at,
    calendar: j.calendar,
    afresh: j.change.event === 'fresh_emergency',
    reporting: j.reporting,
  };
  if (j.clockStart) await startClocks(trx, start);
  else if (status === 'acknowledged') await startEvidenceClock(trx, start);
}

async function replaceReasons(trx: ActorTransaction, j: StoredJudgement): Promise<void> {
  // What could not be judged has no reasons of its own; those that stand are kept.
  if (j.decision.reasons.length === 0) return;
  // That the pupil asked stays, whatever is judged afterwards.
  const asked = j.decision.reasons.some(({ rule }) => rule === 'R10');
  await trx
    .deleteFrom('alert_reasons')
    .where('school_id', '=', j.schoolId)
    .where('alert_id', '=', j.alertId)
    .where('rule', asked ? '=' : '<>', 'R10')
    .execute();
  await trx
    .insertInto('alert_reasons')
    .values(
      j.decision.reasons.map((reason, index) => ({
        ...placeOf(j),
        alert_id: j.alertId,
        pupil_id: j.pupil.id,
        position: asked ? 0 : index + 1,
        counsellor_only: j.decision.counsellorOnly,
        rule: reason.rule,
        colour: reason.colour,
        tier: reason.tier,
        codes: [...reason.codes],
        weeks: [...new Set(reason.dates.map(weekOf))],
      })),
    )
    .execute();
}

/** Every observation the decision stood on, and the new one; those attached before stay. */
async function attachEvidence(trx: ActorTransaction, j: StoredJudgement): Promise<void> {
  const observations = new Set([
    ...(j.newObservationId === null ? [] : [j.newObservationId]),
    ...j.decision.reasons.flatMap((reason) => reason.observationIds),
  ]);
  if (observations.size === 0) return;
  await trx
    .insertInto('alert_evidence')
    .values(
      [...observations].map((id) => ({
        school_id: j.schoolId,
        alert_id: j.alertId,
        pupil_id: j.pupil.id,
        observation_id: id,
        attached_at: j.at,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  // An alert that only counsellors may know of opens nothing: what became readable would give it away.
  if (j.change.colour !== 'blue' && !j.decision.counsellorOnly)
    await letGradeRead(trx, j, [...observations]);
}

/** From yellow on, the grade head may read what the alert stands on. */
async function letGradeRead(
  trx: ActorTransaction,
  j: StoredJudgement,
  observations: readonly string[],
): Promise<void> {
  await trx
    .updateTable('observations')
    .set({ grade_may_read: true })
    .where('school_id', '=', j.schoolId)
    .where('pupil_id', '=', j.pupil.id)
    .where('counsellor_only', '=', false)
    .where('id', 'in', observations)
    .execute();
}
