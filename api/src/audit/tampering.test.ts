import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { recordAct } from '../db/database.ts';
import { startTestApi, testMaster } from '../testing/index.ts';
import type { TestApi } from '../testing/index.ts';
import { checkpointSigner } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { verifySchool } from './verify-school.ts';

const rows = 60;
const checkpointsAt = [20, 40, rows];
const trials = Number(process.env['SHAODIAN_LONG'] ? 1_000 : 100);

let api: TestApi;
let school: number;
let other: number;
/** The checkpoints as the file keeps them, out of the database's reach. */
let filed: Checkpoint[];
let found = 0;

const tables = ['audit_entries', 'audit_subjects', 'audit_heads', 'audit_checkpoints'];
const emptied = ['audit_subjects', 'audit_entries', 'audit_heads', 'audit_checkpoints'];

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  const { admin } = api;
  for (const table of emptied) await admin.unsafe(`delete from app.${table}`);
  const counsellor = await api.as('xinli');
  const stranger = await api.as('weiyuan-a', 'qinghe');
  school = counsellor.schoolId;
  other = stranger.schoolId;
  for (const who of [counsellor, stranger])
    for (let n = 0; n < rows; n += 1)
      await api.deps.db.asActor(who.context, async (trx) =>
        recordAct(trx, {
          action: n % 3 === 0 ? 'alert.acknowledged' : 'alert.read',
          pupils: [`pupil-${n % 7}`, `pupil-${n % 5}`],
          resource: `alert:${n}`,
          why: 'counsellor',
        }),
      );
  const signer = checkpointSigner(testMaster.auditSigningSeed);
  const ends = await admin<{ seq: string; hash: string }[]>`
    select seq, hash from app.audit_entries where school_id = ${school} and seq = any (${checkpointsAt})`;
  filed = ends.map(({ seq, hash }) =>
    signer.sign({ schoolId: school, seq: Number(seq), hash, at: '2026-11-20T08:00:00.000Z' }),
  );
  for (const one of filed)
    await admin`insert into app.audit_checkpoints (school_id, seq, hash, at, key_id, signature)
      values (${school}, ${one.seq}, ${one.hash}, ${one.at}, ${one.keyId}, ${one.signature})`;
  await admin.unsafe(`create schema kept; ${tables.map((table) => `create table kept.${table} as table app.${table};`).join(' ')}
    create function kept.rechain(in_school int, since bigint) returns void language plpgsql as $$
    declare r app.audit_entries; previous text;
    begin
      select coalesce((select hash from app.audit_entries where school_id = in_school and seq < since order by seq desc limit 1),
        encode(sha256(convert_to('shaodian audit ' || in_school, 'UTF8')), 'hex')) into previous;
      for r in select * from app.audit_entries where school_id = in_school and seq >= since order by seq loop
        previous := encode(sha256(convert_to(concat_ws(chr(31), previous, 'v1', in_school, r.seq, (extract(epoch from r.at) * 1000000)::bigint,
          coalesce(r.person_id::text, ''), coalesce(r.mark, ''), r.action, r.kind, r.area, r.code, r.why, r.purpose, r.resource,
          array_to_string(r.subjects, ','), r.mac), 'UTF8')), 'hex');
        update app.audit_entries set hash = previous where school_id = in_school and seq = r.seq;
      end loop;
      update app.audit_heads set hash = previous, seq = (select coalesce(max(seq), 0) from app.audit_entries where school_id = in_school) where school_id = in_school;
    end $$;
    -- A superuser is not stopped by keys between tables.
    alter table app.audit_subjects drop constraint audit_subjects_school_id_seq_fkey;`);
});
afterAll(async () => {
  process.stdout.write(
    `audit: ${Object.keys(kinds).length} kinds of tampering × ${trials}, ${found} found, first bad row named\n`,
  );
  await api.stop();
});
beforeEach(restore);

