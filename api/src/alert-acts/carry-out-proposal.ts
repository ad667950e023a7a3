import { sql } from 'kysely';
import { guardianDueAt, stepsDueAt } from '@shaodian/rules';
import type { ClockKey, Colour } from '@shaodian/rules';
import type { AlertPlace } from '../alerts/alert-place.ts';
import { startClock } from '../clocks/start-clocks.ts';
import { stopClocks } from '../clocks/end-clock.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Actor } from '../http/types.ts';
import { stopMessages } from '../messages/stop-messages.ts';
import { readCalendar } from '../schools/calendar.reads.ts';
import type { ProposalAct } from './proposals.schemas.ts';

/** What people agreed on. */
export interface Agreed {
  readonly act: ProposalAct;
  readonly colour: Colour | null;
  readonly outcome: string | null;
}

/** Makes it so. Inside `asEvaluation`, with the alert locked, in the transaction in which the proposal became agreed: the database asks for that. */
export async function carryOutProposal(
  trx: ActorTransaction,
  actor: Actor,
  alert: AlertPlace,
  { act, colour, outcome }: Agreed,
  at: Date,
): Promise<void> {
  const one = { schoolId: actor.schoolId, alertId: alert.id };
  if (act === 'close') {
    await change(trx, actor, alert, {
      status: 'closed',
      closed_at: at,
      closed_by: actor.personId,
      outcome,
    });
    await stopClocks(trx, one, at);
    await stopMessages(trx, { ...one, by: actor.personId });
  } else if (act === 'lower') await lower(trx, actor, alert, colour ?? alert.colour, at);
  else await unlock(trx, actor, alert, at);
}

const change = (
  trx: ActorTransaction,
  actor: Actor,
  alert: AlertPlace,
  values: Record<string, unknown>,
) =>
  trx
    .updateTable('alerts')
    .set({ ...values, version: sql<number>`version + 1` } as never)
    .where('school_id', '=', actor.schoolId)
    .where('id', '=', alert.id)
    .execute();

const clockOf: Record<Colour, ClockKey> = {
  blue: 'blue',
  yellow: 'yellow',
  orange: 'orange',
  red: 'red',
};

/** The tier stays, and so does who holds it; what was to be done soon may take the time of the lower colour, counted from now. */
async function lower(
  trx: ActorTransaction,
  actor: Actor,
  alert: AlertPlace,
  colour: Colour,
  at: Date,
): Promise<void> {
  const clock = clockOf[colour];
  await change(trx, actor, alert, { colour, ack_clock: clock });
  const calendar = await readCalendar(trx, actor.schoolId);
  const due = new Map(
    stepsDueAt(
      { clock, guardianLocked: alert.guardianLocked, mandatoryReport: false },
      at.toISOString(),
      calendar,
    ).map(({ kind, dueAt }) => [kind, dueAt]),
  );
  for (const kind of ['contact', 'assessment', 'guardian'] as const) {
    const later = due.get(kind) ?? null;
    await trx
      .updateTable('alert_clocks')
      .set(
        later === null
          ? { state: 'stopped', ended_at: at }
          : { due_at: sql<Date>`greatest(due_at, ${later}::timestamptz)` },
      )
      .where('school_id', '=', actor.schoolId)
      .where('alert_id', '=', alert.id)
      .where('kind', '=', kind)
      .where('state', '=', 'running')
      .execute();
  }
}

/** From now on the guardian is to be told, within the time of the colour. */
async function unlock(
  trx: ActorTransaction,
  actor: Actor,
  alert: AlertPlace,
  at: Date,
): Promise<void> {
  await change(trx, actor, alert, { guardian_locked: false });
  const calendar = await readCalendar(trx, actor.schoolId);
  const dueAt = guardianDueAt(alert.clock as ClockKey, at.toISOString(), calendar);
  if (dueAt === null) return;
  const { schoolId } = actor;
  const start = { schoolId, alertId: alert.id, pupilId: alert.pupilId, at };
  await startClock(trx, { ...start, afresh: true, reporting: null }, 'guardian', dueAt);
}
