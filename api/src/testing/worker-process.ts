import { randomUUID } from 'node:crypto';
import { connectWorker } from '../db/worker-database.ts';
import { alertFeed } from '../live/alert-feed.ts';
import { makeLog } from '../log/log.ts';
import { noticeSink } from '../notifications/notice-sink.ts';
import { startOutboxWorker } from '../notifications/outbox-worker.ts';
import { testSigner } from './test-deps.ts';

/**
 * An outbox worker in a process of its own, to be killed: the real one, whose sink also has an effect outside the database, which no
 * rollback takes back. It answers only when `receiver` does; the receiver may keep it waiting, and with it the row.
 */
const [workerUrl = '', appUrl = '', receiver = ''] = process.argv.slice(2);
const deliver = noticeSink({ newId: () => randomUUID() });

startOutboxWorker({
  worker: connectWorker(workerUrl, testSigner, 2),
  feed: await alertFeed(appUrl),
  log: makeLog('silent'),
  sink: async (trx, item) => {
    await deliver(trx, item);
    await fetch(`${receiver}/${item.id}`, { method: 'POST' });
  },
});
process.send?.('ready');
