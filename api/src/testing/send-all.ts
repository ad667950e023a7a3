import { connectWorker } from '../db/worker-database.ts';
import { sendNext } from '../messages/send-next.ts';
import type { TestApi } from './test-api.ts';
import { testMaster, testSigner } from './test-deps.ts';

/** Lets a worker send what waits, and says how often it did something. Tests have no worker of their own running. */
export async function sendAll(api: Pick<TestApi, 'deps' | 'workerUrl'>): Promise<number> {
  const worker = connectWorker(api.workerUrl, testSigner, 1);
  const { newId, now, log, outside } = api.deps;
  const deps = {
    worker,
    master: testMaster,
    newId,
    now,
    log,
    publicUrl: outside.publicUrl,
    sending: outside,
  };
  let sent = 0;
  try {
    while ((await sendNext(deps)) === 'sent')
      if ((sent += 1) > 5_000) throw new Error('the messages never end');
    return sent;
  } finally {
    await worker.close();
  }
}
