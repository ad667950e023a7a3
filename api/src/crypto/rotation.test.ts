import { fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { prepareDatabase } from '@shaodian/migrations';
import { appendActs } from '../audit/append-acts.ts';
import { connectDatabase } from '../db/database.ts';
import type { Database } from '../db/database.ts';
import { enrol } from '../testing/authenticator.ts';
import { observationInput, startTestApi, testMaster, testSigner } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { countKeys, readAllSealed, writeSealedValues } from '../testing/sealed-values.ts';
import { readObservationsOf } from '../observations/reported.reads.ts';
import type { Actor } from '../http/types.ts';
import { findDataKeys } from './data-keys.ts';
import { dropRetiredKeys, exchangeDataKeys } from './exchange-data-keys.ts';
import { masterKey } from './master-key.ts';
import type { MasterKey } from './master-key.ts';
import { rewrapKeys } from './rewrap-keys.ts';
import { unsealText } from './seal.ts';

const secret = (generation: number) => Buffer.alloc(32, generation === 1 ? 9 : 100 + generation);
const generations = (count: number) =>
  [secret(1), ...Array.from({ length: count - 1 }, (_, at) => secret(at + 2))] as const;

let api: TestApi;
let worker: Database;
let workerUrl: string;
let counsellor: Requester;
let pupilId: string;

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  workerUrl = (await prepareDatabase(api.adminUrl, testMaster.databaseSecrets)).worker;
  worker = connectDatabase(workerUrl, testSigner, appendActs(testMaster), 2);
  counsellor = await api.as('xinli');
  pupilId = await writeSealedValues(api);
  // Enough that a rotation takes a while.
  const pupils = await api.admin<
    { id: string }[]
  >`select id from app.pupils where school_id = ${counsellor.schoolId} order by id limit 60`;
  for (const { id } of pupils)
    await counsellor.post('/observations', observationInput(id, { words: `记录 ${id}` }));
});
afterAll(async () => {
  await worker.close();
  await api.stop();
});

const schoolId = () => counsellor.schoolId;
const databaseNow = async () =>
  (await api.admin<{ at: Date }[]>`select clock_timestamp() as at`)[0]?.at ?? new Date();

/** The words of the pupil as the program shows them, read with these generations. */
async function wordsOf(master: MasterKey, db: Database = api.deps.db): Promise<string> {
  const { items } = await readObservationsOf({ db, master }, actor(), pupilId);
  return JSON.stringify(items.map(({ id, words }) => [id, words]));
}

const actor = (): Actor => ({
  ...counsellor.context,
  accountId: '',
  accountName: 'xinli',
  sessionId: '',
  sessionEndsAt: new Date(),
  steppedUp: null,
});

/** Reads on and on while `work` runs; how often, and what was ever read. */
async function readWhile(master: MasterKey, work: () => Promise<void>) {
  const read = new Set<string>();
  let [times, running] = [0, true];
  const reading = (async () => {
    for (; running; times += 1) read.add(await wordsOf(master));
  })();
  await work().finally(() => (running = false));
  await reading;
  return { times, read };
}

