import { handOverOfRelieved } from '../alerts/hand-over-alerts.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { enqueue } from '../notifications/enqueue.ts';
import type { Decision } from './grants.schemas.ts';
import { isApprover, isPartOf, readStanding } from './standing.ts';

type DecideDeps = Pick<Deps, 'db' | 'newId' | 'now'>;

/**
 * The second person says yes or no, to all of them or to none. A yes needs the password given again for this, and makes the grant: a
 * trigger does, and nothing else can. Whoever it replaces hands over what they hold.
 * @throws Refusal resource.not-found, action.not-allowed, grant-proposal.same-person, grant-proposal.decided, grant-proposal.over,
 * session.step-up-required, grant-proposal.seat-taken
 */
export function decideProposals(
  deps: DecideDeps,
  actor: Actor,
  ids: readonly string[],
  decision: Decision,
  request: OnceRequest,
): Promise<{ ids: string[] }> {
  const wanted = [...new Set(ids)];
  return once(deps.db, actor, request, async (trx) => {
    const batches = await assertMayDecide(trx, actor, wanted, decision);
    await writeDecision(trx, actor, wanted, decision === 'approve' ? 'approved' : 'refused');
    if (decision === 'approve') await handOverOfRelieved(deps, trx, actor.schoolId);
    const action = decision === 'approve' ? 'grant.approved' : 'grant.refused';
    for (const id of wanted) recordAct(trx, { action, resource: `grant-proposal:${id}` });
    for (const subjectId of batches)
      await enqueue(deps, trx, {
        schoolId: actor.schoolId,
        topic: 'grant.decided',
        subjectId,
        at: deps.now(),
      });
    return { ids: wanted };
  }).catch(asRefusal);
}

/** @returns the acts in which they were proposed */
async function assertMayDecide(
  trx: ActorTransaction,
  actor: Actor,
  ids: readonly string[],
  decision: Decision,
): Promise<Set<string>> {
  const rows = await trx
    .selectFrom('grant_proposals')
    .select(['batch_id', 'seat', 'person_id', 'proposed_by', 'decision', 'ends_at'])
    .where('school_id', '=', actor.schoolId)
    .where('id', 'in', [...ids])
    .execute();
  if (rows.length < ids.length) refuse('resource.not-found');
  const standing = await readStanding(trx);
  if (!rows.every((row) => isApprover(standing, row))) refuse('action.not-allowed');
  if (rows.some((row) => isPartOf(actor, row))) refuse('grant-proposal.same-person');
  if (rows.some((row) => row.decision !== null)) refuse('grant-proposal.decided');
  if (decision === 'approve') {
    // Security time, as in the policies.
    if (rows.some((row) => row.ends_at !== null && row.ends_at.getTime() <= Date.now()))
      refuse('grant-proposal.over');
    if (actor.steppedUp?.purpose !== 'approve_grants') refuse('session.step-up-required');
  }
  return new Set(rows.map((row) => row.batch_id));
}

async function writeDecision(
  trx: ActorTransaction,
  actor: Actor,
  ids: readonly string[],
  decision: 'approved' | 'refused',
): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable('grant_proposals')
    .set({ decision, decided_by: actor.personId })
    .where('school_id', '=', actor.schoolId)
    .where('id', 'in', [...ids])
    .where('decision', 'is', null)
    .executeTakeFirst();
  // Somebody else was faster with one of them: none of these is decided here.
  if (Number(numUpdatedRows) < ids.length) refuse('grant-proposal.decided');
}

const constraints = {
  committee_seats_one_holder: 'grant-proposal.seat-taken',
  grant_proposals_pupil_of_class: 'grant-proposal.over',
} as const;

function asRefusal(error: unknown): never {
  const name = (error as { constraint_name?: string }).constraint_name ?? '';
  if (name in constraints) refuse(constraints[name as keyof typeof constraints]);
  throw error;
}
