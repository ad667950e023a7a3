import { sql } from 'kysely';
import type { ActorTransaction } from '../db/database.ts';

interface Acknowledged {
  readonly schoolId: number;
  readonly alertId: string;
  readonly by: string;
}

/**
 * Nobody is asked any more to acknowledge, and what whoever did was sent counts as acknowledged. Inside `asEvaluation`. What is on its way in this
 * moment is not waited for.
 */
export async function stopMessages(
  trx: ActorTransaction,
  { schoolId, alertId, by }: Acknowledged,
): Promise<void> {
  await sql`update app.messages set state = 'stopped' where school_id = ${schoolId} and id in (
    select id from app.messages where school_id = ${schoolId} and alert_id = ${alertId} and state = 'queued'
      and kind in ('alert_to_acknowledge', 'alert_outside') for update skip locked)`.execute(trx);
  await sql`update app.messages set state = 'acknowledged', acknowledged_at = statement_timestamp()
    where school_id = ${schoolId} and id in (
      select id from app.messages where school_id = ${schoolId} and alert_id = ${alertId} and person_id = ${by}
        and state in ('sent', 'delivered', 'opened') for update skip locked)`.execute(trx);
}
