import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupFileError } from './sealed-stream.ts';
import type { ServerFile, ServerFiles } from './server-files.ts';

type Bytes = AsyncIterable<Uint8Array>;

const framed = (data: Uint8Array): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.byteLength);
  return Buffer.concat([length, data]);
};
const endOfFile = Buffer.alloc(4);

/**
 * The files of a server as one stream of records: a head, then the file's bytes in frames, then an empty frame.
 * @param wanted false leaves a path out
 */
export async function* packFiles(
  files: ServerFiles,
  wanted: (path: string) => boolean,
): AsyncGenerator<Buffer> {
  for (const { path, kind } of await files.list('.')) {
    if (!wanted(path)) continue;
    yield framed(headOf({ path, kind }));
    if (kind === 'folder') continue;
    for await (const part of files.read(path)) yield framed(part);
    yield endOfFile;
  }
}

/** One more record, of bytes at hand. */
export function* packBytes(path: string, bytes: Uint8Array): Generator<Buffer> {
  yield framed(headOf({ path, kind: 'file' }));
  if (bytes.byteLength > 0) yield framed(bytes);
  yield endOfFile;
}

const headOf = (head: ServerFile): Buffer => Buffer.from(JSON.stringify(head));

/** Makes the files of a packed stream below a folder. @throws BackupFileError when a record is none, or would climb out of it */
export async function unpackFolder(source: Bytes, folder: string): Promise<number> {
  let files = 0;
  const records = recordsOf(source);
  for (let at = await records.next(); !at.done; at = await records.next()) {
    const head = parseHead(at.value);
    const target = join(folder, head.path);
    if (head.kind === 'folder') {
      await mkdir(target, { recursive: true, mode: 0o700 });
      continue;
    }
    files += 1;
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const handle = await open(target, 'wx', 0o600);
    try {
      for (let part = await records.next(); !part.done && part.value.length > 0;) {
        await handle.write(part.value);
        part = await records.next();
      }
    } finally {
      await handle.close();
    }
  }
  return files;
}

function parseHead(bytes: Buffer): ServerFile {
  const head = JSON.parse(bytes.toString('utf8')) as ServerFile;
  const climbs = head.path.split('/').includes('..') || head.path.startsWith('/');
  if (climbs) throw new BackupFileError(`a path of the backup leads out of it: ${head.path}`);
  return head;
}

async function* recordsOf(source: Bytes): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const part of source) {
    rest = rest.length === 0 ? Buffer.from(part) : Buffer.concat([rest, part]);
    let at = 0;
    while (rest.length - at >= 4) {
      const size = rest.readUInt32BE(at);
      if (rest.length - at - 4 < size) break;
      yield rest.subarray(at + 4, at + 4 + size);
      at += 4 + size;
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw new BackupFileError('the packed folder ends in the middle of a file');
}
