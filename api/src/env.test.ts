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
      TRUST_PROXY: '1',
      LOG_LEVEL: 'debug',
      SOMETHING_ELSE: 'is none of ours',
    };
    expect(readEnvironment(given)).toEqual({
      port: 65535,
      dataFolder: '/srv/shaodian',
      databaseUrl: 'postgresql://someone@db.example/shaodian',
      keyFile: '/etc/shaodian/key',
      trustProxy: true,
      logLevel: 'debug',
    });
  });

  test.each([
    ['PORT', 'eighty'],
    ['PORT', '0'],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['DATABASE_URL', 'mysql://db.example/x'],
    ['DATABASE_URL', 'postgres://[half'],
    ['TRUST_PROXY', 'yes'],
    ['LOG_LEVEL', 'loud'],
  ])('names the variable that is wrong: %s=%s', (name, value) => {
    expect(() => readEnvironment({ [name]: value })).toThrow(EnvironmentError);
    expect(() => readEnvironment({ [name]: value })).toThrow(new RegExp(`^${name}: must be `));
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
