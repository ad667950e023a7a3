import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';

/**
 * I have seen this notice. It stops nothing: opening or reading is no acknowledgement.
 * @throws Refusal resource.not-found
 */
export function markNoticeSeen(
  deps: Pick<Deps, 'db' | 'now'>,
  actor: Actor,
  noticeId: string,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('notices')
      .set((eb) => ({ seen_at: eb.fn.coalesce('seen_at', eb.val(deps.now())) }))
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', noticeId)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) refuse('resource.not-found');
    return { id: noticeId };
  });
}
