import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KeyFileError, masterKey, readOrMakeKeyFile } from './master-key.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shaodian-key-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the key file', () => {
  test('is made on the first start, for its owner alone, and read again on the next', async () => {
    const file = join(folder, 'deeper', 'key');
    const made = await readOrMakeKeyFile(file);
    expect(made).toHaveLength(32);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toMatch(/^[\w-]{43}\n$/);
    expect(Buffer.from(await readOrMakeKeyFile(file)).equals(made)).toBe(true);
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

  test('that cannot be made is named', async () => {
    const file = join(folder, 'key');
    await writeFile(file, '');
    await expect(readOrMakeKeyFile(join(file, 'key'))).rejects.toThrow(/key/);
  });
});

describe('the master key', () => {
  const master = masterKey(Buffer.alloc(32, 3));

  test('gives every school and purpose a key of its own, and always the same', () => {
    const keks = [1, 2, 12].map((school) => Buffer.from(master.kekOf(school).key).toString('hex'));
    expect(new Set(keks).size).toBe(3);
    expect(masterKey(Buffer.alloc(32, 3)).kekOf(1)).toEqual(master.kekOf(1));
    expect(masterKey(Buffer.alloc(32, 4)).kekOf(1)).not.toEqual(master.kekOf(1));
    const secrets = master.databaseSecrets;
    const all = [secrets.appPassword, secrets.workerPassword, String(secrets.contextKey), ...keks];
    expect(new Set(all).size).toBe(all.length);
  });

  test('marks a person differently in each school and for each purpose, and never by name', () => {
    const person = '11111111-1111-4111-8111-111111111111';
    const marks = [
      master.markOf(1, 'reporter', person),
      master.markOf(2, 'reporter', person),
      master.markOf(1, 'national-id', person),
    ];
    expect(new Set(marks).size).toBe(3);
    expect(master.markOf(1, 'reporter', person)).toBe(marks[0]);
    for (const mark of marks) expect(mark).toMatch(/^[\w-]{43}$/);
  });
});
