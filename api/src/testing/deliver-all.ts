import { connectWorker } from '../db/worker-database.ts';
import { deliverNext } from '../notifications/deliver-next.ts';
import { noticeSink } from '../notifications/notice-sink.ts';
import type { TestApi } from './test-api.ts';
import { testSigner } from './test-deps.ts';

/** Lets a worker empty the outbox, and says how many rows it delivered. Tests have no worker of their own running. */
export async function deliverAll(api: Pick<TestApi, 'deps' | 'workerUrl'>): Promise<number> {
  const worker = connectWorker(api.workerUrl, testSigner, 1);
  const deps = { worker, sink: noticeSink(api.deps), log: api.deps.log };
  let delivered = 0;
  try {
    for (;;) {
      const outcome = await deliverNext(deps);
      if (outcome === 'idle') return delivered;
      if (outcome === 'delivered') delivered += 1;
    }
  } finally {
    await worker.close();
  }
}
