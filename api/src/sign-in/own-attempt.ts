import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import { sha256 } from '../http/session.ts';
import type { Actor } from '../http/types.ts';

export interface OwnAttempt {
  /** What the attempts of this account, and of this device, are counted under. */
  readonly subject: Buffer;
  readonly device: Buffer;
  /** The hash of the own password; null when there is none to compare with. */
  readonly stored: string | null;
}

/**
 * Counts an attempt of whoever has a session at their own password or code, together with those of sign-in, and commits the count
 * before anything is compared: a session left open is no place to guess.
 * @throws Refusal session.too-many-attempts
 */
export async function beginOwnAttempt(
  deps: Pick<Deps, 'db'>,
  actor: Actor,
  deviceName: string,
): Promise<OwnAttempt> {
  const device = sha256(deviceName);
  const { subject, stored, attempt } = await deps.db.asActor(actor, async (trx) => {
    const school = await trx
      .selectFrom('schools')
      .select('code')
      .where('id', '=', actor.schoolId)
      .executeTakeFirstOrThrow();
    const counted = sha256(`${school.code}/${actor.accountName}`);
    const credentials = await sql<{ password_hash: string | null; disabled: boolean }>`
      select * from sec.find_credentials(${school.code}, ${actor.accountName})`.execute(trx);
    const attempts = await sql<{ allowed: boolean; retry_after_seconds: number }>`
      select * from sec.begin_sign_in(${actor.schoolId}, ${counted}, ${device})`.execute(trx);
    const row = credentials.rows[0];
    const usable = row && !row.disabled ? row.password_hash : null;
    return { subject: counted, stored: usable, attempt: attempts.rows[0] };
  });
  if (!attempt?.allowed)
    return refuse('session.too-many-attempts', {
      ...(attempt ? { retryAfterSeconds: attempt.retry_after_seconds } : {}),
    });
  return { subject, device, stored };
}

type WrongProof = 'session.password-wrong' | 'session.code-wrong' | 'session.proof-wrong';

/**
 * Keeps in the audit that what was given was wrong, and says so. Not of which account: the chain names a pupil by the mark of what they
 * report, and beside the account it would say whose mark that is.
 */
export async function refuseWrong(
  deps: Pick<Deps, 'db' | 'log'>,
  actor: Actor,
  code: WrongProof,
): Promise<never> {
  await deps.db
    .recordDenial(actor, { action: 'session.refused', code })
    .catch((error: Error) => deps.log.error({ error: error.name }, 'a denial was not recorded'));
  return refuse(code);
}
