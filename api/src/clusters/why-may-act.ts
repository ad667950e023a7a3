import type { Role } from '@shaodian/rules';
import { listOwnGrants } from '../access/own-grants.reads.ts';
import type { Why } from '../access/why.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Actor } from '../http/types.ts';

const counsellors: readonly Role[] = ['counsellor', 'lead_counsellor'];
const readers: readonly Role[] = [...counsellors, 'school_leader', 'grade_head'];

/** The reason a person may see a cluster, or null. Row security has decided already; this names it. */
export async function whyMaySeeCluster(
  trx: ActorTransaction,
  actor: Actor,
  holderId: string | null,
): Promise<Why | null> {
  return whyAs(trx, actor, holderId, readers);
}

/** The reason a person may answer for a cluster, or null: its holder, or a counsellor. */
export async function whyMayActOnCluster(
  trx: ActorTransaction,
  actor: Actor,
  holderId: string | null,
): Promise<Why | null> {
  return whyAs(trx, actor, holderId, counsellors);
}

async function whyAs(
  trx: ActorTransaction,
  actor: Actor,
  holderId: string | null,
  roles: readonly Role[],
): Promise<Why | null> {
  const grants = await listOwnGrants(trx, actor);
  const role = roles.find((one) => grants.some((grant) => grant.role === one));
  const grant = grants.find((one) => one.role === role);
  if (grant) return { role: grant.role, scope: grant.scopeName, scopeId: grant.scopeId };
  return holderId === actor.personId ? { role: 'holder', scope: null, scopeId: null } : null;
}
