import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';

/** Closes again, before its time, what the person opened. @throws Refusal resource.not-found */
export function endGlass(
  deps: Pick<Deps, 'db'>,
  actor: Actor,
  glassId: string,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const ended = await trx
      .updateTable('break_glass')
      .set({ ended_at: sql`statement_timestamp()` })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', glassId)
      .where('person_id', '=', actor.personId)
      .where('ended_at', 'is', null)
      .where('expires_at', '>', sql<Date>`statement_timestamp()`)
      .returning('pupil_id')
      .executeTakeFirst();
    if (!ended) return refuse('resource.not-found');
    recordAct(trx, {
      action: 'break-glass.ended',
      pupils: [ended.pupil_id],
      resource: `break-glass:${glassId}`,
    });
    return { id: glassId };
  });
}
