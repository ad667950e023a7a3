import { createHmac, timingSafeEqual } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

/** The list does not say what it said: a line in its midst was altered. */
export class ShredListError extends Error {
  override name = 'ShredListError';
}

const shredSchema = z.strictObject({
  schoolId: z.int(),
  kind: z.literal('pupil'),
  id: z.uuid(),
  /** The data keys that were deleted. */
  keyIds: z.array(z.uuid()),
  at: z.iso.datetime(),
  /** Who approved; older lines do not say. */
  by: z.uuid().optional(),
});
type Shred = z.infer<typeof shredSchema>;

export interface ShredList {
  /** Returns when the line is on the disk. */
  append(shred: Shred): Promise<void>;
  /** @throws ShredListError */
  read(): Promise<readonly Shred[]>;
}

/** What was erased, in a file apart from the database: a line each, with a MAC; only ever appended to. */
export function shredList(file: string, key: Uint8Array): ShredList {
  const macOf = (text: string) => createHmac('sha256', key).update(text).digest();
  const lineOf = (shred: Shred) => {
    const text = JSON.stringify(shredSchema.parse(shred));
    return `${macOf(text).toString('base64url')} ${text}\n`;
  };
  const parse = (line: string): Shred | null => {
    const [mac = '', ...rest] = line.split(' ');
    const [given, text] = [Buffer.from(mac, 'base64url'), rest.join(' ')];
    const genuine = given.length === 32 && timingSafeEqual(given, macOf(text));
    return genuine ? shredSchema.parse(JSON.parse(text)) : null;
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    append: (shred) => {
      const next = last.then(() => appendLine(file, lineOf(shred)));
      last = next.catch(() => undefined);
      return next;
    },
    read: async () => {
      const lines = wholeLines(await readIfThere(file));
      return lines.map((line, at) => {
        const shred = parse(line);
        if (shred) return shred;
        throw new ShredListError(`SHAODIAN_SHRED_FILE: line ${at + 1} of ${file} was altered`);
      });
    },
  };
}

// What follows the last line end was cut off by a kill before anything was committed: the erasure is asked for again.
const wholeLines = (text: string): string[] => text.split('\n').slice(0, -1);

async function appendLine(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const kept = wholeLines(await readIfThere(file));
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.truncate(Buffer.byteLength(kept.map((one) => `${one}\n`).join('')));
    await handle.appendFile(line);
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (kept.length === 0) await syncFolder(dirname(file));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return '';
    throw error;
  }
}
