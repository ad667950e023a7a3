import type { Deps } from '../deps.ts';
import type { Actor } from '../http/types.ts';
import { beginOwnAttempt, refuseWrong } from './own-attempt.ts';

/**
 * Checks the password of whoever is signed in, with the same count and the same queue as a sign-in.
 * @throws Refusal session.password-wrong, session.too-many-attempts
 */
export async function checkOwnPassword(
  deps: Pick<Deps, 'db' | 'passwords' | 'log'>,
  actor: Actor,
  input: { readonly password: string; readonly device: string },
): Promise<void> {
  const { stored } = await beginOwnAttempt(deps, actor, input.device);
  if (!(await deps.passwords.verify(stored, input.password, 'known')))
    await refuseWrong(deps, actor, 'session.password-wrong');
}
