import { sql } from 'kysely';
import type { Database } from '../db/database.ts';
import type { Log } from '../log/log.ts';
import { listWaiting, readHead, readLastCheckpointSeq } from './chain.reads.ts';
import { appendCheckpoint } from './checkpoint-file.ts';
import type { Checkpoint, CheckpointSigner } from './checkpoint.ts';
import type { Witness } from './witness.ts';

export interface CheckpointPlaces {
  readonly db: Pick<Database, 'asSystem' | 'asNobody'>;
  readonly signer: CheckpointSigner;
  readonly file: string;
  /** Null when the school names none: then the file is the only copy outside the database. */
  readonly witness: Witness | null;
  readonly log: Log;
}

export interface CheckpointKeeper {
  stop(): Promise<void>;
}

/** Every minute: what is cut off from the end within it leaves no trace. */
const everyMs = 60_000;

/** Signs the end of every school's chain each minute, and brings each signature to the database, the file and the witness. */
export function keepCheckpoints(places: CheckpointPlaces): CheckpointKeeper {
  let running = Promise.resolve();
  const round = () => {
    running = running
      .then(() => signEnds(places))
      .catch((error: Error) => places.log.error({ error: error.name }, 'a checkpoint is missing'));
  };
  round();
  const timer = setInterval(round, everyMs);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      round();
      await running;
    },
  };
}

/** One round: every school whose chain has grown. A failed delivery is tried again in the next. */
export async function signEnds(places: CheckpointPlaces): Promise<void> {
  const schools = await places.db.asNobody((trx) =>
    sql<{ id: number }>`select id from sec.list_school_ids()`.execute(trx),
  );
  const failures: unknown[] = [];
  // A witness that does not answer for one school keeps no other from being signed.
  for (const { id } of schools.rows)
    await signEnd(places, id)
      .then(() => deliver(places, id))
      .catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

async function signEnd({ db, signer }: CheckpointPlaces, schoolId: number): Promise<void> {
  await db.asSystem(schoolId, async (trx) => {
    const head = await readHead(trx, schoolId);
    if (!head || head.seq <= (await readLastCheckpointSeq(trx, schoolId))) return;
    // Security time: when it was signed, not when it was in the school's history.
    const at = new Date().toISOString();
    const signed = signer.sign({ schoolId, seq: head.seq, hash: head.hash, at });
    await trx
      .insertInto('audit_checkpoints')
      .values({
        school_id: schoolId,
        seq: String(signed.seq),
        hash: signed.hash,
        at,
        key_id: signed.keyId,
        signature: signed.signature,
      })
      // Two processes on one database sign the same end.
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}

async function deliver(places: CheckpointPlaces, schoolId: number): Promise<void> {
  const { db, file, witness } = places;
  const done = (checkpoint: Checkpoint, what: { filed: true } | { witnessed: true }) =>
    db.asSystem(schoolId, (trx) =>
      trx
        .updateTable('audit_checkpoints')
        .set(what)
        .where('school_id', '=', schoolId)
        .where('seq', '=', String(checkpoint.seq))
        .execute(),
    );
  for (const checkpoint of await db.asSystem(schoolId, (trx) =>
    listWaiting(trx, schoolId, 'filed'),
  )) {
    await appendCheckpoint(file, checkpoint);
    await done(checkpoint, { filed: true });
  }
  if (!witness) return;
  for (const checkpoint of await db.asSystem(schoolId, (trx) =>
    listWaiting(trx, schoolId, 'witnessed'),
  )) {
    await witness.deliver(checkpoint);
    await done(checkpoint, { witnessed: true });
  }
}
