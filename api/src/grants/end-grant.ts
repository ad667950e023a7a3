import { sql } from 'kysely';
import { handOverOfRelieved } from '../alerts/hand-over-alerts.ts';
import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { EndInput } from './grants.schemas.ts';
import { assertSomebodyLeft, oneLossAtATime } from './somebody-left.ts';
import { readStanding } from './standing.ts';

/**
 * Takes a role away at once; one person is enough. The sessions of whoever had it end, what they hold goes to the next holder,
 * and nothing brings the grant back.
 * @throws Refusal resource.not-found, action.not-allowed, grant.over, grant.nobody-left
 */
export function endGrant(
  deps: Pick<Deps, 'db' | 'now' | 'newId'>,
  actor: Actor,
  grantId: string,
  input: EndInput,
  request: OnceRequest,
): Promise<{ id: string }> {
  return once(deps.db, actor, request, async (trx) => {
    const grant = await trx
      .selectFrom('grants')
      .select(['person_id', sql<boolean>`ends_at <= statement_timestamp()`.as('over')])
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', grantId)
      .executeTakeFirst();
    if (!grant) return refuse('resource.not-found');
    const standing = await readStanding(trx);
    const own = grant.person_id === actor.personId;
    if (own || !(standing.administrator || standing.leader)) refuse('action.not-allowed');
    if (grant.over) refuse('grant.over');
    await oneLossAtATime(trx, actor);
    const { numUpdatedRows } = await trx
      .updateTable('grants')
      .set({ ended_by: actor.personId, end_reason: input.reason })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', grantId)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) refuse('grant.over');
    await assertSomebodyLeft(trx);
    await handOverOfRelieved(deps, trx, actor.schoolId);
    recordAct(trx, { action: 'grant.ended', resource: `grant:${grantId}` });
    return { id: grantId };
  });
}
