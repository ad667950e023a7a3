import { sql } from 'kysely';
import { lockAlert } from '../alerts/alert-place.ts';
import { asEvaluation, recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { carryOutProposal } from './carry-out-proposal.ts';
import type { Agreed } from './carry-out-proposal.ts';
import { isSecond } from './may-act.ts';
import { assertReported, doneAction } from './propose.ts';
import type { ActDeps } from './propose.ts';

/**
 * The second person agrees, and it takes effect now; or declines, and nothing changes.
 * @throws Refusal resource.not-found, alert.second-person, alert.proposal-over, alert.report-not-made
 */
export function decideProposal(
  deps: ActDeps,
  actor: Actor,
  proposalId: string,
  agree: boolean,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const { proposal, alert } = await lockProposal(trx, actor, proposalId);
    const second = { act: proposal.act, proposedBy: proposal.proposedBy };
    if (!(await isSecond(trx, actor, alert, second))) refuse('alert.second-person');
    if (proposal.state !== 'open' || alert.status === 'closed') refuse('alert.proposal-over');
    if (agree && proposal.act === 'close') await assertReported(trx, actor, alert.id);
    const at = deps.now();
    await settle(trx, actor, proposalId, agree ? 'agreed' : 'declined', at);
    if (agree)
      await asEvaluation(trx, alert.pupilId, () =>
        carryOutProposal(trx, actor, alert, proposal, at),
      );
    recordAct(trx, {
      action: agree ? doneAction[proposal.act] : 'alert.proposal-declined',
      pupils: [alert.pupilId],
      resource: `alert:${alert.id}`,
    });
    return { id: proposalId };
  });
}

/** Whoever proposed it does not want it any more. @throws Refusal resource.not-found, alert.second-person, alert.proposal-over */
export function withdrawProposal(
  deps: ActDeps,
  actor: Actor,
  proposalId: string,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const { proposal, alert } = await lockProposal(trx, actor, proposalId);
    if (proposal.proposedBy !== actor.personId) refuse('alert.not-yours');
    if (proposal.state !== 'open') refuse('alert.proposal-over');
    await settle(trx, actor, proposalId, 'withdrawn', deps.now());
    recordAct(trx, {
      action: 'alert.proposal-withdrawn',
      pupils: [alert.pupilId],
      resource: `alert:${alert.id}`,
    });
    return { id: proposalId };
  });
}

/** Inside `asEvaluation`: something new is known of the pupil, and what was proposed before was about less. */
export async function lapseProposals(
  trx: ActorTransaction,
  { schoolId, alertId, at }: { schoolId: number; alertId: string; at: Date },
): Promise<void> {
  await trx
    .updateTable('alert_proposals')
    .set({ state: 'lapsed', decided_at: at })
    .where('school_id', '=', schoolId)
    .where('alert_id', '=', alertId)
    .where('state', '=', 'open')
    .execute();
}

/** The alert is locked first, as by everybody who acts on it. */
async function lockProposal(trx: ActorTransaction, actor: Actor, proposalId: string) {
  const read = () =>
    trx
      .selectFrom('alert_proposals')
      .select(['alert_id', 'act', 'colour', 'outcome', 'state', 'proposed_by'])
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', proposalId)
      .executeTakeFirst();
  const seen = (await read()) ?? refuse('resource.not-found');
  const alert = await lockAlert(trx, actor, seen.alert_id);
  // A leader sees the alert and may decide, and does not act on it: the rules' own lock, which they have while they carry out.
  await asEvaluation(trx, alert.pupilId, () =>
    trx
      .selectFrom('alerts')
      .select('id')
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', alert.id)
      .forUpdate()
      .execute(),
  );
  const row = (await read()) ?? refuse('resource.not-found');
  const proposal = {
    ...(row as unknown as Agreed),
    state: row.state,
    proposedBy: row.proposed_by,
  };
  return { proposal, alert };
}

async function settle(
  trx: ActorTransaction,
  actor: Actor,
  proposalId: string,
  state: 'agreed' | 'declined' | 'withdrawn',
  at: Date,
): Promise<void> {
  await trx
    .updateTable('alert_proposals')
    .set({
      state,
      decided_by: actor.personId,
      decided_at: at,
      ...(state === 'agreed' && { agreed_in: sql<Date>`now()` }),
    })
    .where('school_id', '=', actor.schoolId)
    .where('id', '=', proposalId)
    .execute();
}