describe('giving subjects a new data key', () => {
  test('leaves every word as it was, under new keys, for whoever reads meanwhile', async () => {
    const before = await readAllSealed(api.admin, worker, testMaster);
    const shown = await wordsOf(testMaster);
    const idsBefore = await currentIds();
    const at = await databaseNow();
    const { times, read } = await readWhile(testMaster, async () => {
      const counts = await exchangeDataKeys({ db: worker, master: testMaster }, schoolId(), at);
      expect(counts).toMatchObject({ keys: idsBefore.size, damaged: 0 });
      expect(counts.resealed).toBeGreaterThan(60);
    });
    expect([...read]).toEqual([shown]);
    expect(times).toBeGreaterThan(3);
    expect((await currentIds()).intersection(idsBefore).size).toBe(0);
    expect(await readAllSealed(api.admin, worker, testMaster)).toEqual(before);
  });

  test('keeps the old key while somebody may hold a row that it sealed, and then drops it', async () => {
    const deps = { db: worker, master: testMaster };
    const { schoolId: school } = counsellor;
    await dropRetiredKeys(deps, school, 0);
    await api.deps.db.asActor(counsellor.context, async (trx) => {
      const row = await trx
        .selectFrom('observation_details')
        .select(['observation_id', 'words'])
        .where('school_id', '=', school)
        .where('pupil_id', '=', pupilId)
        .where('words', 'is not', null)
        .executeTakeFirstOrThrow();
      // Between the reading of the row and of its key the key is replaced, and nobody waits for the reader.
      await exchangeDataKeys(deps, school, await databaseNow());
      await dropRetiredKeys(deps, school, 120);
      const keys = await findDataKeys(trx, testMaster, {
        schoolId: school,
        kind: 'pupil',
        id: pupilId,
      });
      expect(keys).toHaveLength(2);
      const place = { table: 'observation_details', column: 'words', row: row.observation_id };
      const sealed = row.words ?? Buffer.of();
      expect(unsealText(sealed, keys ?? [], { ...place, schoolId: school })).not.toBe('');
    });
    const before = await countKeys(worker, school);
    expect(before?.retired).toBe(before?.current);
    expect(await dropRetiredKeys(deps, school, 120)).toMatchObject({ dropped: 0 });
    const gone = await dropRetiredKeys(deps, school, 0);
    expect(gone).toEqual({ dropped: before?.retired, kept: 0, waiting: 0 });
    expect((await countKeys(worker, school))?.retired).toBe(0);
  });

  test('misses nothing that is written meanwhile: a writer holds the key until it has committed', async () => {
    const before = await readAllSealed(api.admin, worker, testMaster);
    const stop = new AbortController();
    const written: string[] = [];
    const writing = (async () => {
      while (!stop.signal.aborted) {
        const words = `同时写下 ${written.length}`;
        const input = observationInput(pupilId, { words });
        const answer = await counsellor.post('/observations', input);
        expect(answer.status).toBe(201);
        written.push(words);
      }
    })();
    const deps = { db: worker, master: testMaster };
    for (let round = 0; round < 5; round += 1) {
      await exchangeDataKeys(deps, schoolId(), await databaseNow());
      // Without grace: only what is committed and what is locked counts.
      await dropRetiredKeys(deps, schoolId(), 0);
    }
    stop.abort();
    await writing;
    const after = await readAllSealed(api.admin, worker, testMaster);
    for (const [name, value] of before) expect([name, after.get(name)]).toEqual([name, value]);
    const texts = [...after.values()].map((value) => Buffer.from(value, 'base64').toString());
    expect(written.length).toBeGreaterThan(3);
    for (const words of written) expect(texts).toContain(words);
  });

  test('leaves a value that was altered as it is, says so, and keeps its old key', async () => {
    const deps = { db: worker, master: testMaster };
    const [row] = await api.admin<{ id: string; words: Buffer }[]>`
      select observation_id as id, words from app.observation_details where pupil_id = ${pupilId} and words is not null limit 1`;
    const altered = Buffer.from(row?.words ?? []);
    altered[40] = (altered[40] ?? 0) ^ 1;
    const store = (words: Buffer) =>
      api.admin`update app.observation_details set words = ${words} where observation_id = ${row?.id ?? ''}`;
    await store(altered);
    const counts = await exchangeDataKeys(deps, schoolId(), await databaseNow());
    expect(counts.damaged).toBe(1);
    expect(await dropRetiredKeys(deps, schoolId(), 0)).toMatchObject({ kept: 1 });
    // The disk gave back what was lost: it opens with the key that stayed.
    await store(row?.words ?? Buffer.of());
    await readAllSealed(api.admin, worker, testMaster);
    expect(await dropRetiredKeys(deps, schoolId(), 0)).toEqual({ dropped: 1, kept: 0, waiting: 0 });
    await readAllSealed(api.admin, worker, testMaster);
  });
});

const currentIds = async () =>
  new Set(
    (
      await api.admin<
        { id: string }[]
      >`select id from app.data_keys where school_id = ${schoolId()} and retired_at is null`
    ).map(({ id }) => id),
  );

describe('wrapping anew', () => {
  test('moves every key and seal to the newest generation, and every word stays', async () => {
    await enrol(api, await api.as('banzhuren'));
    const before = await readAllSealed(api.admin, worker, testMaster);
    const newer = masterKey(generations(2));
    const counts = await rewrapKeys({ db: worker, master: newer }, schoolId());
    expect(counts.dataKeys).toBeGreaterThan(60);
    expect(counts.reporterSeals).toBeGreaterThan(1);
    expect(counts.secondFactors).toBe(1);
    expect((await countKeys(worker, schoolId()))?.generations).toEqual(['2']);
    expect(await readAllSealed(api.admin, worker, newer)).toEqual(before);
    await expect(wordsOf(testMaster)).rejects.toThrow(/no generation 2/);
    // A process that has not read the newest generation yet undoes nothing.
    const again = await rewrapKeys({ db: worker, master: testMaster }, schoolId());
    expect(again).toEqual({ dataKeys: 0, reporterSeals: 0, secondFactors: 0, channels: 0 });
  });
});

