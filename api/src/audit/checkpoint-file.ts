import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Checkpoint } from './checkpoint.ts';

const checkpointSchema = z.strictObject({
  schoolId: z.number().int(),
  seq: z.number().int(),
  hash: z.string(),
  at: z.string(),
  keyId: z.string(),
  signature: z.string(),
});

/** Where the checkpoints of the real schools, and those of the demo, are kept beside the database. */
export const checkpointFileOf = (dataFolder: string, mode: 'school' | 'demo'): string =>
  join(dataFolder, 'audit', `checkpoints-${mode}.ndjson`);

/** Adds one line, and returns when it is on the disk. */
export async function appendCheckpoint(file: string, checkpoint: Checkpoint): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.write(`${JSON.stringify(checkpoint)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * The checkpoints of a file, one a line; none when there is no file. A last line that was cut off by a lost power is left out.
 * @throws when another line is not a checkpoint
 */
export async function readCheckpoints(file: string): Promise<Checkpoint[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n');
  return lines
    .slice(0, -1)
    .filter((line) => line !== '')
    .map((line) => checkpointSchema.parse(JSON.parse(line)));
}
