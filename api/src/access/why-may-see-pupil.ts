import type { Role } from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';
import type { Actor } from '../http/types.ts';
import { listOwnGrants } from './own-grants.reads.ts';
import type { Why } from './why.ts';

/** Who lists pupils, by the access table; the order in which a reason is named. */
const listing: readonly Role[] = [
  'lead_counsellor',
  'counsellor',
  'homeroom_teacher',
  'grade_head',
  'committee_member',
  'school_leader',
  'administrator',
];

/** The reason a person may see a pupil who is listed for them, or null. Row security has decided already; this names it. */
export async function whyMaySeePupil(
  trx: ActorTransaction,
  actor: Actor,
  pupil: { readonly id: string; readonly classId: number; readonly gradeId: number },
): Promise<Why | null> {
  const grants = await listOwnGrants(trx, actor);
  for (const role of listing) {
    const grant = grants.find(
      (one) =>
        one.role === role &&
        (one.scope === 'school' ||
          (one.scope === 'class' && one.scopeId === pupil.classId) ||
          (one.scope === 'grade' && one.scopeId === pupil.gradeId)),
    );
    if (grant) return { role, scope: grant.scopeName, scopeId: grant.scopeId };
  }
  return pupil.id === actor.personId ? { role: 'own', scope: null, scopeId: null } : null;
}
