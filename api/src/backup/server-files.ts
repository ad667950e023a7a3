import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sql } from 'postgres';

export interface ServerFile {
  /** Below the data folder, parted by `/`. */
  readonly path: string;
  readonly kind: 'folder' | 'file';
}

/** The files of a server in use. One may grow, shrink or vanish while it is read: PostgreSQL repairs that from the log. */
export interface ServerFiles {
  /** Everything below a folder of the data folder (`.` for all of it), a folder before what it holds. */
  list(below: string): Promise<readonly ServerFile[]>;
  /** Nothing when it has vanished. */
  read(path: string): AsyncIterable<Uint8Array>;
}

const partBytes = 1 << 18;
/** How much of a file one statement brings: the driver holds it twice, as hexadecimal digits too. */
const remotePartBytes = 1 << 22;

/** A data folder on this machine. */
export function filesInFolder(folder: string): ServerFiles {
  return {
    list: async (below) => {
      const entries = await readdir(join(folder, below), { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isDirectory() || entry.isFile())
        .map((entry): ServerFile => {
          const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
          return { path, kind: entry.isDirectory() ? 'folder' : 'file' };
        })
        .sort(byPath);
    },
    read: async function* (path) {
      try {
        for await (const part of createReadStream(join(folder, path), { highWaterMark: partBytes }))
          yield part as Buffer;
      } catch (error) {
        if ((error as { code?: string }).code !== 'ENOENT') throw error;
      }
    },
  };
}

/** The data folder of a server elsewhere, read through the server itself. */
export function filesThrough(sql: Sql): ServerFiles {
  return {
    list: async (below) => {
      const top = below === '.' ? '' : `${below}/`;
      const found = await sql<{ path: string; is_folder: boolean }[]>`
        with recursive entry as (
          select ${top} || name as path, (pg_stat_file(${top} || name, true)).isdir as is_folder from pg_ls_dir(${below}, true, false) name
          union all
          select at.path || '/' || name, (pg_stat_file(at.path || '/' || name, true)).isdir
          from entry at cross join lateral pg_ls_dir(at.path, true, false) name
          where at.is_folder)
        select path, is_folder from entry where is_folder is not null`;
      return found
        .map((one): ServerFile => ({ path: one.path, kind: one.is_folder ? 'folder' : 'file' }))
        .sort(byPath);
    },
    read: async function* (path) {
      for (let at = 0; ; at += remotePartBytes) {
        const [part] = await sql<{ bytes: Buffer | null }[]>`
          select pg_read_binary_file(${path}, ${at}, ${remotePartBytes}, true) as bytes`;
        if (!part?.bytes || part.bytes.length === 0) return;
        yield part.bytes;
        if (part.bytes.length < remotePartBytes) return;
      }
    },
  };
}

const byPath = (a: ServerFile, b: ServerFile): number => (a.path < b.path ? -1 : 1);
