import { AsyncLocalStorage } from 'node:async_hooks';
import { Kysely } from 'kysely';
import type { Context, ContextSigner } from './context.ts';
export { ConnectionLostError } from './exclusive-connections.ts';
import { exclusivePool } from './exclusive-connections.ts';
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
  asActor<T>(
    context: Context & { kind: 'person' },
    work: (trx: ActorTransaction) => Promise<T>,
  ): Promise<T>;
  /** Before sign-in. */
  asNobody<T>(work: (trx: AnonymousTransaction) => Promise<T>): Promise<T>;
  /** Whether the database answers. */
  answers(): Promise<boolean>;
  close(): Promise<void>;
}

/** COMMIT was answered with ROLLBACK: the caller must not say "done". */
export class NotCommittedError extends Error {
  override name = 'NotCommittedError';
}

/** A transaction was asked for inside another. Under load each would wait for a connection that the others hold. */
export class NestedTransactionError extends Error {
  override name = 'NestedTransactionError';
}

interface Held {
  readonly lease: Lease;
  readonly actor: Context;
  readonly signer: ContextSigner;
  evaluating: boolean;
}

const known = new WeakMap<object, Held>();

export function connectDatabase(url: string, signer: ContextSigner, size = 10): Database {
  const pool = exclusivePool(url, size);
  const around = new AsyncLocalStorage<{ open: boolean }>();

  async function transaction<T>(
    context: Context | null,
    work: (trx: Kysely<DB>) => Promise<T>,
  ): Promise<T> {
    if (around.getStore()?.open)
      throw new NestedTransactionError('one transaction at a time: pass the open one on');
    const lease = await pool.lend();
    const mine = { open: true };
    try {
      return await around.run(mine, () => insideTransaction(lease, context, work));
    } finally {
      mine.open = false;
      lease.giveBack();
    }
  }

  async function insideTransaction<T>(
    lease: Lease,
    context: Context | null,
    work: (trx: Kysely<DB>) => Promise<T>,
  ): Promise<T> {
    const trx = new Kysely<DB>({ dialect: lentDialect(lease) });
    if (context) known.set(trx, { lease, actor: context, signer, evaluating: false });
    try {
      // Both leave in one go; the second waits for the first in the same backend.
      await Promise.all([
        lease.run('begin', []),
        context ? setContext(lease, signer, context) : undefined,
      ]);
      const result = await work(trx);
      const answer = await lease.end('commit');
      if (answer !== 'COMMIT') throw new NotCommittedError('the transaction was rolled back');
      return result;
    } catch (error) {
      // A rollback that fails leaves nothing to undo: the pool throws away a connection that was not seen to end its transaction.
      if (!(error instanceof NotCommittedError)) await lease.end('rollback').catch(() => undefined);
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
 *
 * Nothing else may use the transaction meanwhile. When `work` throws, the transaction can only roll back, even if the error is caught.
 */
export async function asEvaluation<T>(
  trx: ActorTransaction,
  pupilId: string,
  work: () => Promise<T>,
): Promise<T> {
  const held = known.get(trx);
  if (!held) throw new Error('asEvaluation needs the transaction that asActor handed out');
  if (held.evaluating) throw new NestedTransactionError('one evaluation at a time');
  const { lease, signer, actor } = held;
  held.evaluating = true;
  try {
    await setContext(lease, signer, { kind: 'evaluation', schoolId: actor.schoolId, pupilId });
    const result = await work();
    await setContext(lease, signer, actor);
    return result;
  } catch (error) {
    // Whoever catches this further out would go on with eyes that are not the actor's.
    lease.doom();
    throw error;
  } finally {
    held.evaluating = false;
  }
}
