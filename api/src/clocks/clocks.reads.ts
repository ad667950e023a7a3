import type { ActorTransaction } from '../db/database.ts';

interface OneAlert {
  readonly schoolId: number;
  readonly alertId: string;
}

/** The clocks of one alert, those that run out first at the top. */
export async function listClocks(trx: ActorTransaction, { schoolId, alertId }: OneAlert) {
  return trx
    .selectFrom('alert_clocks')
    .select(['kind', 'due_at', 'state', 'missed', 'ended_at'])
    .where('school_id', '=', schoolId)
    .where('alert_id', '=', alertId)
    .orderBy('due_at')
    .execute();
}
