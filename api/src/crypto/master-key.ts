import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DatabaseSecrets } from '@shaodian/migrations';

/** The key file cannot be used; the message says why and names the variable. */
export class KeyFileError extends Error {
  override name = 'KeyFileError';
}

/** Everything secret follows from one file outside the database (HKDF-SHA256, RFC 5869, one label each). */
export interface MasterKey {
  readonly databaseSecrets: DatabaseSecrets;
  readonly contextKey: Uint8Array;
  readonly contextKeyId: number;
  /** Wraps the data keys of one school. */
  kekOf(schoolId: number): { id: string; key: Uint8Array };
  /** HMAC under the school's key: reporter marks, register numbers, pseudonyms of the audit. */
  markOf(
    schoolId: number,
    purpose: 'reporter' | 'national-id' | 'audit-subject',
    value: string,
  ): string;
  /** Makes the MACs of a school's audit chain. */
  auditKeyOf(schoolId: number): Uint8Array;
  /** The 32 bytes from which the Ed25519 key of the audit's checkpoints follows (RFC 8032). */
  readonly auditSigningSeed: Uint8Array;
}

export function masterKey(bytes: Uint8Array): MasterKey {
  const derive = (label: string, length = 32): Buffer =>
    Buffer.from(hkdfSync('sha256', bytes, 'shaodian', label, length));
  const contextKey = derive('context/1');
  return {
    contextKey,
    contextKeyId: 1,
    databaseSecrets: {
      appPassword: derive('database/app').toString('base64url'),
      workerPassword: derive('database/worker').toString('base64url'),
      contextKey,
      contextKeyId: 1,
    },
    kekOf: (schoolId) => ({ id: `kek/1/${schoolId}`, key: derive(`kek/1/${schoolId}`) }),
    markOf: (schoolId, purpose, value) =>
      createHmac('sha256', derive(`mark/${purpose}/${schoolId}`))
        .update(value)
        .digest('base64url'),
    auditKeyOf: (schoolId) => derive(`audit/mac/${schoolId}`),
    auditSigningSeed: derive('audit/sign'),
  };
}

/**
 * Reads the key file, or makes it (mode 0600) on the first start.
 * @throws KeyFileError when it is open to others, or not 32 bytes of base64url
 */
export async function readOrMakeKeyFile(file: string): Promise<Uint8Array> {
  await mkdir(dirname(file), { recursive: true });
  const made = await makeKeyFile(file);
  if (made) return made;
  const mode = (await stat(file)).mode & 0o077;
  if (mode !== 0)
    throw new KeyFileError(
      `SHAODIAN_KEY_FILE: ${file} can be read by other users. Run: chmod 600 ${file}`,
    );
  const bytes = Buffer.from((await readFile(file, 'utf8')).trim(), 'base64url');
  if (bytes.length !== 32)
    throw new KeyFileError(`SHAODIAN_KEY_FILE: ${file} does not hold a key of 32 bytes`);
  return bytes;
}

async function makeKeyFile(file: string): Promise<Uint8Array | null> {
  const bytes = randomBytes(32);
  try {
    const handle = await open(file, 'wx', 0o600);
    await handle.writeFile(`${bytes.toString('base64url')}\n`);
    await handle.sync();
    await handle.close();
    return bytes;
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return null;
    throw new KeyFileError(
      `SHAODIAN_KEY_FILE: ${file} cannot be made (${(error as Error).message})`,
      { cause: error },
    );
  }
}
