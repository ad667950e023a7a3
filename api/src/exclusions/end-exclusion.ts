import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';

/** Ends an exclusion; for the lead counsellor, and never one's own. @throws Refusal resource.not-found */
export function endExclusion(
  deps: Pick<Deps, 'db'>,
  actor: Actor,
  exclusionId: string,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const ended = await trx
      .updateTable('exclusions')
      .set({ ends_at: sql`statement_timestamp()`, ended_by: actor.personId })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', exclusionId)
      .where('ends_at', 'is', null)
      .returning('pupil_id')
      .executeTakeFirst();
    if (!ended) return refuse('resource.not-found');
    recordAct(trx, {
      action: 'exclusion.ended',
      pupils: [ended.pupil_id],
      resource: `exclusion:${exclusionId}`,
    });
    return { id: exclusionId };
  });
}
