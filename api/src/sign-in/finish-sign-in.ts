import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import { newToken, sha256 } from '../http/session.ts';
import type { Actor } from '../http/types.ts';
import { isCodeTaken } from '../second-factor/use-code.ts';
import { absoluteSeconds } from './open-session.ts';
import { beginOwnAttempt, refuseWrong } from './own-attempt.ts';
import type { OwnAttempt } from './own-attempt.ts';

export interface CodeInput {
  readonly code: string;
  readonly device: string;
  /** The token the session has now; it gets another. */
  readonly token: string;
}

/**
 * The second step of signing in: a code of the app or a recovery code makes the session whole.
 * @throws Refusal session.code-wrong, session.too-many-attempts, session.required
 */
export async function finishSignIn(
  deps: Pick<Deps, 'db' | 'master' | 'log'>,
  actor: Actor,
  input: CodeInput,
): Promise<{ token: string; seconds: number }> {
  const attempt = await beginOwnAttempt(deps, actor, input.device);
  const finished = await deps.db.asActor(actor, async (trx) => {
    if (!(await isCodeTaken(deps, trx, actor, input.code))) return null;
    recordAct(trx, { action: 'session.opened' });
    return makeWhole(trx, actor, input.token, attempt);
  });
  return finished ?? refuseWrong(deps, actor, 'session.code-wrong');
}

/** Gives the session another token and, if it was waiting, its whole length. In a transaction in which a code was used. */
export async function makeWhole(
  trx: ActorTransaction,
  actor: Actor,
  oldToken: string,
  { subject, device }: OwnAttempt,
): Promise<{ token: string; seconds: number }> {
  const token = newToken();
  const finished = await sql<{ done: boolean }>`
    select sec.finish_session(${actor.sessionId}, ${sha256(oldToken)}, ${sha256(token)}, ${subject}, ${device}, ${absoluteSeconds}) as done`.execute(
    trx,
  );
  // Another request finished it first, or it has ended meanwhile.
  if (!finished.rows[0]?.done) refuse('session.required');
  return { token, seconds: absoluteSeconds };
}
