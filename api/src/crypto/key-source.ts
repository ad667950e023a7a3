import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { masterKey } from './master-key.ts';
import type { Generations, MasterKey } from './master-key.ts';

/** The key file or SHAODIAN_KEY cannot be used; the message says why and names the variable. */
export class KeyFileError extends Error {
  override name = 'KeyFileError';
}

/** Where the generations of the key come from: a file, or the environment. */
export interface KeySource {
  readonly keyFile: string;
  /** SHAODIAN_KEY: when it is set there is no file. */
  readonly key: string | undefined;
}

/** Whether there is no key yet: opening it would make one. */
export const isKeyMissing = (source: KeySource): boolean =>
  source.key === undefined && !existsSync(source.keyFile);

/** @throws KeyFileError */
export async function openMasterKey(source: KeySource): Promise<MasterKey> {
  if (source.key !== undefined) return masterKey(generationsOf(source.key, 'SHAODIAN_KEY'));
  return masterKey(await readOrMakeKeyFile(source.keyFile), () => readKeyFile(source.keyFile));
}

/** The same for tools, which never make a key. @throws KeyFileError */
export async function openExistingMasterKey(source: KeySource): Promise<MasterKey> {
  if (isKeyMissing(source))
    throw new KeyFileError(`SHAODIAN_KEY_FILE: there is no ${source.keyFile}`);
  return openMasterKey(source);
}

/**
 * A new key beside an old database would read nothing of it and write over what only the lost one can open: a restored folder, or one whose key
 * was not brought along. @throws KeyFileError before anything is made
 */
export function refuseDatabaseWithoutKey(source: KeySource, databaseFolder: string): void {
  if (isKeyMissing(source) && existsSync(join(databaseFolder, 'PG_VERSION')))
    throw new KeyFileError(
      `SHAODIAN_KEY_FILE: there is no ${source.keyFile}, but there is a database in ${databaseFolder}, which only the key it was made with can read. Nothing was changed. Bring that key here, or name it with SHAODIAN_KEY_FILE.`,
    );
}

/**
 * Reads the key file, or makes it (mode 0600) on the first start. One line a generation, the oldest first; 32 bytes of base64url each.
 * @throws KeyFileError when it is open to others, or a line is not 32 bytes
 */
export async function readOrMakeKeyFile(file: string): Promise<Generations> {
  await mkdir(dirname(file), { recursive: true });
  return (await makeKeyFile(file)) ?? readKeyFile(file);
}

/** Adds a generation, which wraps from then on. A kill at any moment leaves the old file or the new one. @throws KeyFileError */
export async function addGeneration(file: string): Promise<number> {
  const generations = [...readKeyFile(file), randomBytes(32)];
  const fresh = `${file}.new`;
  const handle = await open(fresh, 'w', 0o600);
  try {
    await handle.writeFile(generations.map(line).join(''));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
  await syncFolder(dirname(file));
  return generations.length;
}

const line = (secret: Uint8Array): string => `${Buffer.from(secret).toString('base64url')}\n`;

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

function readKeyFile(file: string): Generations {
  if ((statSync(file).mode & 0o077) !== 0)
    throw new KeyFileError(
      `SHAODIAN_KEY_FILE: ${file} can be read by other users. Run: chmod 600 ${file}`,
    );
  return generationsOf(readFileSync(file, 'utf8'), `SHAODIAN_KEY_FILE: ${file}`);
}

/** Generations are parted by line ends, or by commas where a line end is hard to write. */
function generationsOf(text: string, origin: string): Generations {
  const [first, ...more] = text
    .trim()
    .split(/\s*[\n,]\s*/)
    .map((part) => Buffer.from(part, 'base64url'));
  if (!first || [first, ...more].some((bytes) => bytes.length !== 32))
    throw new KeyFileError(`${origin} does not hold a key of 32 bytes`);
  return [first, ...more];
}

async function makeKeyFile(file: string): Promise<Generations | null> {
  const bytes = randomBytes(32);
  try {
    const handle = await open(file, 'wx', 0o600);
    await handle.writeFile(line(bytes));
    await handle.sync();
    await handle.close();
    return [bytes];
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return null;
    throw new KeyFileError(
      `SHAODIAN_KEY_FILE: ${file} cannot be made (${(error as Error).message})`,
      { cause: error },
    );
  }
}
