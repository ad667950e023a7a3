import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** A file of a backup is cut off, altered, out of order, of another backup, or sealed with another key. Nothing was restored from it. */
export class BackupFileError extends Error {
  override name = 'BackupFileError';
}

const magic = Buffer.from('SDBK1\n');
const saltBytes = 32;
const tagBytes = 16;
const chunkBytes = 1 << 20;
const lastBit = 0x8000_0000;

type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

// A key for each file (HKDF-SHA256, RFC 5869), so that a counter is a nonce that never comes twice.
const keyOf = (key: Uint8Array, salt: Uint8Array, name: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, salt, `backup/${name}`, 32));

const nonceOf = (index: number): Buffer => {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 8);
  return nonce;
};

/**
 * Seals a stream in chunks of 1 MiB (AES-256-GCM): the file's name, the chunk's place and whether it is the last are bound in, so that nothing can
 * be cut off, exchanged or moved to another file without an error.
 */
export async function* sealStream(
  source: Bytes,
  key: Uint8Array,
  name: string,
): AsyncGenerator<Buffer> {
  const salt = randomBytes(saltBytes);
  const fileKey = keyOf(key, salt, name);
  yield Buffer.concat([magic, salt]);
  let index = 0;
  let waiting: Buffer | undefined;
  const seal = (chunk: Buffer, isLast: boolean): Buffer => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(((chunk.length + tagBytes) | (isLast ? lastBit : 0)) >>> 0);
    const cipher = createCipheriv('aes-256-gcm', fileKey, nonceOf(index)).setAAD(head);
    index += 1;
    return Buffer.concat([head, cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
  };
  for await (const chunk of inChunks(source)) {
    if (waiting) yield seal(waiting, false);
    waiting = chunk;
  }
  yield seal(waiting ?? Buffer.alloc(0), true);
}

async function* inChunks(source: Bytes): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of source) {
    parts.push(part);
    size += part.byteLength;
    while (size >= chunkBytes) {
      const all = Buffer.concat(parts);
      yield all.subarray(0, chunkBytes);
      parts = [all.subarray(chunkBytes)];
      size -= chunkBytes;
    }
  }
  if (size > 0) yield Buffer.concat(parts);
}

/** The other way. @throws BackupFileError before any byte that is not right is given out */
export async function* openStream(
  source: Bytes,
  key: Uint8Array,
  name: string,
): AsyncGenerator<Buffer> {
  const reader = readerOf(source, name);
  const head = await reader(magic.length + saltBytes);
  if (!head.subarray(0, magic.length).equals(magic))
    throw new BackupFileError(`${name}: not a file of a backup of this version`);
  const fileKey = keyOf(key, head.subarray(magic.length), name);
  for (let index = 0, isLast = false; !isLast; index += 1) {
    const length = await reader(4);
    const word = length.readUInt32BE();
    isLast = word >= lastBit;
    const size = word & ~lastBit;
    if (size < tagBytes || size > chunkBytes + tagBytes)
      throw new BackupFileError(`${name}: altered, or sealed with another key`);
    const sealed = await reader(size);
    yield openChunk(fileKey, index, length, sealed, name);
  }
  if (!(await reader.isAtEnd())) throw new BackupFileError(`${name}: something was added to it`);
}

function openChunk(
  key: Uint8Array,
  index: number,
  head: Buffer,
  sealed: Buffer,
  name: string,
): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(index), {
      authTagLength: tagBytes,
    })
      .setAAD(head)
      .setAuthTag(sealed.subarray(sealed.length - tagBytes));
    return Buffer.concat([
      decipher.update(sealed.subarray(0, sealed.length - tagBytes)),
      decipher.final(),
    ]);
  } catch (error) {
    throw new BackupFileError(`${name}: altered, or sealed with another key`, { cause: error });
  }
}

function readerOf(source: Bytes, name: string) {
  const parts = (async function* () {
    yield* source;
  })();
  let rest = Buffer.alloc(0);
  const fill = async (size: number): Promise<boolean> => {
    const waiting = [rest];
    let have = rest.length;
    while (have < size) {
      const next = await parts.next();
      if (next.done) break;
      waiting.push(Buffer.from(next.value));
      have += next.value.byteLength;
    }
    rest = Buffer.concat(waiting);
    return have >= size;
  };
  const read = async (size: number): Promise<Buffer> => {
    if (!(await fill(size))) throw new BackupFileError(`${name}: cut off`);
    const taken = rest.subarray(0, size);
    rest = rest.subarray(size);
    return taken;
  };
  return Object.assign(read, { isAtEnd: async () => !(await fill(1)) });
}
