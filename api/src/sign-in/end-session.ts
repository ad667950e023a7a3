import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';

/** Ends one of the person's own sessions. @throws Refusal resource.not-found */
export async function endSession(
  deps: Pick<Deps, 'db'>,
  actor: Actor,
  sessionId: string,
): Promise<void> {
  const ended = await deps.db.asActor(actor, (trx) =>
    trx
      .updateTable('sessions')
      .set({ revoked_at: sql`clock_timestamp()` })
      .where('school_id', '=', actor.schoolId)
      .where('person_id', '=', actor.personId)
      .where('id', '=', sessionId)
      .where('revoked_at', 'is', null)
      .executeTakeFirst(),
  );
  if (ended.numUpdatedRows === 0n) refuse('resource.not-found');
}
