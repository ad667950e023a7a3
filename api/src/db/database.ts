import { Kysely } from 'kysely';
import type { Context, ContextSigner } from './context.ts';
export { ConnectionLostError } from './exclusive-connections.ts';
import { ConnectionLostError, exclusivePool } from './exclusive-connections.ts';
import type { Lease } from './exclusive-connections.ts';
import { lentDialect } from './lent-dialect.ts';
import type { DB } from './types.generated.ts';

declare const asked: unique symbol;

/** A transaction that knows who asks. The only way to the tables; an ordinary Kysely does not fit. */
export interface ActorTransaction extends Kysely<DB> {
  readonly [asked]: true;
}

/** A transaction before anybody is known: it sees no row of any table and may call the sign-in functions of schema `sec`. */
export interface AnonymousTransaction extends Kysely<DB> {
  readonly [asked]: false;
}

export interface Database {
  /** Runs `work` in one transaction as this person. Commits when it returns, rolls back when it throws. */
  asActor<T>(context: Context & { kind: 'person' }, work: (trx: ActorTransaction) => Promise<T>): Promise<T>;
  /** Before sign-in. */
  asNobody<T>(work: (trx: AnonymousTransaction) => Promise<T>): Promise<T>;
  /** Whether the database answers. */
  answers(): Promise<boolean>;
  close(): Promise<void>;
}

/** COMMIT was answered with ROLLBACK, or not at all: the caller must not say "done". */
export class NotCommittedError extends Error {
  override name = 'NotCommittedError';
}

const known = new WeakMap<object, { lease: Lease; actor: Context; signer: ContextSigner }>();

export function connectDatabase(url: string, signer: ContextSigner, size = 10): Database {
  const pool = exclusivePool(url, size);

  async function transaction<T>(context: Context | null, work: (trx: Kysely<DB>) => Promise<T>): Promise<T> {
    const lease = await pool.lend();
    try {
      return await insideTransaction(lease, context, work);
    } finally {
      lease.giveBack();
    }
  }

  async function insideTransaction<T>(lease: Lease, context: Context | null, work: (trx: Kysely<DB>) => Promise<T>): Promise<T> {
    const trx = new Kysely<DB>({ dialect: lentDialect(lease) });
    if (context) known.set(trx, { lease, actor: context, signer });
    try {
      // Both leave in one go; the second waits for the first in the same backend.
      await Promise.all([lease.run('begin', []), context ? setContext(lease, signer, context) : undefined]);
      const result = await work(trx);
      const ended = await lease.run('commit', []);
      if (ended.command !== 'COMMIT') throw new NotCommittedError('the transaction was rolled back');
      return result;
    } catch (error) {
      // A rollback that fails leaves nothing to undo: the backend is gone, and the lease is poisoned.
      await lease.run('rollback', []).catch(() => undefined);
      throw error;
    }
  }

  return {
    asActor: (context, work) => transaction(context, (trx) => work(trx as ActorTransaction)),
    asNobody: (work) => transaction(null, (trx) => work(trx as AnonymousTransaction)),
    answers: () =>
      transaction(null, async (trx) => {
        await trx.selectNoFrom((eb) => eb.lit(1).as('one')).execute();
        return true;
      }).catch(() => false),
    close: () => pool.close(),
  };
}

const setContext = (lease: Lease, signer: ContextSigner, context: Context) =>
  lease.run("select set_config('app.ctx', $1, true)", [signer.sign(context, lease.backendPid)]);

/**
 * Lets `work` see what the rules need about one pupil, inside the same transaction, and gives the actor's own eyes back afterwards.
 * The reporter may not read other people's observations; the decision must stand on all of them.
 */
export async function asEvaluation<T>(trx: ActorTransaction, pupilId: string, work: () => Promise<T>): Promise<T> {
  const held = known.get(trx);
  if (!held) throw new ConnectionLostError('not a transaction of asActor');
  await setContext(held.lease, held.signer, { kind: 'evaluation', schoolId: held.actor.schoolId, pupilId });
  const result = await work();
  // On an error the transaction rolls back as a whole, so the context needs no restoring.
  await setContext(held.lease, held.signer, held.actor);
  return result;
}
