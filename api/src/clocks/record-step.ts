import { sql } from 'kysely';
import { teamDueAt } from '@shaodian/rules';
import type { ClockKey } from '@shaodian/rules';
import { whyText } from '../access/why.ts';
import { findAlert, insertEvent, lockAlert } from '../alerts/alert-place.ts';
import type { AlertPlace } from '../alerts/alert-place.ts';
import { whyMayAcknowledge } from '../alerts/why-may.ts';
import { getDataKey } from '../crypto/data-keys.ts';
import { sealText } from '../crypto/seal.ts';
import { asEvaluation, recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { readCalendar } from '../schools/calendar.reads.ts';
import { endClock } from './end-clock.ts';
import { startClock } from './start-clocks.ts';
import type { ReportInput, StepInput } from './clocks.schemas.ts';

type StepDeps = Pick<Deps, 'db' | 'master' | 'now' | 'newId'>;

/**
 * A step after the acknowledgement was done: first contact, the short assessment, the guardian told, the team met, new evidence seen. Its clock
 * stops, the others run on.
 * @throws Refusal resource.not-found, alert.not-on-duty, alert.closed, alert.guardian-locked, alert.step-not-due
 */
export function recordStep(
  deps: StepDeps,
  actor: Actor,
  alertId: string,
  input: StepInput,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const alert = await lockAlert(trx, actor, alertId);
    const why = (await whyMayAcknowledge(trx, actor, alert)) ?? refuse('alert.not-on-duty');
    if (alert.status === 'closed') refuse('alert.closed');
    if (input.step === 'guardian' && alert.guardianLocked) refuse('alert.guardian-locked');
    const at = deps.now();
    const wasDue = await asEvaluation(trx, alert.pupilId, async () => {
      const ended = await endClock(
        trx,
        { schoolId: actor.schoolId, alertId },
        input.step,
        'met',
        at,
      );
      if (input.step === 'assessment' && input.way !== 'less_than_feared')
        await startTeamClock(trx, actor, alert, at);
      return ended;
    });
    // What the plan decides has no clock, and may be written down all the same.
    if (!wasDue && (input.step === 'team' || input.step === 'see_evidence'))
      refuse('alert.step-not-due');
    await keepStep(deps, trx, actor, alert, { kind: 'step_done', ...input, at });
    recordAct(trx, {
      action: 'alert.step-recorded',
      pupils: [alert.pupilId],
      resource: `alert:${alertId}`,
      why: whyText(why),
    });
    return { id: alertId };
  });
}

/**
 * The mandatory report to the police was made, and this is its receipt. For everybody on the staff who sees the alert: it depends on no level and
 * on nobody's approval.
 * @throws Refusal resource.not-found, alert.step-not-due
 */
export function recordMandatoryReport(
  deps: StepDeps,
  actor: Actor,
  alertId: string,
  input: ReportInput,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const alert = await findAlert(trx, actor, alertId);
    const at = deps.now();
    const wasDue = await asEvaluation(trx, alert.pupilId, async () => {
      await trx
        .selectFrom('alerts')
        .select('id')
        .where('school_id', '=', actor.schoolId)
        .where('id', '=', alertId)
        .forUpdate()
        .execute();
      const one = { schoolId: actor.schoolId, alertId };
      const ended = await endClock(trx, one, 'mandatory_report', 'met', at);
      if (ended) await touchAlert(trx, actor, alertId);
      return ended;
    });
    if (!wasDue) refuse('alert.step-not-due');
    await insertSealed(deps, trx, actor, alert, {
      kind: 'reported',
      step: 'mandatory_report',
      way: null,
      note: input.receipt,
      at,
    });
    recordAct(trx, {
      action: 'alert.reported',
      pupils: [alert.pupilId],
      resource: `alert:${alertId}`,
    });
    return { id: alertId };
  });
}

async function startTeamClock(
  trx: ActorTransaction,
  actor: Actor,
  alert: AlertPlace,
  at: Date,
): Promise<void> {
  const calendar = await readCalendar(trx, actor.schoolId);
  const dueAt = teamDueAt(alert.clock as ClockKey, at.toISOString(), calendar);
  if (dueAt === null) return;
  const { schoolId } = actor;
  const start = { schoolId, alertId: alert.id, pupilId: alert.pupilId, at };
  await startClock(trx, { ...start, afresh: false, reporting: null }, 'team', dueAt);
}

async function keepStep(
  deps: StepDeps,
  trx: ActorTransaction,
  actor: Actor,
  alert: AlertPlace,
  done: StepInput & { readonly kind: 'step_done'; readonly at: Date },
): Promise<void> {
  await insertSealed(deps, trx, actor, alert, {
    ...done,
    way: 'way' in done ? done.way : null,
    note: 'note' in done ? done.note : '',
  });
  await touchAlert(trx, actor, alert.id);
}

/** Who looks at the alert sees that something was done. */
async function touchAlert(trx: ActorTransaction, actor: Actor, alertId: string): Promise<void> {
  await trx
    .updateTable('alerts')
    .set({ version: sql<number>`version + 1` })
    .where('school_id', '=', actor.schoolId)
    .where('id', '=', alertId)
    .execute();
}

interface Kept {
  readonly kind: 'step_done' | 'reported';
  readonly step: StepInput['step'] | 'mandatory_report';
  readonly way: string | null;
  readonly note: string;
  readonly at: Date;
}

async function insertSealed(
  deps: StepDeps,
  trx: ActorTransaction,
  actor: Actor,
  alert: AlertPlace,
  { kind, step, way, note, at }: Kept,
): Promise<void> {
  const id = deps.newId();
  const words = note.trim();
  const { schoolId } = actor;
  const sealed =
    words === ''
      ? null
      : sealText(
          words,
          await getDataKey(trx, deps.master, { schoolId, kind: 'pupil', id: alert.pupilId }),
          { table: 'alert_events', column: 'note', row: id, schoolId },
        );
  await insertEvent(trx, actor, alert, { id, kind, step, way, note: sealed, at });
}
