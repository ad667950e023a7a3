import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { withOwnProof } from '../sign-in/with-own-proof.ts';
import type { OwnProof, ProofDeps } from '../sign-in/with-own-proof.ts';
import { newRecoveryCodes } from './recovery-codes.ts';
import { hashesOf } from './set-up-factor.ts';
import { readOwnFactor } from './use-code.ts';

/**
 * Ten new recovery codes, given this once; those before are good no more.
 * @throws Refusal second-factor.not-set-up, session.proof-wrong, session.password-wrong, session.too-many-attempts
 */
export async function renewRecoveryCodes(
  deps: ProofDeps,
  actor: Actor,
  proof: OwnProof,
): Promise<{ recoveryCodes: string[] }> {
  const recoveryCodes = newRecoveryCodes();
  await withOwnProof(deps, actor, proof, async (trx) => {
    if ((await readOwnFactor(trx)).on_since === null) refuse('second-factor.not-set-up');
    await sql`select sec.replace_recovery_codes(${hashesOf(recoveryCodes)})`.execute(trx);
    recordAct(trx, { action: 'second-factor.codes-renewed' });
  });
  return { recoveryCodes };
}

/**
 * Turns the own second factor off, where no role needs it.
 * @throws Refusal second-factor.required, second-factor.not-set-up, session.proof-wrong, session.password-wrong, session.too-many-attempts
 */
export async function endFactor(deps: ProofDeps, actor: Actor, proof: OwnProof): Promise<void> {
  await withOwnProof(deps, actor, proof, async (trx) => {
    if ((await readOwnFactor(trx)).required) refuse('second-factor.required');
    const ended = await sql<{ was_on: boolean }>`select sec.end_factor() as was_on`.execute(trx);
    if (!ended.rows[0]?.was_on) refuse('second-factor.not-set-up');
    recordAct(trx, { action: 'second-factor.ended' });
  });
}

const refusalOf = {
  'not-allowed': 'action.not-allowed',
  'not-found': 'resource.not-found',
  'not-set-up': 'second-factor.not-set-up',
} as const;

/**
 * For somebody whose telephone and recovery codes are lost: by an administrator, never their own. The person, the lead counsellors and the
 * leaders are told in the same transaction; the next sign-in sets up anew.
 * @throws Refusal action.not-allowed, resource.not-found, second-factor.not-set-up, session.proof-wrong, session.password-wrong,
 *   session.too-many-attempts
 */
export async function resetFactor(
  deps: ProofDeps & Pick<Deps, 'newId' | 'now'>,
  actor: Actor,
  accountId: string,
  proof: OwnProof,
): Promise<void> {
  await withOwnProof(deps, actor, proof, async (trx) => {
    const answered = await sql<{ done: 'reset' | keyof typeof refusalOf }>`
      select sec.reset_factor(${accountId}, ${deps.newId()}, ${deps.now()}) as done`.execute(trx);
    const done = answered.rows[0]?.done ?? 'not-found';
    if (done !== 'reset') refuse(refusalOf[done]);
    recordAct(trx, { action: 'second-factor.reset', resource: `account:${accountId}` });
  });
}
