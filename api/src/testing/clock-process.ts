import { randomUUID } from 'node:crypto';
import { startClockWorker } from '../clocks/clock-worker.ts';
import { connectWorker } from '../db/worker-database.ts';
import { makeLog } from '../log/log.ts';
import { testSigner } from './test-deps.ts';

/** A worker of the clocks in a process of its own, to be killed. Its domain time stands still. */
const [workerUrl = '', at = ''] = process.argv.slice(2);
startClockWorker(
  {
    worker: connectWorker(workerUrl, testSigner, 1),
    now: () => new Date(at),
    newId: () => randomUUID(),
    log: makeLog('silent'),
  },
  50,
);
process.send?.('ready');
