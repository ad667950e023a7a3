import type { Role } from '@shaodian/rules';
import { listOwnGrants } from '../access/own-grants.reads.ts';
import type { Why } from '../access/why.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Actor } from '../http/types.ts';

const counsellors: readonly Role[] = ['counsellor', 'lead_counsellor'];
const readers: readonly Role[] = [...counsellors, 'school_leader', 'grade_head'];

export interface ClusterRights {
  /** The reason for which the person may see a cluster with this holder, or null. Row security has decided already; this names it. */
  whySees(holderId: string | null): Why | null;
  /** The reason for which they may answer for it, or null: its holder, or a counsellor. */
  whyActs(holderId: string | null): Why | null;
  /** Whoever may not list the single alerts of a place gets no number of them either. */
  counts(holderId: string | null): boolean;
}

/** What somebody may do with clusters; the same grants for each of a list. */
export async function readClusterRights(
  trx: ActorTransaction,
  actor: Actor,
): Promise<ClusterRights> {
  const grants = await listOwnGrants(trx, actor);
  const whyAs = (roles: readonly Role[], holderId: string | null): Why | null => {
    const role = roles.find((one) => grants.some((grant) => grant.role === one));
    const grant = grants.find((one) => one.role === role);
    if (grant) return { role: grant.role, scope: grant.scopeName, scopeId: grant.scopeId };
    return holderId === actor.personId ? { role: 'holder', scope: null, scopeId: null } : null;
  };
  const whySees = (holderId: string | null) => whyAs(readers, holderId);
  return {
    whySees,
    whyActs: (holderId) => whyAs(counsellors, holderId),
    counts: (holderId) => {
      const why = whySees(holderId);
      return holderId === actor.personId || (why !== null && why.role !== 'grade_head');
    },
  };
}
