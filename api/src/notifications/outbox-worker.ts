import type { AlertFeed } from '../live/alert-feed.ts';
import { faultOf } from '../log/fault.ts';
import { deliverNext } from './deliver-next.ts';
import type { DeliveryDeps } from './deliver-next.ts';

export interface OutboxWorker {
  /** Lets what is being delivered finish. */
  stop(): Promise<void>;
}

interface Pace {
  /** How many rows are delivered at a time. */
  readonly lanes: number;
  /** What was not heard, and what is tried again, waits no longer than this. */
  readonly pollMs: number;
}

/** Delivers as soon as something is written to the outbox, until it is stopped. Any number of processes may do so side by side. */
export function startOutboxWorker(
  deps: DeliveryDeps & { readonly feed: Pick<AlertFeed, 'listenToOutbox'> },
  pace: Pace = { lanes: 2, pollMs: 1_000 },
): OutboxWorker {
  const sleepers = new Set<() => void>();
  let stopping = false;
  let rings = 0;
  const wakeAll = () => {
    rings += 1;
    for (const wake of sleepers) wake();
  };
  const rest = () =>
    new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, pace.pollMs);
      sleepers.add(wake);
    });

  async function work(): Promise<void> {
    while (!stopping) {
      const heard = rings;
      // A lost connection is no reason to stop telling: whatever was taken is free again.
      const outcome = await deliverNext(deps).catch((error: Error) => {
        deps.log.warn(faultOf(error), 'the outbox could not be read');
        return 'lost' as const;
      });
      const quiet = outcome === 'lost' || (outcome === 'idle' && rings === heard);
      if (quiet && !stopping) await rest();
    }
  }

  const stopListening = deps.feed.listenToOutbox(wakeAll);
  const lanes = Array.from({ length: pace.lanes }, work);
  return {
    stop: async () => {
      stopping = true;
      stopListening();
      wakeAll();
      await Promise.all(lanes);
    },
  };
}
