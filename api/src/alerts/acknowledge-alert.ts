import { sql } from 'kysely';
import { endClock } from '../clocks/end-clock.ts';
import { getDataKey } from '../crypto/data-keys.ts';
import { sealText } from '../crypto/seal.ts';
import { asEvaluation, recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { stopMessages } from '../messages/stop-messages.ts';
import { enqueue } from '../notifications/enqueue.ts';
import { findAlert, insertEvent, lockAlert } from './alert-place.ts';
import { readAlertWithin } from './alerts.reads.ts';
import type { AcknowledgementInput } from './alerts.schemas.ts';
import { whyText } from '../access/why.ts';
import { whyMayAcknowledge } from './why-may.ts';

type AckDeps = Pick<Deps, 'db' | 'master' | 'now' | 'newId'>;

/**
 * A recorded act: who, when, and the next step. Stops the acknowledgement clock for everyone; opening or reading does not.
 * @throws Refusal resource.not-found, alert.not-on-duty, alert.already-acknowledged (with the current copy)
 */
export function acknowledgeAlert(
  deps: AckDeps,
  actor: Actor,
  alertId: string,
  input: AcknowledgementInput,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const alert = await lockAlert(trx, actor, alertId);
    const why = (await whyMayAcknowledge(trx, actor, alert)) ?? refuse('alert.not-on-duty');
    if (alert.status !== 'open')
      refuse('alert.already-acknowledged', {
        current: withoutNote(await readAlertWithin(deps, trx, actor, alertId)),
      });
    const at = deps.now();
    const eventId = deps.newId();
    const [note, eventNote] = await sealNotes(deps, trx, actor, {
      alertId,
      eventId,
      pupilId: alert.pupilId,
      note: input.note.trim(),
    });
    await trx
      .updateTable('alerts')
      .set({
        status: 'acknowledged',
        acknowledged_at: at,
        acknowledged_by: actor.personId,
        // Whoever said what happens next is accountable for it, and from them it climbs anew.
        holder_id: actor.personId,
        rung: sql`tier`,
        asked: [actor.personId],
        next_step: input.nextStep,
        note,
        version: sql`version + 1`,
      })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', alertId)
      .execute();
    await asEvaluation(trx, alert.pupilId, async () => {
      const one = { schoolId: actor.schoolId, alertId };
      await endClock(trx, one, 'acknowledge', 'met', at);
      await endClock(trx, one, 'see_evidence', 'met', at);
      await stopMessages(trx, { ...one, by: actor.personId });
      await enqueue(deps, trx, {
        schoolId: actor.schoolId,
        topic: 'alert.acknowledged',
        subjectId: alertId,
        at,
      });
    });
    // The act stays with its event when the alert later asks for another.
    await insertEvent(trx, actor, alert, {
      id: eventId,
      kind: 'acknowledged',
      at,
      next_step: input.nextStep,
      note: eventNote,
    });
    recordAct(trx, {
      action: 'alert.acknowledged',
      pupils: [alert.pupilId],
      resource: `alert:${alertId}`,
      why: whyText(why),
    });
    return { id: alertId };
  });
}

type CurrentAlert = Awaited<ReturnType<typeof readAlertWithin>>;

/** What was done and by whom, without the words: refusals are kept by proxies, consoles and reports of faults that no answer gets into. */
const withoutNote = (alert: CurrentAlert): CurrentAlert => ({
  ...alert,
  acknowledgement: alert.acknowledgement && { ...alert.acknowledgement, note: null },
});

/** "I am with the pupil": shown to everyone who sees the alert, stops nothing. */
export function recordCompanion(
  deps: AckDeps,
  actor: Actor,
  alertId: string,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const alert = await findAlert(trx, actor, alertId);
    const at = deps.now();
    await insertEvent(trx, actor, alert, { id: deps.newId(), kind: 'with_pupil', at });
    recordAct(trx, {
      action: 'alert.companion',
      pupils: [alert.pupilId],
      resource: `alert:${alertId}`,
    });
    return { id: alertId, at: at.toISOString() };
  });
}

// The alert's and the event's are sealed apart: neither can stand in the other's place.
async function sealNotes(
  deps: AckDeps,
  trx: ActorTransaction,
  actor: Actor,
  what: { alertId: string; eventId: string; pupilId: string; note: string },
): Promise<readonly [Buffer | null, Buffer | null]> {
  if (what.note === '') return [null, null];
  const { schoolId } = actor;
  const key = await getDataKey(trx, deps.master, { schoolId, kind: 'pupil', id: what.pupilId });
  const sealed = (table: string, row: string) =>
    sealText(what.note, key, { table, column: 'note', row, schoolId });
  return [sealed('alerts', what.alertId), sealed('alert_events', what.eventId)];
}
