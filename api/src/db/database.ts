import { AsyncLocalStorage } from 'node:async_hooks';
import { Kysely } from 'kysely';
import type { AuditAct } from '../audit/actions.ts';
import type { AppendActs } from '../audit/append-acts.ts';
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
  /** The API itself, for one school: it sees the frame of the school and the ends of its audit chain. */
  asSystem<T>(schoolId: number, work: (trx: ActorTransaction) => Promise<T>): Promise<T>;
  /**
   * Writes into the audit chain what was refused, on a connection kept for it: the refused transaction is rolled back by then, and a
   * pool that is used up must not lose a denial.
   */
  recordDenial(context: Context & { kind: 'person' | 'system' }, act: AuditAct): Promise<void>;
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
  /** What the audit chain will be told when the transaction commits. */
  readonly acts: AuditAct[];
  evaluating: boolean;
}

const known = new WeakMap<object, Held>();

export function connectDatabase(
  url: string,
  signer: ContextSigner,
  append: AppendActs,
  size = 10,
): Database {
  const pool = exclusivePool(url, size);
  const reserved = exclusivePool(url, 1);
  const around = new AsyncLocalStorage<{ open: boolean }>();

  async function transaction<T>(
    context: Context | null,
    work: (trx: Kysely<DB>) => Promise<T>,
    from = pool,
  ): Promise<T> {
    if (around.getStore()?.open)
      throw new NestedTransactionError('one transaction at a time: pass the open one on');
    const lease = await from.lend();
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
    const acts: AuditAct[] = [];
    if (context) known.set(trx, { lease, actor: context, signer, acts, evaluating: false });
    try {
      // Both leave in one go; the second waits for the first in the same backend.
      await Promise.all([
        lease.run('begin', []),
        context ? setContext(lease, signer, context) : undefined,
      ]);
      const result = await work(trx);
      if (context && acts.length > 0) await appendLast(lease, context.schoolId, acts);
      const answer = await lease.end('commit');
      if (answer !== 'COMMIT') throw new NotCommittedError('the transaction was rolled back');
      return result;
    } catch (error) {
      // A rollback that fails leaves nothing to undo: the pool throws away a connection that was not seen to end its transaction.
      if (!(error instanceof NotCommittedError)) await lease.end('rollback').catch(() => undefined);
      throw error;
    }
  }

  // In a transaction that failed and was carried on nothing can be appended, and COMMIT would say ROLLBACK.
  async function appendLast(
    lease: Lease,
    schoolId: number,
    acts: readonly AuditAct[],
  ): Promise<void> {
    try {
      await append((text, parameters) => lease.run(text, parameters), schoolId, acts);
    } catch (error) {
      if ((error as { code?: string }).code !== '25P02') throw error;
      throw new NotCommittedError('the transaction had failed', { cause: error });
    }
  }

  return {
    asActor: (context, work) => transaction(context, (trx) => work(trx as ActorTransaction)),
    asSystem: (schoolId, work) =>
      transaction({ kind: 'system', schoolId }, (trx) => work(trx as ActorTransaction)),
    recordDenial: (context, act) =>
      transaction(context, async (trx) => recordAct(trx as ActorTransaction, act), reserved),
    asNobody: (work) => transaction(null, (trx) => work(trx as AnonymousTransaction)),
    answers: () =>
      transaction(null, async (trx) => {
        await trx.selectNoFrom((eb) => eb.lit(1).as('one')).execute();
        return true;
      }).catch(() => false),
    close: async () => {
      await Promise.all([pool.close(), reserved.close()]);
    },
  };
}

/**
 * Tells the audit chain what this transaction did or read. It is written as the last statement before COMMIT: what the chain could not
 * keep is neither done nor answered.
 */
export function recordAct(trx: ActorTransaction, act: AuditAct): void {
  const held = known.get(trx);
  if (!held) throw new Error('recordAct needs the transaction that asActor handed out');
  held.acts.push(act);
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
