import { lstat, readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Hit } from './search.ts';

/** Where was looked, how much there was, and what was found. */
export interface SearchedPlace {
  readonly place: string;
  bytes: number;
  parts: number;
  readonly hits: FoundHit[];
}

export interface FoundHit extends Hit {
  /** The file, or the name of the answer. */
  readonly where: string;
}

/** Keeps the books of a search. */
export class Searches {
  readonly places = new Map<string, SearchedPlace>();
  readonly #find: (bytes: Uint8Array) => Hit[];

  constructor(find: (bytes: Uint8Array) => Hit[]) {
    this.#find = find;
  }

  look(place: string, where: string, content: Uint8Array | string): void {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const found = this.places.get(place) ?? { place, bytes: 0, parts: 0, hits: [] };
    this.places.set(place, found);
    found.bytes += bytes.byteLength;
    found.parts += 1;
    for (const hit of this.#find(bytes)) found.hits.push({ ...hit, where });
  }

  /** Every file below a folder, under the place that `placeOf` names it. */
  async lookInFolder(folder: string, placeOf: (path: string) => string): Promise<void> {
    for (const path of await listFiles(folder)) {
      const bytes = await readFile(join(folder, path)).catch(ignoreGone);
      if (!bytes) continue;
      this.look(placeOf(path), path, bytes);
      // A record of the log goes on behind the head of the next page.
      if (isOfLog(path)) this.look(placeOf(path), path, withoutPageHeads(bytes));
    }
  }
}

// PostgreSQL removes files while it runs.
function ignoreGone(error: NodeJS.ErrnoException): null {
  if (error.code !== 'ENOENT') throw error;
  return null;
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if ((await lstat(path).catch(ignoreGone))?.isFile()) files.push(relative(folder, path));
  }
  return files.sort();
}

export const isOfLog = (path: string): boolean => /(^|\/)pg_wal\/[0-9A-F]{24}$/.test(path);

const pageBytes = 8192;
const longHead = 40;
const shortHead = 24;

/** A segment of the log as one stream of records (`XLogPageHeaderData`: 40 bytes on the first page, 24 on the others). */
function withoutPageHeads(segment: Buffer): Buffer {
  const pages: Buffer[] = [];
  for (let at = 0; at < segment.length; at += pageBytes)
    pages.push(segment.subarray(at + (at === 0 ? longHead : shortHead), at + pageBytes));
  return Buffer.concat(pages);
}
