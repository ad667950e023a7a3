import { randomUUID } from 'node:crypto';
import { connectWorker } from '../db/worker-database.ts';
import { makeLog } from '../log/log.ts';
import { startMessageWorker } from '../messages/message-worker.ts';
import { testMaster, testSigner } from './test-deps.ts';

/** A worker of the messages in a process of its own, to be killed. */
const [workerUrl = ''] = process.argv.slice(2);
startMessageWorker({
  worker: connectWorker(workerUrl, testSigner, 3),
  master: testMaster,
  newId: () => randomUUID(),
  now: () => new Date('2100-01-01T00:00:00Z'),
  log: makeLog('silent'),
  publicUrl: 'http://localhost:3000',
  sending: { timeoutMs: 2_000, allowPrivate: true },
});
process.send?.('ready');
