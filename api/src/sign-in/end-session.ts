import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { Refusal, refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';

/** Signs out. Somebody who signs out twice at once is signed out. */
export async function leaveSession(deps: Pick<Deps, 'db'>, actor: Actor): Promise<void> {
  await endSession(deps, actor, actor.sessionId).catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
  });
}

/** Ends one of the person's own sessions. @throws Refusal resource.not-found */
export async function endSession(
  deps: Pick<Deps, 'db'>,
  actor: Actor,
  sessionId: string,
): Promise<void> {
  await deps.db.asActor(actor, async (trx) => {
    const ended = await trx
      .updateTable('sessions')
      .set({ revoked_at: sql`clock_timestamp()` })
      .where('school_id', '=', actor.schoolId)
      .where('person_id', '=', actor.personId)
      .where('id', '=', sessionId)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    if (ended.numUpdatedRows === 0n) refuse('resource.not-found');
    recordAct(trx, { action: 'session.closed' });
  });
}
