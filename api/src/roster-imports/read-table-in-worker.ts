import { Worker } from 'node:worker_threads';
import { bytesPerMb, rosterLimits } from './limits.ts';
import type { ReadTableResult, ReadTableTask } from './read-table.worker.ts';
import { RosterFileError } from './roster-errors.ts';
import type { Table } from './table.ts';

export interface WorkerLimits {
  heapMb: number;
  milliseconds: number;
}

const defaultLimits: WorkerLimits = {
  heapMb: rosterLimits.workerHeapMb,
  milliseconds: rosterLimits.workerMilliseconds,
};

/**
 * `readTable` in a thread of its own with a bounded heap and a bounded time, so that no file can
 * stop the server or take its memory.
 * @throws RosterFileError as `readTable`, and `roster.too-complex` or `roster.too-slow` at the bounds
 * @example
 * const table = await readTableInWorker(bytes, 'pupils.xlsx');
 */
export async function readTableInWorker(
  bytes: Uint8Array,
  fileName: string,
  limits: WorkerLimits = defaultLimits,
): Promise<Table> {
  // Refused before the bytes are copied into the thread.
  if (bytes.length > rosterLimits.packedBytes) {
    throw new RosterFileError('roster.too-large', { limit: rosterLimits.packedBytes / bytesPerMb });
  }
  const workerData: ReadTableTask = { bytes: new Uint8Array(bytes), fileName };
  const worker = new Worker(new URL('./read-table.worker.ts', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: limits.heapMb },
    // What a thread writes could quote the file.
    stdout: true,
    stderr: true,
  });
  try {
    return tableOf(await resultOf(worker, limits));
  } finally {
    await worker.terminate();
  }
}

function resultOf(worker: Worker, limits: WorkerLimits): Promise<ReadTableResult> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new RosterFileError('roster.too-slow', { seconds: limits.milliseconds / 1_000 }));
    }, limits.milliseconds);
    const settle = (act: () => void) => {
      clearTimeout(timer);
      act();
    };
    worker.once('message', (result: ReadTableResult) => settle(() => resolve(result)));
    worker.once('error', (error: NodeJS.ErrnoException) => {
      const outOfMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      settle(() => reject(outOfMemory ? new RosterFileError('roster.too-complex') : error));
    });
    worker.once('exit', () => settle(() => reject(new Error('the reading thread gave no result'))));
  });
}

function tableOf(result: ReadTableResult): Table {
  if (result.outcome === 'read') return result.table;
  throw new RosterFileError(result.code, result.values);
}
