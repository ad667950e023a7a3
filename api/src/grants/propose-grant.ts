import { localDate } from '@shaodian/rules';
import { listOwnGrants } from '../access/own-grants.reads.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { ProposalInput } from './grants.schemas.ts';
import { insertProposals } from './insert-proposals.ts';
import type { NewProposal } from './insert-proposals.ts';

/**
 * Proposes a role for somebody else; it gives nothing until another person approves. An administrator proposes any, a homeroom teacher
 * the committee members of the own class, a lead counsellor experts.
 * @throws Refusal action.not-allowed, resource.not-found, grant-proposal.for-oneself, grant-proposal.exists, grant-proposal.over
 */
export function proposeGrant(
  deps: Pick<Deps, 'db' | 'newId' | 'now'>,
  actor: Actor,
  input: ProposalInput,
  request: OnceRequest,
): Promise<{ id: string }> {
  return once(deps.db, actor, request, async (trx) => {
    const classes = await classesToProposeFor(trx, actor, input);
    if (input.personId === actor.personId) refuse('grant-proposal.for-oneself');
    const proposal =
      input.role === 'committee_member'
        ? await forSeat(deps, trx, actor, input, classes)
        : await forStaff(trx, actor, input);
    const [id] = await insertProposals(deps, trx, actor, [proposal], input.reason);
    return { id: id ?? refuse('grant-proposal.exists') };
  });
}

/** The classes in which the person may propose this role; null for the whole school. */
async function classesToProposeFor(
  trx: ActorTransaction,
  actor: Actor,
  { role }: ProposalInput,
): Promise<readonly (number | null)[] | null> {
  const held = await listOwnGrants(trx, actor);
  const holds = (one: string) => held.some((grant) => grant.role === one);
  if (holds('administrator') || (role === 'expert' && holds('lead_counsellor'))) return null;
  const led = held.filter((grant) => grant.role === 'homeroom_teacher');
  if (role !== 'committee_member' || led.length === 0) return refuse('action.not-allowed');
  return led.map((grant) => grant.scopeId);
}

async function forSeat(
  deps: Pick<Deps, 'now'>,
  trx: ActorTransaction,
  actor: Actor,
  input: Extract<ProposalInput, { role: 'committee_member' }>,
  classes: readonly (number | null)[] | null,
): Promise<NewProposal> {
  const pupil = await trx
    .selectFrom('pupils')
    .select(['id', 'class_id'])
    .where('school_id', '=', actor.schoolId)
    .where('id', '=', input.personId)
    .executeTakeFirst();
  if (!pupil || (classes && !classes.includes(pupil.class_id))) return refuse('resource.not-found');
  const { time_zone: timeZone } = await trx
    .selectFrom('schools')
    .select('time_zone')
    .where('id', '=', actor.schoolId)
    .executeTakeFirstOrThrow();
  return {
    personId: pupil.id,
    role: input.role,
    classId: pupil.class_id,
    seat: { seat: input.seat, from: localDate(deps.now().toISOString(), timeZone) },
    until: input.until,
  };
}

async function forStaff(
  trx: ActorTransaction,
  actor: Actor,
  input: Exclude<ProposalInput, { role: 'committee_member' }>,
): Promise<NewProposal> {
  const { personId, role, until } = input;
  await mustExist(trx, actor, 'staff', personId);
  if (role === 'homeroom_teacher') {
    await mustExist(trx, actor, 'classes', input.classId);
    return { personId, role, until, classId: input.classId };
  }
  if (role === 'grade_head') {
    await mustExist(trx, actor, 'grades', input.gradeId);
    return { personId, role, until, gradeId: input.gradeId };
  }
  return { personId, role, until };
}

/** @throws Refusal resource.not-found */
export async function mustExist(
  trx: ActorTransaction,
  actor: Actor,
  table: 'staff' | 'classes' | 'grades',
  id: string | number,
): Promise<void> {
  const found = await trx
    .selectFrom(table)
    .select('id')
    .where('school_id', '=', actor.schoolId)
    .where('id', '=', id as never)
    .executeTakeFirst();
  if (!found) refuse('resource.not-found');
}
