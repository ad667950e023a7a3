import { describe, expect, test } from 'vitest';
import { UnknownKekError, masterKey } from './master-key.ts';

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

  test('wraps with the newest generation, opens with any, and changes nothing else', () => {
    const [one, two] = [Buffer.alloc(32, 3), Buffer.alloc(32, 4)];
    const newer = masterKey([one, two]);
    expect(newer.kekOf(1).id).toBe('kek/2/1');
    expect(newer.kekById(1, 'kek/1/1')).toEqual(master.kekOf(1));
    expect(newer.kekOf(1).key).not.toEqual(masterKey(two).kekOf(1).key);
    expect(newer.databaseSecrets).toEqual(master.databaseSecrets);
    expect(newer.markOf(1, 'reporter', 'x')).toBe(master.markOf(1, 'reporter', 'x'));
    expect(newer.auditKeyOf(1)).toEqual(master.auditKeyOf(1));
  });

  test.each(['kek/2/1', 'kek/1/2', 'kek/0/1', 'kek/01/1', 'kek/1/1/1', 'kek/1/', ''])(
    'does not give a key for a name that is not one of this school and a known generation: %j',
    (name) => {
      expect(() => master.kekById(1, name)).toThrow(UnknownKekError);
    },
  );

  test('does not follow a source that no longer holds the generations in use', () => {
    const [one, two] = [Buffer.alloc(32, 3), Buffer.alloc(32, 4)];
    const swapped = masterKey(one, () => [two, one]);
    expect(() => swapped.kekById(1, 'kek/2/1')).toThrow(UnknownKekError);
    expect(masterKey(one, () => [one, two]).kekById(1, 'kek/2/1').key).toHaveLength(32);
  });
});
