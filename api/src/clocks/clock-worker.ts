import { faultOf } from '../log/fault.ts';
import { carryOutNextCluster } from '../clusters/carry-out-next-cluster.ts';
import { callNext } from '../drills/call-next.ts';
import { carryOutNext } from './carry-out-next.ts';
import type { ClockDeps } from './carry-out-next.ts';

export interface ClockWorker {
  /** Lets what is being carried out finish. */
  stop(): Promise<void>;
}

/** A clock that ran out, of a pupil's alert or of a cluster. */
export async function carryOutAny(deps: ClockDeps): Promise<'carried' | 'idle'> {
  const outcome = await carryOutNext(deps);
  return outcome === 'idle' ? carryOutNextCluster(deps) : outcome;
}

/** Looks every second for clocks that ran out, and for drills in which the next one is asked. Any number of processes may do so side by side. */
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
      const outcome = await carryOutAny(deps).catch((error: Error) => {
        deps.log.warn(faultOf(error), 'the clocks could not be read');
        return 'idle' as const;
      });
      // A drill never goes before what is real.
      if (outcome === 'carried') continue;
      const called = await callNext(deps).catch((error: Error) => {
        deps.log.warn(faultOf(error), 'the drills could not be read');
        return 'idle' as const;
      });
      if (called === 'idle' && !stopping) await rest();
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
