import { sql } from 'kysely';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Actor } from '../http/types.ts';
import { isCodeTaken, readOwnFactor } from '../second-factor/use-code.ts';
import { beginOwnAttempt, refuseWrong } from './own-attempt.ts';
import type { OwnAttempt } from './own-attempt.ts';

export interface OwnProof {
  readonly password: string;
  /** A code of the app, or a recovery code; asked for when the person has a second factor. */
  readonly code?: string | undefined;
  readonly device: string;
}

export type ProofDeps = Pick<Deps, 'db' | 'master' | 'passwords' | 'log'>;

/** Rolls the transaction back: a code that came with a wrong password is not used up. */
class WrongProofError extends Error {
  override name = 'WrongProofError';
  readonly hasFactor: boolean;
  constructor(hasFactor: boolean) {
    super('a wrong password or code');
    this.hasFactor = hasFactor;
  }
}

/**
 * Runs `work` in one transaction after the person has shown again who they are: with the password, and with a code when they have a
 * second factor. Whichever was wrong, the same is done and the same is said.
 * @throws Refusal session.password-wrong, session.proof-wrong, session.too-many-attempts
 */
export async function withOwnProof<T>(
  deps: ProofDeps,
  actor: Actor,
  proof: OwnProof,
  work: (trx: ActorTransaction, attempt: OwnAttempt) => Promise<T>,
): Promise<T> {
  const attempt = await beginOwnAttempt(deps, actor, proof.device);
  const passwordFits = await deps.passwords.verify(attempt.stored, proof.password, 'known');
  try {
    return await deps.db.asActor(actor, async (trx) => {
      const hasFactor = (await readOwnFactor(trx)).on_since !== null;
      const codeFits = !hasFactor || (await isCodeTaken(deps, trx, actor, proof.code ?? ''));
      if (!passwordFits || !codeFits) throw new WrongProofError(hasFactor);
      await sql`select sec.clear_attempts(${attempt.subject}, ${attempt.device})`.execute(trx);
      return work(trx, attempt);
    });
  } catch (error) {
    if (!(error instanceof WrongProofError)) throw error;
    return refuseWrong(
      deps,
      actor,
      error.hasFactor ? 'session.proof-wrong' : 'session.password-wrong',
    );
  }
}
