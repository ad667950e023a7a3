import type { Role, Seat } from '@shaodian/rules';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { enqueue } from '../notifications/enqueue.ts';
import type { ProposalReason } from './grants.schemas.ts';

/** A role for a person, before anybody has said yes. */
export interface NewProposal {
  readonly personId: string;
  readonly role: Role;
  readonly classId?: number;
  readonly gradeId?: number;
  /** For a committee member: the seat, and the domain date from which it counts. */
  readonly seat?: { readonly seat: Seat; readonly from: string };
  readonly until?: string | undefined;
  /** On approval whoever else leads the class ends. */
  readonly replaces?: boolean;
}

/**
 * Proposes roles in one act: whoever decides is told once. What waits or is held already is left as it is.
 * @returns the ids of what is new
 * @throws Refusal grant-proposal.over when one would end before it begins
 */
export async function insertProposals(
  deps: Pick<Deps, 'newId' | 'now'>,
  trx: ActorTransaction,
  actor: Actor,
  proposals: readonly NewProposal[],
  reason: ProposalReason,
): Promise<string[]> {
  if (proposals.length === 0) return [];
  // Security time, as the grants that may follow.
  if (proposals.some((one) => one.until && Date.parse(one.until) <= Date.now() + 1000))
    refuse('grant-proposal.over');
  const wanted = await withoutHeld(trx, actor, proposals);
  if (wanted.length === 0) return [];
  const batchId = deps.newId();
  const rows = await trx
    .insertInto('grant_proposals')
    .values(
      wanted.map((one) => ({
        school_id: actor.schoolId,
        id: deps.newId(),
        batch_id: batchId,
        person_id: one.personId,
        role: one.role,
        scope: one.classId ? 'class' : one.gradeId ? 'grade' : 'school',
        class_id: one.classId ?? null,
        grade_id: one.gradeId ?? null,
        seat: one.seat?.seat ?? null,
        seat_from: one.seat?.from ?? null,
        ends_at: one.until ?? null,
        replaces: one.replaces ?? false,
        reason,
        proposed_by: actor.personId,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .execute();
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return [];
  for (const id of ids)
    recordAct(trx, { action: 'grant.proposed', resource: `grant-proposal:${id}` });
  await enqueue(deps, trx, {
    schoolId: actor.schoolId,
    topic: 'grant.proposed',
    subjectId: batchId,
    at: deps.now(),
  });
  return ids;
}

async function withoutHeld(
  trx: ActorTransaction,
  actor: Actor,
  proposals: readonly NewProposal[],
): Promise<NewProposal[]> {
  const held = await trx
    .selectFrom('grants')
    .select(['person_id', 'role', 'class_id', 'grade_id'])
    .where('school_id', '=', actor.schoolId)
    .where('person_id', 'in', [...new Set(proposals.map((one) => one.personId))])
    .where('ends_at', 'is', null)
    .execute();
  const nameOf = (...parts: (string | number | null)[]) => parts.join('/');
  const names = new Set(
    held.map((row) => nameOf(row.person_id, row.role, row.class_id, row.grade_id)),
  );
  return proposals.filter(
    (one) => !names.has(nameOf(one.personId, one.role, one.classId ?? null, one.gradeId ?? null)),
  );
}
