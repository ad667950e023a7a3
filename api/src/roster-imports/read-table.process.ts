import { readTable } from './read-table.ts';
import { RosterFileError, type FileErrorCode, type MessageValues } from './roster-errors.ts';
import type { Table } from './table.ts';

export interface ReadTableTask {
  bytes: Uint8Array;
  fileName: string;
}
export type ReadTableResult =
  | { outcome: 'read'; table: Table }
  | { outcome: 'refused'; code: FileErrorCode; values: MessageValues };

async function run(task: ReadTableTask): Promise<ReadTableResult> {
  try {
    return { outcome: 'read', table: await readTable(task.bytes, task.fileName) };
  } catch (error) {
    if (!(error instanceof RosterFileError)) throw error;
    return { outcome: 'refused', code: error.code, values: error.values };
  }
}

// One file and no other; whoever asked ends the process.
process.once(
  'message',
  (task) => void run(task as ReadTableTask).then((result) => process.send?.(result)),
);