const kills = process.env['SHAODIAN_LONG'] ? 500 : 50;
const exchangePoints = [
  'locked',
  'retired',
  'key-made',
  'row-resealed',
  'before-commit',
  'exchanged',
];
const rewrapPoints = ['key-rewrapped', 'seal-rewrapped', 'before-commit', 'batch-done'];

interface Kill {
  readonly secrets: readonly Buffer[];
  /** `kek`, or the time before which keys were made. */
  readonly what: string;
  /** A named point, or null: killed from outside at a moment of chance. */
  readonly point: string | null;
}

/** One rotation in a process of its own that does not live to its end, unless chance lets it. */
async function killed({ secrets, what, point }: Kill): Promise<boolean> {
  const hex = secrets.map((one) => one.toString('hex')).join(',');
  const times = point === 'row-resealed' || point === 'key-rewrapped' ? randomInt(1, 60) : 1;
  const child = fork(
    new URL('../testing/rotation-process.ts', import.meta.url),
    [workerUrl, String(schoolId()), hex, what, point ?? 'none', String(times)],
    { execArgv: [] },
  );
  const ended = new Promise<boolean>((resolve) =>
    child.once('exit', (_, signal) => resolve(signal === 'SIGKILL')),
  );
  await new Promise((resolve) => child.once('message', resolve));
  if (point === null) {
    await pause(what === 'kek' ? randomInt(2, 60) : randomInt(10, 250));
    child.kill('SIGKILL');
  }
  return ended;
}

describe('killed with SIGKILL at named points and at random', () => {
  test(`${kills} times: every word, seal and key is there, the same as before`, async () => {
    const most = 3 * kills;
    const whole = masterKey(generations(most));
    const before = await readAllSealed(api.admin, worker, whole);
    const shown = await wordsOf(whole);
    const keysBefore = (await countKeys(worker, schoolId()))?.current;
    let [runs, deaths, unreadable, reads] = [0, 0, 0, 0];
    const round = async (kill: Kill) => {
      const { times, read } = await readWhile(whole, async () => {
        if (await killed(kill)) deaths += 1;
      });
      runs += 1;
      reads += times;
      if ([...read].some((words) => words !== shown)) unreadable += 1;
      const after = await readAllSealed(api.admin, worker, whole);
      for (const [name, value] of before) if (after.get(name) !== value) unreadable += 1;
      expect((await countKeys(worker, schoolId()))?.current).toBe(keysBefore);
    };
    const pointOf = (points: readonly string[], at: number) =>
      at % 2 === 0 ? null : (points[(at >> 1) % points.length] ?? null);
    // Chance lets some of them finish: what counts is how many did not.
    for (let at = 0; deaths < kills && at + 3 <= most; at += 1) {
      const what = (await databaseNow()).toISOString();
      await round({ secrets: generations(at + 2), what, point: pointOf(exchangePoints, at) });
      const secrets = generations(at + 3);
      await round({ secrets, what: 'kek', point: pointOf(rewrapPoints, at) });
    }
    // The next run without a kill goes on to the end.
    await rewrapKeys({ db: worker, master: whole }, schoolId());
    const deps = { db: worker, master: whole };
    await exchangeDataKeys(deps, schoolId(), await databaseNow());
    await dropRetiredKeys(deps, schoolId(), 0);
    expect(await readAllSealed(api.admin, worker, whole)).toEqual(before);
    const left = await countKeys(worker, schoolId());
    expect(left).toMatchObject({ current: keysBefore, retired: 0, generations: [`${most}`] });
    process.stdout.write(
      `rotation: ${runs} runs, ${deaths} killed on the way, ${before.size} values, ${reads} reads meanwhile, ${unreadable} unreadable or changed\n`,
    );
    expect(unreadable).toBe(0);
    expect(deaths).toBeGreaterThanOrEqual(kills);
  }, 600_000);
});
