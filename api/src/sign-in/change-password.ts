import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Actor } from '../http/types.ts';
import { checkOwnPassword } from './check-own-password.ts';

export interface PasswordChange {
  readonly password: string;
  readonly newPassword: string;
  readonly device: string;
}

/**
 * Replaces the person's own password; every session of theirs ends, this one too.
 * @throws Refusal session.password-wrong, session.too-many-attempts
 */
export async function changePassword(
  deps: Pick<Deps, 'db' | 'passwords' | 'log'>,
  actor: Actor,
  input: PasswordChange,
): Promise<void> {
  await checkOwnPassword(deps, actor, input);
  const hash = await deps.passwords.hash(input.newPassword);
  await deps.db.asActor(actor, async (trx) => {
    await sql`select sec.set_password(${actor.accountId}, ${hash})`.execute(trx);
    recordAct(trx, { action: 'session.password-changed' });
  });
}
