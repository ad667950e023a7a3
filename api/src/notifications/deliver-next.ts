import { actForSchool, orTakeBack } from '../db/worker-database.ts';
import type { WorkerDatabase, WorkerTransaction } from '../db/worker-database.ts';
import { faultOf } from '../log/fault.ts';
import type { Log } from '../log/log.ts';
import { markDelivered, markFailed, takeItem } from './outbox.queries.ts';
import type { OutboxItem } from './outbox.queries.ts';

/** Where something told arrives. May be called again with the same item, and must show it once. */
export type Sink = (trx: WorkerTransaction, item: OutboxItem) => Promise<void>;

export interface DeliveryDeps {
  readonly worker: WorkerDatabase;
  readonly sink: Sink;
  readonly log: Log;
}

/**
 * Delivers the row that is due longest. The row is held by an open transaction from the taking to the marking: a worker that dies has
 * marked nothing and holds nothing, so another delivers it again at once. At least once here; once at the sink, which knows the id.
 */
export function deliverNext(deps: DeliveryDeps): Promise<'delivered' | 'failed' | 'idle'> {
  return deps.worker.transaction(async (trx) => {
    const item = await takeItem(trx);
    if (!item) return 'idle';
    await actForSchool(trx, item.schoolId);
    const fault = await orTakeBack(trx, () => deps.sink(trx, item));
    if (!fault) {
      await markDelivered(trx, item);
      return 'delivered';
    }
    await markFailed(trx, item, fault);
    deps.log.error(
      {
        outbox: item.id,
        topic: item.topic,
        attempts: item.attempts + 1,
        ...faultOf(fault),
      },
      'what happened could not be told; it will be tried again',
    );
    return 'failed';
  });
}