async function restore(): Promise<void> {
  await api.admin.unsafe(
    [
      ...emptied.map((table) => `delete from app.${table};`),
      ...tables.map((table) => `insert into app.${table} select * from kept.${table};`),
    ].join(' '),
  );
}

const verify = (elsewhere: readonly Checkpoint[] = filed) =>
  verifySchool({ db: api.deps.db, master: testMaster }, school, elsewhere);

/** Where a row stands: its index entries move with it, so that the chain alone must tell. */
const move = (from: string, to: string) =>
  `update app.audit_entries set seq = ${to} where school_id = S and ${from};`;

interface Kind {
  /** SQL as superuser; `S` is the school, `O` the other one, `A` < `B` two rows, `V` a variant 0–4. */
  readonly statement: string;
  /** The row that must be named. */
  readonly firstBad: (a: number, b: number) => number;
}

const change = `update app.audit_entries set
  why = case when V = 0 then 'holder' else why end,
  action = case when V = 1 then 'alert.companion' else action end,
  at = case when V = 2 then at + interval '1 microsecond' else at end,
  person_id = case when V = 3 then null else person_id end,
  subjects = case when V = 4 then array['another'] else subjects end
  where school_id = S and seq = A;`;
const indexAgain = `delete from app.audit_subjects where school_id = S;
  insert into app.audit_subjects select distinct school_id, s, seq from app.audit_entries, unnest(subjects) s where school_id = S;`;
const rechain = 'select kept.rechain(S, A);';

const kinds: Record<string, Kind> = {
  'a field changed': { statement: change + indexAgain, firstBad: (a) => a },
  'a field changed, every hash made again up to the head': {
    statement: change + indexAgain + rechain,
    firstBad: (a) => a,
  },
  'a row deleted': {
    statement: `delete from app.audit_entries where school_id = S and seq = A; ${indexAgain}`,
    firstBad: (a) => a,
  },
  'a row deleted, the rest renumbered and hashed again': {
    statement: `delete from app.audit_entries where school_id = S and seq = A;
      ${move('seq > A', 'seq + 1000')} ${move('seq > 1000', 'seq - 1001')} ${indexAgain} ${rechain}`,
    firstBad: (a) => a,
  },
  'a row put in, the rest renumbered and hashed again': {
    statement: `${move('seq >= A', 'seq + 1000')} ${move('seq > 1000', 'seq - 999')}
      insert into app.audit_entries select school_id, A, at, person_id, mark, action, kind, area, code, why, purpose, resource, subjects, hash, mac
        from app.audit_entries where school_id = S and seq = B + 1; ${indexAgain} ${rechain}`,
    firstBad: (a) => a,
  },
  'two rows exchanged and hashed again': {
    statement: `${move('seq = A', '1000')} ${move('seq = B', 'A')} ${move('seq = 1000', 'B')} ${indexAgain} ${rechain}`,
    firstBad: (a) => a,
  },
  'the end cut off, the head set back': {
    statement: `delete from app.audit_entries where school_id = S and seq >= A; ${indexAgain} select kept.rechain(S, 1);`,
    firstBad: (a) => a,
  },
  'the end cut off, the head set back, the checkpoints of the database with it': {
    statement: `delete from app.audit_entries where school_id = S and seq >= A; delete from app.audit_checkpoints where school_id = S and seq >= A;
      ${indexAgain} select kept.rechain(S, 1);`,
    firstBad: (a) => a,
  },
  'a row of another school in its place, hashed again': {
    statement: `delete from app.audit_entries where school_id = S and seq = A;
      insert into app.audit_entries select S, seq, at, person_id, mark, action, kind, area, code, why, purpose, resource, subjects, hash, mac
        from app.audit_entries where school_id = O and seq = A; ${indexAgain} ${rechain}`,
    firstBad: (a) => a,
  },
  'an old row repeated at the end': {
    statement: `insert into app.audit_entries select school_id, ${rows + 1}, at, person_id, mark, action, kind, area, code, why, purpose, resource, subjects, hash, mac
      from app.audit_entries where school_id = S and seq = A; ${indexAgain} select kept.rechain(S, ${rows + 1});`,
    firstBad: () => rows + 1,
  },
  'a pupil taken out of the index': {
    statement: 'delete from app.audit_subjects where school_id = S and seq = A;',
    firstBad: (a) => a,
  },
};

