import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { appendActs } from '../src/audit/append-acts.ts';
import { verifySchool } from '../src/audit/verify-school.ts';
import { connectDatabase, recordAct } from '../src/db/database.ts';
import type { ActorTransaction, Database } from '../src/db/database.ts';
import { testMaster, testSigner } from '../src/testing/index.ts';
import type { Requester, TestApi } from '../src/testing/index.ts';
import { emptySample, measure, rowOf } from './measure.ts';
import type { Row, Sample } from './measure.ts';

/** A write that must reach the disk, with a few statements around it: what an ordinary small change is. */
async function smallChange(trx: ActorTransaction, who: Requester): Promise<void> {
  await trx.selectFrom('terms').select('id').where('school_id', '=', who.schoolId).execute();
  await trx
    .insertInto('idempotency_records')
    .values({
      school_id: who.schoolId,
      mark: who.context.mark,
      key: randomUUID(),
      route: 'bench',
      payload_sha256: Buffer.alloc(32),
      status: 201,
      answer: {} as never,
    })
    .execute();
  await trx.selectFrom('grades').select('id').where('school_id', '=', who.schoolId).execute();
}

const act = { action: 'alert.read', pupils: ['somebody'], why: 'counsellor' } as const;

type Variant = (db: Database, who: Requester) => Promise<void>;
const variants: Readonly<Record<string, Variant>> = {
  'change, not recorded': (db, who) => db.asActor(who.context, (trx) => smallChange(trx, who)),
  'change + audit, appended last': (db, who) =>
    db.asActor(who.context, async (trx) => {
      await smallChange(trx, who);
      recordAct(trx, act);
    }),
  'change + audit, head locked first': (db, who) =>
    db.asActor(who.context, async (trx) => {
      await sql`select * from sec.audit_begin()`.execute(trx);
      await smallChange(trx, who);
      recordAct(trx, act);
    }),
};

/** What recording costs a transaction, with one writer and with eight of one school: batches of the three take turns. */
export async function compareAudit(api: TestApi, each: number): Promise<Row[]> {
  const who = await api.as('xinli');
  const db = connectDatabase(api.appUrl, testSigner, appendActs(testMaster), 8);
  const rows: Row[] = [];
  const batch = 50;
  for (const writers of [1, 8]) {
    const samples = new Map<string, Sample>(
      Object.keys(variants).map((name) => [name, emptySample()]),
    );
    for (let done = -batch; done < each; done += batch)
      for (const [name, run] of Object.entries(variants)) {
        const sample = done < 0 ? emptySample() : (samples.get(name) ?? emptySample());
        await measure(
          sample,
          writers,
          Array.from({ length: batch }, () => () => run(db, who)),
        );
      }
    for (const [name, sample] of samples) rows.push(rowOf(name, writers, sample));
  }
  await db.close();
  return rows;
}

/** Entries a second that the verifier reads and checks: hashes, MACs, checkpoints and the index of pupils. */
export async function measureVerifier(
  api: TestApi,
  entries: number,
): Promise<{ entries: number; perSecond: number }> {
  const who = await api.as('xinli');
  const db = connectDatabase(api.appUrl, testSigner, appendActs(testMaster), 2);
  const batch = 500;
  for (let n = 0; n < entries; n += batch)
    await db.asActor(who.context, async (trx) => {
      for (let k = 0; k < batch; k += 1)
        recordAct(trx, {
          action: 'alert.read',
          pupils: [`pupil-${(n + k) % 900}`],
          why: 'counsellor',
        });
    });
  const seconds: number[] = [];
  let read = 0;
  for (let run = 0; run < 5; run += 1) {
    const started = performance.now();
    const verdict = await verifySchool({ db, master: testMaster }, who.schoolId);
    seconds.push((performance.now() - started) / 1000);
    if (verdict.firstBad) throw new Error(`a false alarm at ${verdict.firstBad.seq}`);
    read = verdict.entries;
  }
  await db.close();
  return { entries: read, perSecond: read / (seconds.toSorted((a, b) => a - b)[2] ?? Number.NaN) };
}
