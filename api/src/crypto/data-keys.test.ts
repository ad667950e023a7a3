import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { findDataKeys, getDataKey } from './data-keys.ts';
import type { KeySubject } from './data-keys.ts';
import { masterKey } from './master-key.ts';
import { UnsealError } from './seal.ts';

let api: TestApi;
let who: Requester;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  who = await api.as('weiyuan-a');
});
afterAll(() => api.stop());

const subject = (): KeySubject => ({ schoolId: who.schoolId, kind: 'report', id: randomUUID() });
const take = (of: KeySubject) =>
  api.deps.db.asActor(who.context, (trx) => getDataKey(trx, api.deps.master, of));
const find = (of: KeySubject, master = api.deps.master) =>
  api.deps.db.asActor(who.context, (trx) => findDataKeys(trx, master, of));

describe('the data key of a subject', () => {
  test('is one and the same for all who ask for it at the same time', async () => {
    for (let round = 0; round < 10; round += 1) {
      const of = subject();
      const keys = await Promise.all(Array.from({ length: 6 }, () => take(of)));
      expect(new Set(keys.map((one) => Buffer.from(one.key).toString('hex'))).size).toBe(1);
      const rows = await api.admin`select from app.data_keys where subject_id = ${of.id}`;
      expect(rows).toHaveLength(1);
    }
  });

  test('is made anew when the transaction that made it first is rolled back', async () => {
    const of = subject();
    const undone = api.deps.db.asActor(who.context, async (trx) => {
      await getDataKey(trx, api.deps.master, of);
      throw new Error('changed my mind');
    });
    const [other] = await Promise.all([take(of), undone.catch(() => undefined)]);
    expect(await find(of)).toEqual([other]);
  });

  test('differs from subject to subject', async () => {
    const [one, two] = [await take(subject()), await take(subject())];
    expect(one.id).not.toBe(two.id);
    expect(Buffer.from(one.key).equals(two.key)).toBe(false);
  });

  test('lies in the database wrapped: without the key file, or moved to another subject, it does not open', async () => {
    const [of, other] = [subject(), subject()];
    const { key } = await take(of);
    await take(other);
    const [row] = await api.admin<
      { wrapped: Buffer }[]
    >`select wrapped from app.data_keys where subject_id = ${of.id}`;
    expect(row?.wrapped.includes(Buffer.from(key))).toBe(false);
    await expect(find(of, masterKey(Buffer.alloc(32, 1)))).rejects.toThrow(UnsealError);
    await api.admin`update app.data_keys set wrapped = ${row?.wrapped ?? ''} where subject_id = ${other.id}`;
    await expect(find(other)).rejects.toThrow(UnsealError);
  });

  test('that was erased is gone: what it sealed cannot be opened by a new one', async () => {
    const of = subject();
    const before = await take(of);
    await api.admin`delete from app.data_keys where subject_id = ${of.id}`;
    expect(await find(of)).toBeUndefined();
    const after = await take(of);
    expect(after.id).not.toBe(before.id);
  });
});
