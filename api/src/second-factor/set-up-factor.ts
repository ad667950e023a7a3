import { sql } from 'kysely';
import { seal } from '../crypto/seal.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor, SessionStage } from '../http/types.ts';
import { makeWhole } from '../sign-in/finish-sign-in.ts';
import type { CodeInput } from '../sign-in/finish-sign-in.ts';
import { beginOwnAttempt, refuseWrong } from '../sign-in/own-attempt.ts';
import { withOwnProof } from '../sign-in/with-own-proof.ts';
import type { ProofDeps } from '../sign-in/with-own-proof.ts';
import { newRecoveryCodes, recoveryCodeHash } from './recovery-codes.ts';
import { appUri, findStep, newSecret, typedSecret } from './totp.ts';
import { findSecret, readOwnFactor, secretPlace } from './use-code.ts';

export interface StartInput {
  /** Missing where the password was given a moment ago: right after sign-in. */
  readonly password?: string | undefined;
  readonly code?: string | undefined;
  readonly device: string;
  readonly stage: SessionStage;
}

/**
 * Makes a secret and gives it, this once, for the app on the telephone; it is not in use before a code confirms it. One that is in use
 * stays so until then.
 * @throws Refusal session.password-wrong, session.proof-wrong, session.too-many-attempts, session.required, action.not-allowed
 */
export async function startFactor(
  deps: ProofDeps & Pick<Deps, 'newId'>,
  actor: Actor,
  input: StartInput,
): Promise<{ secret: string; uri: string }> {
  const keep = (trx: ActorTransaction) => keepNewSecret(deps, trx, actor);
  if (input.stage === 'enrolment')
    return deps.db.asActor(actor, async (trx) => {
      await mustHaveNone(trx);
      return keep(trx);
    });
  return withOwnProof(deps, actor, { ...input, password: input.password ?? '' }, keep);
}

// A session that waits for the first telephone shows the password alone. Opened in the moment in which another sets one up, it may not replace it.
async function mustHaveNone(trx: ActorTransaction): Promise<void> {
  if ((await readOwnFactor(trx)).on_since !== null) refuse('session.required');
}

async function keepNewSecret(
  deps: Pick<Deps, 'master' | 'newId'>,
  trx: ActorTransaction,
  actor: Actor,
): Promise<{ secret: string; uri: string }> {
  const [id, secret, kek] = [deps.newId(), newSecret(), deps.master.kekOf(actor.schoolId)];
  const sealed = seal(secret, kek, secretPlace(id, actor));
  const kept = await sql<{ kept: boolean }>`
    select sec.start_factor(${id}, ${kek.id}, ${sealed}) as kept`.execute(trx);
  if (!kept.rows[0]?.kept) refuse('action.not-allowed');
  const school = await trx
    .selectFrom('schools')
    .select('code')
    .where('id', '=', actor.schoolId)
    .executeTakeFirstOrThrow();
  return {
    secret: typedSecret(secret),
    uri: appUri(secret, `${actor.accountName}@${school.code}`),
  };
}

/**
 * A code of the new secret puts it to use and gives ten recovery codes, this once. The session gets another token and is whole from then
 * on; every other one of the person ends.
 * @throws Refusal second-factor.not-set-up, session.code-wrong, session.too-many-attempts, session.required
 */
export async function confirmFactor(
  deps: Pick<Deps, 'db' | 'master' | 'log'>,
  actor: Actor,
  input: CodeInput & Pick<StartInput, 'stage'>,
) {
  const attempt = await beginOwnAttempt(deps, actor, input.device);
  const codes = newRecoveryCodes();
  const session = await deps.db.asActor(actor, async (trx) => {
    const started = await findSecret(deps, trx, actor, 'being set up');
    if (!started) return refuse('second-factor.not-set-up');
    if (input.stage === 'enrolment') await mustHaveNone(trx);
    const step = findStep(started.secret, input.code.replaceAll(/\s/g, ''), Date.now());
    if (step === null) return null;
    const confirmed = await sql<{ done: boolean }>`
      select sec.confirm_factor(${started.id}, ${step}, ${hashesOf(codes)}, ${actor.sessionId}) as done`.execute(
      trx,
    );
    if (!confirmed.rows[0]?.done) return refuse('second-factor.not-set-up');
    recordAct(trx, { action: 'second-factor.set-up' });
    return makeWhole(trx, actor, input.token, attempt);
  });
  if (session === null) return refuseWrong(deps, actor, 'session.code-wrong');
  return { ...session, recoveryCodes: codes };
}

/** The hashes of new codes as an argument of SQL. */
export const hashesOf = (codes: readonly string[]) =>
  sql<Buffer[]>`array(select decode(x, 'hex') from unnest(${codes.map(
    (code) => recoveryCodeHash(code)?.toString('hex') ?? '',
  )}::text[]) x)`;
