import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';

/**
 * I followed the link of a message that was sent to me. It acknowledges nothing.
 * @throws Refusal resource.not-found, also for what was sent to somebody else
 */
export function openMessage(
  deps: Pick<Deps, 'db'>,
  actor: Actor,
  messageId: string,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const row = await trx
      .updateTable('messages')
      .set({
        opened_at: sql<Date>`coalesce(opened_at, statement_timestamp())`,
        state: sql<string>`case when state in ('sent', 'delivered') then 'opened' else state end`,
      })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', messageId)
      .where('person_id', '=', actor.personId)
      .returning('alert_id')
      .executeTakeFirst();
    if (row?.alert_id) return { id: messageId, alert: row.alert_id, drill: null };
    const { rows } = await sql<{
      drill: string | null;
    }>`select sec.open_drill_message(${messageId}) as drill`.execute(trx);
    const drill = rows[0]?.drill ?? refuse('resource.not-found');
    return { id: messageId, alert: null, drill };
  });
}
