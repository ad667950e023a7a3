import { Kysely, sql } from 'kysely';
import type { ContextSigner } from './context.ts';
import { NotCommittedError } from './database.ts';
import { exclusivePool } from './exclusive-connections.ts';
import type { Lease } from './exclusive-connections.ts';
import { lentDialect } from './lent-dialect.ts';
import type { DB } from './types.generated.ts';

declare const worked: unique symbol;

/** A transaction of the worker. Until `actForSchool` it sees no row of any table. */
export interface WorkerTransaction extends Kysely<DB> {
  readonly [worked]: true;
}

export interface WorkerDatabase {
  /** Commits when `work` returns, rolls back when it throws. */
  transaction<T>(work: (trx: WorkerTransaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface Held {
  readonly lease: Lease;
  readonly signer: ContextSigner;
}

const known = new WeakMap<object, Held>();

/** The role that tells what happened: policies of its own, and no person's eyes. */
export function connectWorker(url: string, signer: ContextSigner, size: number): WorkerDatabase {
  const pool = exclusivePool(url, size);
  return {
    transaction: async (work) => {
      const lease = await pool.lend();
      try {
        await lease.run('begin', []);
        const trx = new Kysely<DB>({ dialect: lentDialect(lease) }) as WorkerTransaction;
        known.set(trx, { lease, signer });
        const result = await work(trx);
        const answer = await lease.end('commit');
        if (answer !== 'COMMIT') throw new NotCommittedError('the transaction was rolled back');
        return result;
      } catch (error) {
        await lease.end('rollback').catch(() => undefined);
        throw error;
      } finally {
        lease.giveBack();
      }
    },
    close: () => pool.close(),
  };
}

/** From here on the transaction sees what a delivery in this one school needs. */
export async function actForSchool(trx: WorkerTransaction, schoolId: number): Promise<void> {
  const held = known.get(trx);
  if (!held) throw new Error('actForSchool needs the transaction that the worker was handed');
  const context = held.signer.sign({ kind: 'delivery', schoolId }, held.lease.backendPid);
  await sql`select set_config('app.ctx', ${context}, true)`.execute(trx);
}

/** Runs `work` so that a failure takes back only what `work` did: the transaction, and the row it holds, go on. */
export async function orTakeBack(
  trx: WorkerTransaction,
  work: () => Promise<void>,
): Promise<Error | null> {
  await sql`savepoint attempt`.execute(trx);
  try {
    await work();
    return null;
  } catch (error) {
    // Fails in its turn when the connection is gone, and then the whole transaction is.
    await sql`rollback to savepoint attempt`.execute(trx);
    return error as Error;
  }
}
