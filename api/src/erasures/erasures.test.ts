import { randomUUID } from 'node:crypto';
import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { appendActs } from '../audit/append-acts.ts';
import { createApp } from '../app.ts';
import { UnsealError } from '../crypto/seal.ts';
import { ShredListError, shredList } from '../crypto/shred-list.ts';
import { connectDatabase } from '../db/database.ts';
import type { Database } from '../db/database.ts';
import { observationInput, startTestApi, testMaster, testSigner } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { listSealedValues, openSealedValue } from '../testing/sealed-values.ts';
import { replayShreds } from './replay-shreds.ts';

let api: TestApi;
let worker: Database;
let people: Record<'admin' | 'officer' | 'leader' | 'teacher' | 'counsellor', Requester>;
let pupils: string[];

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  worker = connectDatabase(api.workerUrl, testSigner, appendActs(testMaster), 1);
  people = {
    admin: await api.as('admin'),
    officer: await api.as('baohu'),
    leader: await api.as('deyu'),
    teacher: await api.as('banzhuren'),
    counsellor: await api.as('xinli'),
  };
  const rows = await api.admin<{ id: string }[]>`
    select p.id from app.pupils p where p.school_id = ${people.admin.schoolId}
      and not exists (select from app.alerts a where a.pupil_id = p.id)
      and not exists (select from app.erasures e where e.pupil_id = p.id)
      and not exists (select from app.accounts x where x.person_id = p.id) order by p.id limit 10`;
  pupils = rows.map(({ id }) => id);
});
afterAll(async () => {
  await worker.close();
  await api.stop();
});

const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code;
const ask = (who: Requester, pupil: string) =>
  who.post(`/pupils/${pupil}/erasure`, { reason: 'guardian_request' });
const asked = async (who: Requester, pupil: string) => {
  const answer = await ask(who, pupil);
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: string }).id;
};
const approve = (who: Requester, erasure: string) => who.post(`/erasures/${erasure}/approval`, {});

/** A pupil about whom something was written, and whose alert is over. */
async function writtenAbout(pupil: string): Promise<void> {
  const input = observationInput(pupil, { words: '秘密的话', indicators: ['MOO01'] });
  expect((await people.counsellor.post('/observations', input)).status).toBe(201);
  await api.admin`update app.alerts set status = 'closed' where pupil_id = ${pupil}`;
}
const sealedOf = async (pupil: string) =>
  (await listSealedValues(api.admin)).filter((value) => value.subject === pupil);

