import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { StepUpPurpose } from '../db/context.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import { newToken, sha256 } from '../http/session.ts';
import type { Actor } from '../http/types.ts';
import { absoluteSeconds } from './open-session.ts';
import { withOwnProof } from './with-own-proof.ts';
import type { OwnProof, ProofDeps } from './with-own-proof.ts';

export interface StepUpInput extends OwnProof {
  readonly purpose: StepUpPurpose;
  /** The token the session has now; it gets another. */
  readonly token: string;
}

/**
 * The password again, and a code from whoever has a second factor, for one purpose: for ten minutes the database opens what needs it.
 * The session keeps its name and its end.
 * @throws Refusal session.password-wrong, session.proof-wrong, session.too-many-attempts, session.required
 */
export async function stepUp(deps: ProofDeps, actor: Actor, input: StepUpInput) {
  const token = newToken();
  const until = await withOwnProof(deps, actor, input, async (trx, { subject, device }) => {
    const raised = await sql<{ until: Date | null }>`
      select sec.step_up(${actor.sessionId}, ${sha256(input.token)}, ${sha256(token)}, ${input.purpose}, ${subject}, ${device}) as until`.execute(
      trx,
    );
    // Somebody else stepped up with the same cookie, or the session has ended meanwhile.
    const ends = raised.rows[0]?.until ?? refuse('session.required');
    recordAct(trx, { action: 'session.stepped-up', purpose: input.purpose });
    return ends;
  });
  return {
    token,
    seconds: absoluteSeconds,
    answer: { until: until.toISOString(), purpose: input.purpose },
  };
}

/** Nothing is open any more that needs the password again. */
export async function endStepUp(deps: Pick<Deps, 'db'>, actor: Actor): Promise<void> {
  await deps.db.asActor(actor, async (trx) => {
    await sql`select sec.end_step_up(${actor.sessionId})`.execute(trx);
  });
}
