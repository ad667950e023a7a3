import type { StepKind } from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';

interface OneAlert {
  readonly schoolId: number;
  readonly alertId: string;
}

/** Nothing is asked for any more: the alert is closed. Inside `asEvaluation`, with the alert locked. */
export async function stopClocks(
  trx: ActorTransaction,
  { schoolId, alertId }: OneAlert,
  at: Date,
): Promise<void> {
  await trx
    .updateTable('alert_clocks')
    .set({ state: 'stopped', ended_at: at })
    .where('school_id', '=', schoolId)
    .where('alert_id', '=', alertId)
    .where('state', '=', 'running')
    .execute();
}

/** What was asked for was done, or is not asked for any more. Inside `asEvaluation`, with the alert locked. */
export async function endClock(
  trx: ActorTransaction,
  { schoolId, alertId }: OneAlert,
  kind: StepKind,
  state: 'met' | 'stopped',
  at: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('alert_clocks')
    .set({ state, ended_at: at })
    .where('school_id', '=', schoolId)
    .where('alert_id', '=', alertId)
    .where('kind', '=', kind)
    .where('state', '=', 'running')
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
