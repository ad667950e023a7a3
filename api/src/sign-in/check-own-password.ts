import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import { sha256 } from '../http/session.ts';
import type { Actor } from '../http/types.ts';

export interface CheckedPassword {
  /** What the attempts of this account, and of this device, are counted under. */
  readonly subject: Buffer;
  readonly device: Buffer;
}

/**
 * Checks the password of whoever is signed in, with the same count and the same queue as a sign-in: a session left open is no place to guess.
 * @throws Refusal session.password-wrong, session.too-many-attempts
 */
export async function checkOwnPassword(
  deps: Pick<Deps, 'db' | 'passwords' | 'log'>,
  actor: Actor,
  input: { readonly password: string; readonly device: string },
): Promise<CheckedPassword> {
  const device = sha256(input.device);
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
  // Counted and committed before any hashing, as at sign-in.
  if (!attempt?.allowed)
    return refuse('session.too-many-attempts', {
      ...(attempt ? { retryAfterSeconds: attempt.retry_after_seconds } : {}),
    });
  if (!(await deps.passwords.verify(stored, input.password, 'known'))) {
    const act = {
      action: 'session.refused',
      code: 'session.password-wrong',
      resource: `account:${actor.accountId}`,
    } as const;
    await deps.db
      .recordDenial(actor, act)
      .catch((error: Error) => deps.log.error({ error: error.name }, 'a denial was not recorded'));
    return refuse('session.password-wrong');
  }
  return { subject, device };
}
