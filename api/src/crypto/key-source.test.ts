import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  KeyFileError,
  addGeneration,
  openExistingMasterKey,
  openMasterKey,
  readOrMakeKeyFile,
  refuseDatabaseWithoutKey,
} from './key-source.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shaodian-key-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a database whose key is not there', () => {
  test('is refused, and no key is made; with the key, a key given as a variable, or no database it is not', async () => {
    const database = join(folder, 'postgres-18');
    const keyFile = join(folder, 'key');
    const check = (key?: string) => () => refuseDatabaseWithoutKey({ keyFile, key }, database);
    expect(check()).not.toThrow();
    await mkdir(database);
    await writeFile(join(database, 'PG_VERSION'), '18');
    expect(check()).toThrow(KeyFileError);
    expect(check()).toThrow(`SHAODIAN_KEY_FILE: there is no ${keyFile}`);
    expect(await readdir(folder)).toEqual(['postgres-18']);
    expect(check('a key')).not.toThrow();
    await readOrMakeKeyFile(keyFile);
    expect(check()).not.toThrow();
  });
});

describe('the key file', () => {
  test('is made on the first start, for its owner alone, and read again on the next', async () => {
    const file = join(folder, 'deeper', 'key');
    const made = await readOrMakeKeyFile(file);
    expect(made.map((secret) => secret.length)).toEqual([32]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toMatch(/^[\w-]{43}\n$/);
    expect(await readOrMakeKeyFile(file)).toEqual(made);
  });

  test.each([0o640, 0o604, 0o660, 0o644, 0o610])(
    'is refused when others may touch it (mode %o)',
    async (mode) => {
      const file = join(folder, 'key');
      await readOrMakeKeyFile(file);
      await chmod(file, mode);
      await expect(readOrMakeKeyFile(file)).rejects.toThrow(KeyFileError);
      await expect(readOrMakeKeyFile(file)).rejects.toThrow(`SHAODIAN_KEY_FILE: ${file}`);
      await expect(readOrMakeKeyFile(file)).rejects.toThrow(`chmod 600 ${file}`);
    },
  );

  test.each(['', 'short', 'A'.repeat(42), 'A'.repeat(86), '密钥'])(
    'is refused when it does not hold 32 bytes (%j), and left as it is',
    async (content) => {
      const file = join(folder, 'key');
      await writeFile(file, content, { mode: 0o600 });
      await expect(readOrMakeKeyFile(file)).rejects.toThrow(/SHAODIAN_KEY_FILE.*32 bytes/);
      expect(await readFile(file, 'utf8')).toBe(content);
    },
  );

  test('holds a line for each generation: a new one is added below, and the others stay as they were', async () => {
    const file = join(folder, 'key');
    const [first] = await readOrMakeKeyFile(file);
    expect(await addGeneration(file)).toBe(2);
    const generations = await readOrMakeKeyFile(file);
    expect(generations).toHaveLength(2);
    expect(generations[0]).toEqual(first);
    expect(await readFile(file, 'utf8')).toMatch(/^([\w-]{43}\n){2}$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('that gained a generation is read again by a program that runs', async () => {
    const source = { keyFile: join(folder, 'key'), key: undefined };
    const running = await openMasterKey(source);
    await addGeneration(source.keyFile);
    const newer = await openMasterKey(source);
    expect(running.kekOf(1).id).toBe('kek/1/1');
    expect(newer.kekOf(1).id).toBe('kek/2/1');
    expect(running.kekById(1, 'kek/2/1')).toEqual(newer.kekOf(1));
    expect(running.kekOf(1)).toEqual(newer.kekOf(1));
  });

  test('is not made by a tool that only reads', async () => {
    const source = { keyFile: join(folder, 'key'), key: undefined };
    await expect(openExistingMasterKey(source)).rejects.toThrow(KeyFileError);
    await expect(stat(source.keyFile)).rejects.toThrow();
  });

  test('is not needed where the key comes from the environment, one generation or several', async () => {
    const [a, b] = [1, 2].map((fill) => Buffer.alloc(32, fill).toString('base64url'));
    const keyFile = join(folder, 'key');
    const one = await openMasterKey({ keyFile, key: `${a}` });
    const two = await openMasterKey({ keyFile, key: `${a},${b}` });
    expect(two.kekOf(1).id).toBe('kek/2/1');
    expect(two.kekById(1, 'kek/1/1')).toEqual(one.kekOf(1));
    await expect(stat(keyFile)).rejects.toThrow();
    await expect(openMasterKey({ keyFile, key: 'short' })).rejects.toThrow(/^SHAODIAN_KEY /);
  });

  test('that cannot be made is named', async () => {
    const file = join(folder, 'key');
    await writeFile(file, '');
    await expect(readOrMakeKeyFile(join(file, 'key'))).rejects.toThrow(/key/);
  });
});
