import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { ChainSource, StoredEntry } from './verify-chain.ts';

const headSchema = z.strictObject({ schoolId: z.number().int(), code: z.string() });
const entrySchema = z.strictObject({
  seq: z.number().int(),
  line: z.string(),
  hash: z.string(),
  mac: z.string(),
});

/** Writes a chain as lines of JSON, the school first: for whoever verifies it elsewhere, without the database and without any key. */
export async function writeChainFile(
  file: string,
  school: { readonly id: number; readonly code: string },
  pages: ChainSource['pages'],
): Promise<number> {
  const out = createWriteStream(file, { mode: 0o600 });
  let entries = 0;
  out.write(`${JSON.stringify({ schoolId: school.id, code: school.code })}\n`);
  for await (const page of pages) {
    entries += page.length;
    const text = page
      .map(({ seq, line, hash, mac }) => `${JSON.stringify({ seq, line, hash, mac })}\n`)
      .join('');
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  return entries;
}

/** @throws when a line is not one that `writeChainFile` wrote */
export async function readChainFile(
  file: string,
): Promise<{ schoolId: number; code: string; pages: AsyncIterable<StoredEntry[]> }> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity })[
    Symbol.asyncIterator
  ]();
  const first = await lines.next();
  const { schoolId, code } = headSchema.parse(JSON.parse(first.done ? '' : first.value));
  async function* pages(): AsyncGenerator<StoredEntry[]> {
    for (let at = await lines.next(); !at.done; at = await lines.next())
      yield [entrySchema.parse(JSON.parse(at.value))];
  }
  return { schoolId, code, pages: pages() };
}
