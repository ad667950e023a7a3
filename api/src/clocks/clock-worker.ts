import { faultOf } from '../log/fault.ts';
import { carryOutNext } from './carry-out-next.ts';
import type { ClockDeps } from './carry-out-next.ts';

export interface ClockWorker {
  /** Lets what is being carried out finish. */
  stop(): Promise<void>;
}

/** Looks every second for clocks that ran out. Any number of processes may do so side by side. */
export function startClockWorker(deps: ClockDeps, pollMs = 1_000): ClockWorker {
  let stopping = false;
  let wake = () => {};
  const rest = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pollMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function work(): Promise<void> {
    while (!stopping) {
      const outcome = await carryOutNext(deps).catch((error: Error) => {
        deps.log.warn(faultOf(error), 'the clocks could not be read');
        return 'idle' as const;
      });
      if (outcome === 'idle' && !stopping) await rest();
    }
  }

  const working = work();
  return {
    stop: async () => {
      stopping = true;
      wake();
      await working;
    },
  };
}
