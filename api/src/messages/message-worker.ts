import { faultOf } from '../log/fault.ts';
import { sendNext } from './send-next.ts';
import type { SendDeps } from './send-next.ts';

export interface MessageWorker {
  /** Lets what is being sent finish. */
  stop(): Promise<void>;
}

/** Sends what waits, in so many lanes, until it is stopped. Any number of processes may do so side by side. */
export function startMessageWorker(
  deps: SendDeps,
  pace: { readonly lanes: number; readonly pollMs: number } = { lanes: 3, pollMs: 500 },
): MessageWorker {
  const sleepers = new Set<() => void>();
  let stopping = false;
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
      const outcome = await sendNext(deps).catch((error: Error) => {
        deps.log.warn(faultOf(error), 'the messages could not be read');
        return 'idle' as const;
      });
      if (outcome === 'idle' && !stopping) await rest();
    }
  }

  const lanes = Array.from({ length: pace.lanes }, work);
  return {
    stop: async () => {
      stopping = true;
      for (const wake of sleepers) wake();
      await Promise.all(lanes);
    },
  };
}
