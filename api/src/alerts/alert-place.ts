import type { Colour, StepKind } from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';

/** What decides who may do what with an alert, and in which state it is. */
export type AlertPlace = Awaited<ReturnType<typeof findAlert>>;

const alertPlace = (trx: ActorTransaction, actor: Actor, alertId: string) =>
  trx
    .selectFrom('alerts')
    .select([
      'id',
      'colour',
      'class_id',
      'grade_id',
      'holder_id',
      'counsellor_only',
      'guardian_locked',
      'ack_clock',
      'status',
      'pupil_id',
    ])
    .where('school_id', '=', actor.schoolId)
    .where('id', '=', alertId);

type PlaceRow = NonNullable<Awaited<ReturnType<ReturnType<typeof alertPlace>['executeTakeFirst']>>>;

const placeOf = (row: PlaceRow) => ({
  id: row.id,
  colour: row.colour as Colour,
  classId: row.class_id,
  gradeId: row.grade_id,
  holderId: row.holder_id,
  counsellorOnly: row.counsellor_only,
  guardianLocked: row.guardian_locked,
  clock: row.ack_clock,
  status: row.status,
  pupilId: row.pupil_id,
});

/** @throws Refusal resource.not-found */
export async function findAlert(trx: ActorTransaction, actor: Actor, alertId: string) {
  return placeOf(
    (await alertPlace(trx, actor, alertId).executeTakeFirst()) ?? refuse('resource.not-found'),
  );
}

/**
 * Locks the alert of those who may act on it. FOR UPDATE shows only rows the person may also change, so "may see, may not act" is told
 * apart first: for them it is not locked.
 * @throws Refusal resource.not-found
 */
export async function lockAlert(
  trx: ActorTransaction,
  actor: Actor,
  alertId: string,
): Promise<AlertPlace> {
  const seen = await findAlert(trx, actor, alertId);
  const locked = await alertPlace(trx, actor, alertId).forUpdate().executeTakeFirst();
  return locked ? placeOf(locked) : seen;
}

type ActEvent =
  | {
      readonly kind: 'acknowledged';
      readonly next_step: string;
      readonly note: Buffer | null;
    }
  | { readonly kind: 'with_pupil' }
  | {
      readonly kind: 'step_done' | 'reported';
      readonly step: StepKind;
      readonly way: string | null;
      readonly note: Buffer | null;
    };

/** What a person did, kept for good. */
export async function insertEvent(
  trx: ActorTransaction,
  actor: Actor,
  alert: AlertPlace,
  event: ActEvent & { readonly id: string; readonly at: Date },
): Promise<void> {
  await trx
    .insertInto('alert_events')
    .values({
      school_id: actor.schoolId,
      alert_id: alert.id,
      grade_id: alert.gradeId,
      class_id: alert.classId,
      counsellor_only: alert.counsellorOnly,
      ...event,
      colour: alert.colour,
      person_id: actor.personId,
    })
    .execute();
}
