import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Where a sealed value belongs. Bound into it: moved to another place, it does not open. */
export interface Place {
  readonly table: string;
  readonly column: string;
  readonly row: string;
  readonly schoolId: number;
}

export interface NamedKey {
  readonly id: string;
  readonly key: Uint8Array;
}

/** Altered, cut off, moved, or sealed with another key. */
export class UnsealError extends Error {
  override name = 'UnsealError';
}

const version = 1;
const nonceLength = 12;
const tagLength = 16;
const headLength = 1 + nonceLength + tagLength;

const associated = (place: Place, keyId: string): Buffer =>
  Buffer.from(JSON.stringify([place.table, place.column, place.row, place.schoolId, keyId]));

/** AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D): version, nonce, tag, ciphertext. */
export function seal(plain: Uint8Array, key: NamedKey, place: Place): Buffer {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv('aes-256-gcm', key.key, nonce).setAAD(associated(place, key.id));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), body]);
}

/**
 * @param key or the keys of a subject, of which one sealed it: while keys are exchanged a subject has two
 * @throws UnsealError; never returns wrong bytes
 */
export function unseal(
  sealed: Uint8Array,
  key: NamedKey | readonly NamedKey[],
  place: Place,
): Buffer {
  let failure = new UnsealError('no key');
  for (const one of 'id' in key ? [key] : key) {
    try {
      return unsealWith(sealed, one, place);
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error;
      failure = error;
    }
  }
  throw failure;
}

function unsealWith(sealed: Uint8Array, key: NamedKey, place: Place): Buffer {
  const bytes = Buffer.from(sealed);
  if (bytes.length < headLength || bytes[0] !== version)
    throw new UnsealError('not a sealed value');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.key, bytes.subarray(1, 1 + nonceLength), {
      authTagLength: tagLength,
    })
      .setAAD(associated(place, key.id))
      .setAuthTag(bytes.subarray(1 + nonceLength, headLength));
    return Buffer.concat([decipher.update(bytes.subarray(headLength)), decipher.final()]);
  } catch (error) {
    throw new UnsealError('the sealed value does not open here', { cause: error });
  }
}

export const sealText = (text: string, key: NamedKey, place: Place): Buffer =>
  seal(Buffer.from(text, 'utf8'), key, place);
export const unsealText = (
  sealed: Uint8Array,
  key: NamedKey | readonly NamedKey[],
  place: Place,
): string => unseal(sealed, key, place).toString('utf8');
