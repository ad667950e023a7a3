import { callNext } from '../drills/call-next.ts';
import { carryOutAny } from '../clocks/clock-worker.ts';
import { connectWorker } from '../db/worker-database.ts';
import type { TestApi } from './test-api.ts';
import { testSigner } from './test-deps.ts';

/** Lets a worker carry out every clock that ran out by the API's domain time, and says how many. Tests have no worker of their own running. */
export async function carryOutDue(api: Pick<TestApi, 'deps' | 'workerUrl'>): Promise<number> {
  const worker = connectWorker(api.workerUrl, testSigner, 1);
  const { now, newId, log } = api.deps;
  let carried = 0;
  try {
    while ((await carryOutAny({ worker, now, newId, log })) === 'carried') carried += 1;
    while ((await callNext({ worker, now, newId, log })) === 'called') carried += 1;
    return carried;
  } finally {
    await worker.close();
  }
}
