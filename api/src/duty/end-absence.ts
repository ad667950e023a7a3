import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { readStanding } from './standing.reads.ts';

/** Somebody is back earlier, or not away after all. @throws Refusal resource.not-found, action.not-allowed, absence.over */
export function endAbsence(
  deps: Pick<Deps, 'db' | 'now'>,
  actor: Actor,
  absenceId: string,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const absence = await trx
      .selectFrom('absences')
      .select('person_id')
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', absenceId)
      .executeTakeFirst();
    if (!absence) return refuse('resource.not-found');
    const { changes, counsels } = await readStanding(trx);
    if (!changes && !(counsels && absence.person_id === actor.personId))
      refuse('action.not-allowed');
    const ended = await trx
      .updateTable('absences')
      .set({ ends_at: sql`greatest(starts_at, ${deps.now()}::timestamptz)` })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', absenceId)
      .where(sql<boolean>`ends_at > greatest(starts_at, ${deps.now()}::timestamptz)`)
      .executeTakeFirst();
    if (ended.numUpdatedRows === 0n) refuse('absence.over');
    recordAct(trx, { action: 'absence.ended', resource: `absence:${absenceId}` });
    return { id: absenceId };
  });
}
