import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bytesPerMb, rosterLimits } from './limits.ts';
import type { ReadTableResult, ReadTableTask } from './read-table.process.ts';
import { RosterFileError } from './roster-errors.ts';
import type { Table } from './table.ts';

export interface ReadingLimits {
  heapMb: number;
  milliseconds: number;
}

const defaultLimits: ReadingLimits = {
  heapMb: rosterLimits.readerHeapMb,
  milliseconds: rosterLimits.readerMilliseconds,
};

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const program = here('./read-table.process.ts');
// The program and what it imports. Not the folder around them: the data folder with its key stands there.
const readable = ['./*', '../../package.json', '../../node_modules/*', '../../../node_modules/*'];
export const permissions = [
  '--permission',
  ...readable.map((path) => `--allow-fs-read=${here(path)}`),
];

/**
 * `readTable` in a process of its own with a bounded heap and a bounded time, so that no file can stop the server or take its memory.
 * A thread is no such bound: when its heap overflows in one large step, V8 ends the whole process (decision 0011). The process has no
 * environment, may read our own files only, and starts no other.
 * @throws RosterFileError as `readTable`, and `roster.too-complex` or `roster.too-slow` at the bounds
 * @example
 * const table = await readTableApart(bytes, 'pupils.xlsx');
 */
export async function readTableApart(
  bytes: Uint8Array,
  fileName: string,
  limits: ReadingLimits = defaultLimits,
): Promise<Table> {
  // Refused before the bytes are copied into the process.
  if (bytes.length > rosterLimits.packedBytes) {
    throw new RosterFileError('roster.too-large', { limit: rosterLimits.packedBytes / bytesPerMb });
  }
  const reader = fork(program, [], {
    execArgv: [`--max-old-space-size=${limits.heapMb}`, '--max-semi-space-size=4', ...permissions],
    env: {},
    // What it writes could quote the file.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  });
  const task: ReadTableTask = { bytes: new Uint8Array(bytes), fileName };
  try {
    return tableOf(await resultOf(reader, task, limits));
  } finally {
    reader.kill('SIGKILL');
  }
}

function resultOf(
  reader: ChildProcess,
  task: ReadTableTask,
  limits: ReadingLimits,
): Promise<ReadTableResult> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new RosterFileError('roster.too-slow', { seconds: limits.milliseconds / 1_000 }));
    }, limits.milliseconds);
    const settle = (act: () => void) => {
      clearTimeout(timer);
      act();
    };
    reader.once('message', (result) => settle(() => resolve(result as ReadTableResult)));
    reader.once('error', (error) => settle(() => reject(error)));
    reader.once('exit', (_code, signal) =>
      // What it sent may still be under way when its end is told: the channel closes after the last message.
      onceDisconnected(reader, () =>
        settle(() =>
          // V8 aborts when the heap is full, and the system kills who takes too much.
          reject(
            signal === 'SIGABRT' || signal === 'SIGTRAP' || signal === 'SIGKILL'
              ? new RosterFileError('roster.too-complex')
              : new Error('the reading process gave no result'),
          ),
        ),
      ),
    );
    // A reader that died early is told by its exit.
    reader.send(task, () => undefined);
  });
}

// Messages that were read are told after the channel's end was: one turn more for them.
function onceDisconnected(reader: ChildProcess, act: () => void): void {
  const later = (): void => void setImmediate(act);
  if (reader.connected) reader.once('disconnect', later);
  else later();
}

function tableOf(result: ReadTableResult): Table {
  if (result.outcome === 'read') return result.table;
  throw new RosterFileError(result.code, result.values);
}
