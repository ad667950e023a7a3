import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { ErasureInput } from './erasures.schemas.ts';

/**
 * Asks for a pupil to be erased; nothing happens until another person approves.
 * @throws Refusal action.not-allowed, resource.not-found, erasure.already-requested
 */
export function requestErasure(
  deps: Pick<Deps, 'db' | 'newId'>,
  actor: Actor,
  pupilId: string,
  input: ErasureInput,
  request: OnceRequest,
): Promise<{ id: string }> {
  return once(deps.db, actor, request, async (trx) => {
    await assertMayAsk(trx);
    const id = deps.newId();
    const stored = await trx
      .insertInto('erasures')
      .values({
        school_id: actor.schoolId,
        id,
        pupil_id: pupilId,
        reason: input.reason,
        requested_by: actor.personId,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst()
      .catch(notThere);
    if (!stored) return refuse('erasure.already-requested');
    recordAct(trx, {
      action: 'pupil.erasure-requested',
      pupils: [pupilId],
      resource: `erasure:${id}`,
    });
    return { id };
  });
}

async function assertMayAsk(trx: ActorTransaction): Promise<void> {
  const { rows } = await sql<{
    may: boolean;
  }>`select sec.has_role('administrator', 'data_protection_officer') as may`.execute(trx);
  if (!rows[0]?.may) refuse('action.not-allowed');
}

// A data-protection officer sees no pupil: that there is one of this school is left to the foreign key.
function notThere(error: unknown): never {
  if ((error as { code?: string }).code === '23503') return refuse('resource.not-found');
  throw error;
}