describe('tampering as superuser is found, and the first bad row named', () => {
  test('a chain that nobody touched is whole', async () => {
    expect(await verify()).toEqual({
      schoolId: school,
      entries: rows,
      checkpoints: 6,
      firstBad: null,
      signedUpTo: rows,
    });
  });

  test.each(Object.entries(kinds))('%s', async (_, { statement, firstBad }) => {
    await fc.assert(
      fc
        .asyncProperty(
          fc.integer({ min: 1, max: rows - 2 }),
          fc.integer({ min: 1, max: rows }),
          fc.integer({ min: 0, max: 4 }),
          async (a, step, variant) => {
            const b = a + 1 + (step % (rows - 1 - a));
            const text = statement
              .replaceAll(/\bS\b/g, String(school))
              .replaceAll(/\bO\b/g, String(other))
              .replaceAll(/\bA\b/g, String(a))
              .replaceAll(/\bB\b/g, String(b))
              .replaceAll(/\bV\b/g, String(variant));
            await api.admin.unsafe(text);
            const verdict = await verify();
            expect(verdict.firstBad?.seq).toBe(firstBad(a, b));
            found += 1;
          },
        )
        .afterEach(restore),
      { numRuns: trials },
    );
  });

  test('a checkpoint that the school did not sign', async () => {
    const forger = checkpointSigner(Buffer.alloc(32, 1));
    const forged = forger.sign({ schoolId: school, seq: 7, hash: '0'.repeat(64), at: 'now' });
    expect((await verify([...filed, forged])).firstBad).toEqual({
      seq: 7,
      problem: 'checkpoint-forged',
    });
  });

  test('a chain rewritten by somebody who has the key is still not the one that was signed before', async () => {
    const signer = checkpointSigner(testMaster.auditSigningSeed);
    const otherEnd = signer.sign({ schoolId: school, seq: 33, hash: '1'.repeat(64), at: 'then' });
    expect((await verify([...filed, otherEnd])).firstBad).toEqual({
      seq: 33,
      problem: 'not-the-signed-chain',
    });
  });

  test('what it cannot find: rows after the newest checkpoint, cut off with the head set back', async () => {
    await api.admin.unsafe(`delete from app.audit_entries where school_id = ${school} and seq > 45;
      delete from app.audit_subjects where school_id = ${school} and seq > 45;
      delete from app.audit_checkpoints where school_id = ${school} and seq > 40; select kept.rechain(${school}, 1)`);
    const upTo40 = filed.filter((one) => one.seq <= 40);
    expect(await verify(upTo40)).toMatchObject({ firstBad: null, entries: 45, signedUpTo: 40 });
    expect((await verify()).firstBad).toEqual({ seq: 46, problem: 'missing' });
  });
});

test('100,000 clean rows: no false alarm', { timeout: 180_000 }, async () => {
  const counsellor = await api.as('xinli');
  const batch = 500;
  for (let n = rows; n < 100_000; n += batch)
    await api.deps.db.asActor(counsellor.context, async (trx) => {
      for (let k = 0; k < batch; k += 1)
        recordAct(trx, { action: 'alert.read', pupils: [`pupil-${k % 90}`], why: 'counsellor' });
    });
  await verify();
  const started = performance.now();
  const verdict = await verify();
  const seconds = (performance.now() - started) / 1000;
  expect(verdict).toMatchObject({ firstBad: null });
  expect(verdict.entries).toBeGreaterThanOrEqual(100_000);
  process.stdout.write(
    `audit: ${verdict.entries} clean rows verified in ${seconds.toFixed(2)} s, ${Math.round(verdict.entries / seconds)} rows/s, 0 false alarms\n`,
  );
});
