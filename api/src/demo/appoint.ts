import type { Role } from '@shaodian/rules';
import type { Deps } from '../deps.ts';
import { decideProposals } from '../grants/decide-proposals.ts';
import { insertProposals } from '../grants/insert-proposals.ts';
import type { NewProposal } from '../grants/insert-proposals.ts';
import type { Actor } from '../http/types.ts';
import { demoActor, once } from './demo-actor.ts';
import type { DemoSchool } from './demo-school.ts';

type AppointDeps = Pick<Deps, 'db' | 'master' | 'newId' | 'now'>;

/** Somebody of the demo who has just given the password again, to approve roles. */
export const approver = (deps: AppointDeps, school: DemoSchool, staffNo: string): Actor => ({
  ...demoActor(deps, school.id, school.staff.get(staffNo) ?? ''),
  steppedUp: { until: new Date(Date.now() + 600_000), purpose: 'approve_grants' },
});

/** The administrator of the demo proposes; what is proposed waits. */
export function propose(
  deps: AppointDeps,
  school: DemoSchool,
  proposals: readonly NewProposal[],
): Promise<string[]> {
  const administrator = demoActor(deps, school.id, school.administratorId);
  return deps.db.asActor(administrator, (trx) =>
    insertProposals(deps, trx, administrator, proposals, 'demo'),
  );
}

/** The same, and somebody else says yes: the ordinary way to a role. */
export async function appoint(
  deps: AppointDeps,
  school: DemoSchool,
  approvedBy: string,
  proposals: readonly NewProposal[],
): Promise<void> {
  const ids = await propose(deps, school, proposals);
  await decideProposals(deps, approver(deps, school, approvedBy), ids, 'approve', once());
}

/** Says yes to everything that waits in the school. */
export async function approveAll(
  deps: AppointDeps,
  school: DemoSchool,
  approvedBy: string,
): Promise<void> {
  const actor = approver(deps, school, approvedBy);
  const rows = await deps.db.asActor(actor, (trx) =>
    trx
      .selectFrom('grant_proposals')
      .select('id')
      .where('school_id', '=', school.id)
      .where('decision', 'is', null)
      .execute(),
  );
  await decideProposals(
    deps,
    actor,
    rows.map((row) => row.id),
    'approve',
    once(),
  );
}

/** Roles for the whole school, by staff number. */
export const forSchool = (
  school: DemoSchool,
  roles: readonly (readonly [string, Role])[],
): NewProposal[] =>
  roles.map(([staffNo, role]) => ({ personId: school.staff.get(staffNo) ?? '', role }));
