import { sql } from 'kysely';
import { whyText } from '../access/why.ts';
import { lockAlert } from '../alerts/alert-place.ts';
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
import { enqueue } from '../notifications/enqueue.ts';
import { carryOutProposal } from './carry-out-proposal.ts';
import type { Agreed } from './carry-out-proposal.ts';
import { isLower, needsSecond } from './may-act.ts';
import type { ProposalInput } from './proposals.schemas.ts';

export type ActDeps = Pick<Deps, 'db' | 'master' | 'now' | 'newId'>;

/**
 * Proposes to close or lower an alert or to clear its guardian lock, with the reason. Blue and yellow are closed and lowered at once; everything else
 * waits for a second person.
 * @throws Refusal resource.not-found, alert.not-on-duty, alert.closed, alert.not-acknowledged, alert.proposal-waits, alert.not-lower,
 *   alert.not-locked, alert.report-not-made
 */
export function proposeAct(
  deps: ActDeps,
  actor: Actor,
  alertId: string,
  input: ProposalInput,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const alert = await lockAlert(trx, actor, alertId);
    const why = (await whyMayAcknowledge(trx, actor, alert)) ?? refuse('alert.not-on-duty');
    await assertPossible(trx, actor, alert, input);
    const [id, at] = [deps.newId(), deps.now()];
    await insertProposal(deps, trx, actor, alert, { id, at, input });
    const waits = needsSecond(input.act, alert.colour);
    if (waits)
      await enqueue(deps, trx, {
        schoolId: actor.schoolId,
        topic: 'alert.proposed',
        subjectId: alertId,
        at,
      });
    else
      await asEvaluation(trx, alert.pupilId, () =>
        carryOutProposal(trx, actor, alert, agreedOf(input), at),
      );
    recordAct(trx, {
      action: waits ? 'alert.proposed' : doneAction[input.act],
      pupils: [alert.pupilId],
      resource: `alert:${alertId}`,
      why: whyText(why),
    });
    return { id, state: waits ? ('open' as const) : ('agreed' as const) };
  });
}

export const doneAction = {
  close: 'alert.closed',
  lower: 'alert.lowered',
  clear_guardian: 'alert.guardian-cleared',
} as const;

const agreedOf = (input: ProposalInput): Agreed => ({
  act: input.act,
  colour: input.act === 'lower' ? input.colour : null,
  outcome: input.act === 'close' ? input.outcome : null,
});

async function assertPossible(
  trx: ActorTransaction,
  actor: Actor,
  alert: AlertPlace,
  input: ProposalInput,
): Promise<void> {
  if (alert.status === 'closed') refuse('alert.closed');
  if (alert.status !== 'acknowledged') refuse('alert.not-acknowledged');
  if (input.act === 'lower' && !isLower(input.colour, alert.colour)) refuse('alert.not-lower');
  if (input.act === 'clear_guardian' && !alert.guardianLocked) refuse('alert.not-locked');
  const waiting = await trx
    .selectFrom('alert_proposals')
    .select('id')
    .where('school_id', '=', actor.schoolId)
    .where('alert_id', '=', alert.id)
    .where('state', '=', 'open')
    .executeTakeFirst();
  if (waiting) refuse('alert.proposal-waits');
  if (input.act === 'close') await assertReported(trx, actor, alert.id);
}

/** The report to the police depends on no level and on nobody's approval: an alert is not closed over it. @throws Refusal alert.report-not-made */
export async function assertReported(
  trx: ActorTransaction,
  actor: Actor,
  alertId: string,
): Promise<void> {
  const running = await trx
    .selectFrom('alert_clocks')
    .select('kind')
    .where('school_id', '=', actor.schoolId)
    .where('alert_id', '=', alertId)
    .where('kind', '=', 'mandatory_report')
    .where('state', '=', 'running')
    .executeTakeFirst();
  if (running) refuse('alert.report-not-made');
}

async function insertProposal(
  deps: ActDeps,
  trx: ActorTransaction,
  actor: Actor,
  alert: AlertPlace,
  { id, at, input }: { readonly id: string; readonly at: Date; readonly input: ProposalInput },
): Promise<void> {
  const { schoolId } = actor;
  const key = await getDataKey(trx, deps.master, { schoolId, kind: 'pupil', id: alert.pupilId });
  const words = {
    reason: input.reason,
    raiseAgain: input.act === 'clear_guardian' ? null : input.raiseAgain,
  };
  const waits = needsSecond(input.act, alert.colour);
  const { act, colour, outcome } = agreedOf(input);
  await trx
    .insertInto('alert_proposals')
    .values({
      school_id: schoolId,
      id,
      alert_id: alert.id,
      pupil_id: alert.pupilId,
      act,
      colour_was: alert.colour,
      colour,
      outcome,
      words: sealText(JSON.stringify(words), key, {
        table: 'alert_proposals',
        column: 'words',
        row: id,
        schoolId,
      }),
      proposed_by: actor.personId,
      proposed_at: at,
      ...(waits
        ? { state: 'open' }
        : { state: 'agreed', decided_at: at, agreed_in: sql<Date>`now()` }),
    })
    .execute();
}