describe('erasing a pupil', () => {
  test('takes two people: whoever asked cannot approve, nor can someone without a part in it', async () => {
    const [pupil = ''] = pupils;
    for (const who of [people.teacher, people.counsellor, people.leader])
      expect(await codeOf(await ask(who, pupil))).toBe('action.not-allowed');
    const erasure = await asked(people.officer, pupil);
    expect(await codeOf(await ask(people.admin, pupil))).toBe('erasure.already-requested');
    expect(await codeOf(await approve(people.officer, erasure))).toBe('erasure.same-person');
    expect(await codeOf(await approve(people.admin, erasure))).toBe('action.not-allowed');
    expect(await codeOf(await approve(people.teacher, erasure))).toBe('resource.not-found');
    expect(await api.deps.shreds.read()).toEqual([]);
    expect((await approve(people.leader, erasure)).status).toBe(201);
    expect(await codeOf(await approve(people.leader, erasure))).toBe('erasure.already-done');
    expect(await api.deps.shreds.read()).toMatchObject([{ kind: 'pupil', id: pupil }]);
  });

  test('is refused while an alert is open, and nothing is lost', async () => {
    const pupil = pupils[1] ?? '';
    const input = observationInput(pupil, { words: '秘密的话', indicators: ['SUI02'] });
    await people.counsellor.post('/observations', input);
    const erasure = await asked(people.admin, pupil);
    expect(await codeOf(await approve(people.officer, erasure))).toBe('erasure.not-yet');
    const [value] = await sealedOf(pupil);
    if (!value) throw new Error('the words are gone');
    const words = await openSealedValue(api.deps.db, testMaster, value);
    expect(words.toString('utf8')).toBe('秘密的话');
  });

  test('leaves no key, no words, no name and no number; what lay in the rows opens no more, key file or not', async () => {
    const pupil = pupils[2] ?? '';
    await writtenAbout(pupil);
    const copies = await sealedOf(pupil);
    expect(copies.length).toBeGreaterThan(0);
    const erasure = await asked(people.admin, pupil);
    expect((await approve(people.officer, erasure)).status).toBe(201);
    for (const copy of copies)
      await expect(openSealedValue(api.deps.db, testMaster, copy)).rejects.toThrow(UnsealError);
    expect(await sealedOf(pupil)).toEqual([]);
    const [row] = await api.admin`
      select p.name, p.sex, r.student_no, r.national_id_mark, r.national_id_last4, r.birth_date,
        (select count(*)::int from app.data_keys k where k.subject_id = p.id) as keys
      from app.pupils p join app.pupil_records r on r.pupil_id = p.id where p.id = ${pupil}`;
    expect(row).toEqual({
      name: '已删除',
      sex: 'unknown',
      student_no: null,
      national_id_mark: null,
      national_id_last4: null,
      birth_date: null,
      keys: 0,
    });
    // The files of the school that may name the pupil went with them.
    const imports = await api.admin`
      select sealed_rows from app.roster_imports where school_id = ${people.admin.schoolId} and sealed_rows is not null`;
    expect([...imports]).toEqual([]);
    const [imported] = await api.admin<{ id: string }[]>`
      select id from app.roster_imports where school_id = ${people.admin.schoolId} limit 1`;
    expect((await people.admin.get(`/roster-imports/${imported?.id}`)).status).toBe(200);
    const list = (await (await people.leader.get('/erasures')).json()) as { items: object[] };
    expect(list.items).toContainEqual(
      expect.objectContaining({ id: erasure, pupilName: '已删除', reason: 'guardian_request' }),
    );
  });

  test('signs the pupil out, ends what they held, and forgets whom their mark named', async () => {
    const seat = await api.as('weiyuan-b');
    await seat.post('/observations', observationInput(pupils[3] ?? ''));
    await api.admin`update app.alerts set status = 'closed' where pupil_id = ${seat.personId}`;
    const erasure = await asked(people.admin, seat.personId);
    expect((await approve(people.leader, erasure)).status).toBe(201);
    expect((await seat.get('/pupils')).status).toBe(401);
    const [left] = await api.admin`
      select (select count(*)::int from app.grants where person_id = ${seat.personId} and (ends_at is null or ends_at > now())) as grants,
        (select count(*)::int from app.committee_seats where person_id = ${seat.personId} and ends_on is null) as seats,
        (select count(*)::int from app.accounts where person_id = ${seat.personId} and disabled_at is null) as accounts,
        (select count(*)::int from app.reporter_seals where mark = ${seat.context.mark}) as seals`;
    expect(left).toEqual({ grants: 0, seats: 0, accounts: 0, seals: 0 });
  });

  test('stays undone when the shred list cannot be written', async () => {
    const pupil = pupils[4] ?? '';
    await writtenAbout(pupil);
    const erasure = await asked(people.admin, pupil);
    const shreds = shredList('/dev/null/shreds', testMaster.shredKey);
    const app = createApp({ ...api.deps, shreds });
    const answer = await app.request(`http://localhost/api/erasures/${erasure}/approval`, {
      method: 'POST',
      headers: {
        cookie: people.officer.cookie,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: '{}',
    });
    expect(answer.status).toBe(500);
    expect((await sealedOf(pupil)).length).toBeGreaterThan(0);
    expect((await approve(people.officer, erasure)).status).toBe(201);
  });
});

describe('an approval that is answered "try again"', () => {
  test('is on no list: what is written about the pupil afterwards outlives the next start', async () => {
    const pupil = pupils[9] ?? '';
    const erasure = await asked(people.admin, pupil);
    const listed = async () => (await api.deps.shreds.read()).some((one) => one.id === pupil);
    // Somebody else holds the head of the audit for longer than anybody waits.
    const status = await api.admin.begin(async (sql) => {
      await sql`select from app.audit_heads where school_id = ${people.leader.schoolId} for update`;
      return (await approve(people.leader, erasure)).status;
    });
    expect(status).toBe(503);
    expect(await listed()).toBe(false);
    expect((await approve(people.leader, erasure)).status).toBe(201);
    expect(await listed()).toBe(true);
  });
});

describe('the shred list, replayed', () => {
  const deps = () => ({ db: worker, master: testMaster, shreds: api.deps.shreds });

  test('erases again what a restored copy brought back, and once more changes nothing', async () => {
    const pupil = pupils[5] ?? '';
    await writtenAbout(pupil);
    const [before, key] = [await sealedOf(pupil), await keyRow(pupil)];
    const erasure = await asked(people.admin, pupil);
    await approve(people.officer, erasure);
    // What a backup from before the erasure holds.
    await api.admin`insert into app.data_keys ${api.admin(key)}`;
    for (const { column, row, sealed } of before)
      await api.admin`update app.${api.admin(column.table)} set ${api.admin(column.column)} = ${sealed}
        where ${api.admin(column.row)} = ${row}`;
    await api.admin`update app.pupils set name = '王小明' where id = ${pupil}`;
    const [copy] = await sealedOf(pupil);
    if (!copy) throw new Error('nothing was brought back');
    await openSealedValue(api.deps.db, testMaster, copy);
    expect((await replayShreds(deps())).keysDeleted).toBeGreaterThan(0);
    await expect(openSealedValue(api.deps.db, testMaster, copy)).rejects.toThrow(UnsealError);
    expect(await sealedOf(pupil)).toEqual([]);
    const [row] = await api.admin`select name from app.pupils where id = ${pupil}`;
    expect(row).toEqual({ name: '已删除' });
    expect((await replayShreds(deps())).keysDeleted).toBe(0);
  });

  test('completes an erasure that was cut off between the list and the commit', async () => {
    const pupil = pupils[6] ?? '';
    await writtenAbout(pupil);
    const { schoolId } = people.admin;
    const at = new Date().toISOString();
    await api.deps.shreds.append({ schoolId, kind: 'pupil', id: pupil, keyIds: [], at });
    await replayShreds(deps());
    expect(await keyRow(pupil)).toBeUndefined();
    expect(await sealedOf(pupil)).toEqual([]);
  });

  test('closes the request that the commit or a restored copy left waiting, with who approved where the list says so', async () => {
    const { schoolId } = people.admin;
    const at = '2026-11-01T08:00:00.000Z';
    for (const [pupil = '', by, approvedBy] of [
      [pupils[7], people.leader.personId, expect.any(String) as string],
      [pupils[8], undefined, null],
    ] as const) {
      const id = await asked(people.admin, pupil);
      const line = { schoolId, kind: 'pupil' as const, id: pupil, keyIds: [], at };
      await api.deps.shreds.append(by ? { ...line, by } : line);
      await replayShreds(deps());
      await replayShreds(deps());
      const { items } = (await (await people.leader.get('/erasures')).json()) as {
        items: { id: string }[];
      };
      expect(items.find((one) => one.id === id)).toMatchObject({ approvedAt: at, approvedBy });
      expect(await codeOf(await approve(people.leader, id))).toBe('erasure.already-done');
    }
  });

  const keyRow = async (pupil: string) =>
    (await api.admin`select * from app.data_keys where subject_id = ${pupil}`)[0] as Record<
      string,
      string
    >;
});

describe('the file of the shred list', () => {
  const entry = () => ({
    schoolId: 1,
    kind: 'pupil' as const,
    id: randomUUID(),
    keyIds: [randomUUID()],
    at: new Date().toISOString(),
  });

  test('keeps every line, for its owner alone; a line that a kill cut off is none', async () => {
    const file = join(tmpdir(), `shreds-${randomUUID()}`, 'shreds.ndjson');
    const list = shredList(file, testMaster.shredKey);
    const entries = Array.from({ length: 5 }, entry);
    await Promise.all(entries.map((one) => list.append(one)));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await list.read()).toEqual(entries);
    const whole = await readFile(file, 'utf8');
    await appendFile(file, whole.slice(0, 90));
    expect(await list.read()).toEqual(entries);
    const more = entry();
    await list.append(more);
    expect(await list.read()).toEqual([...entries, more]);
    // A changed pupil, another key: named, never skipped.
    await writeFile(file, whole.replace('"schoolId":1', '"schoolId":2'));
    await expect(list.read()).rejects.toThrow(ShredListError);
    await writeFile(file, whole);
    await expect(shredList(file, Buffer.alloc(32)).read()).rejects.toThrow(/line 1 of/);
    await rm(file);
  });
});
