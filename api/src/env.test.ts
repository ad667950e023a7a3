import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EnvironmentError, readEnvironment } from './env.ts';

describe('the environment', () => {
  test('may be empty: everything has a default', () => {
    const defaults = {
      port: 3000,
      dataFolder: resolve('data'),
      databaseUrl: undefined,
      keyFile: resolve('data/key'),
      key: undefined,
      shredFile: resolve('data/shreds/shreds.ndjson'),
      publicUrl: 'http://localhost:3000',
      allowPrivateChannels: false,
      trustProxy: false,
      logLevel: 'info',
    };
    expect(readEnvironment({})).toEqual(defaults);
    const empty = { PORT: '', SHAODIAN_DATA: '', DATABASE_URL: '', SHAODIAN_KEY_FILE: '' };
    expect(readEnvironment({ ...empty, TRUST_PROXY: '', LOG_LEVEL: '' })).toEqual(defaults);
  });

  test('is taken as given', () => {
    const given = {
      PORT: '65535',
      SHAODIAN_DATA: '/srv/shaodian',
      DATABASE_URL: 'postgresql://someone@db.example/shaodian',
      SHAODIAN_KEY_FILE: '/etc/shaodian/key',
      SHAODIAN_URL: 'https://shaodian.school.example',
      SHAODIAN_PRIVATE_CHANNELS: '1',
      TRUST_PROXY: '1',
      LOG_LEVEL: 'debug',
      SOMETHING_ELSE: 'is none of ours',
    };
    expect(readEnvironment(given)).toEqual({
      port: 65535,
      dataFolder: '/srv/shaodian',
      databaseUrl: 'postgresql://someone@db.example/shaodian',
      keyFile: '/etc/shaodian/key',
      key: undefined,
      shredFile: '/srv/shaodian/shreds/shreds.ndjson',
      publicUrl: 'https://shaodian.school.example',
      allowPrivateChannels: true,
      trustProxy: true,
      logLevel: 'debug',
    });
  });

  test.each([
    ['SHAODIAN_URL', 'school.example'],
    ['SHAODIAN_URL', 'https://school.example/path'],
    ['SHAODIAN_PRIVATE_CHANNELS', 'yes'],
    ['PORT', 'eighty'],
    ['PORT', '0'],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['DATABASE_URL', 'mysql://db.example/x'],
    ['DATABASE_URL', 'postgres://[half'],
    ['TRUST_PROXY', 'yes'],
    ['LOG_LEVEL', 'loud'],
    ['SHAODIAN_KEY', 'short'],
    ['SHAODIAN_WITNESS', 'http://witness.example/checkpoints'],
    ['SHAODIAN_WITNESS', 'http://127.0.0.1.example/'],
    ['SHAODIAN_WITNESS', 'ftp://witness.example/'],
  ])('names the variable that is wrong: %s=%s', (name, value) => {
    expect(() => readEnvironment({ [name]: value })).toThrow(EnvironmentError);
    expect(() => readEnvironment({ [name]: value })).toThrow(new RegExp(`^${name}: must be `));
  });

  test.each(['https://witness.example/in', 'file:///mnt/witness', 'http://localhost:9000/in'])(
    'takes %s as a witness',
    (address) => {
      expect(readEnvironment({ SHAODIAN_WITNESS: address }).witness).toBe(address);
    },
  );

  test('has the key as a file or as a variable, not both', () => {
    const key = Buffer.alloc(32, 1).toString('base64url');
    expect(readEnvironment({ SHAODIAN_KEY: `${key},${key}` }).key).toBe(`${key},${key}`);
    expect(() => readEnvironment({ SHAODIAN_KEY: key, SHAODIAN_KEY_FILE: '/k' })).toThrow(
      /^SHAODIAN_KEY: must not be set together with SHAODIAN_KEY_FILE$/,
    );
  });

  test('names all that are wrong at once, and repeats no value', () => {
    const wrong = { PORT: 'x', DATABASE_URL: 'secret-password', TRUST_PROXY: '7', LOG_LEVEL: 'z' };
    let message = '';
    try {
      readEnvironment(wrong);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message.split('\n').map((line) => line.split(':')[0])).toEqual(Object.keys(wrong));
    expect(message).not.toContain('secret-password');
  });
});
