import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Actor } from '../http/types.ts';
import { checkOwnPassword } from './check-own-password.ts';
import { refuseWeakPassword } from './refuse-weak-password.ts';
import { readSchoolWords } from './school-words.reads.ts';

export interface PasswordChange {
  readonly password: string;
  readonly newPassword: string;
  readonly device: string;
}

/**
 * Replaces the person's own password; every session of theirs ends, this one too.
 * @throws Refusal session.password-wrong, session.too-many-attempts, account.password-weak
 */
export async function changePassword(
  deps: Pick<Deps, 'db' | 'passwords' | 'log'>,
  actor: Actor,
  input: PasswordChange,
): Promise<void> {
  await checkOwnPassword(deps, actor, input);
  refuseWeakPassword(input.newPassword, await deps.db.asActor(actor, (trx) => wordsOf(trx, actor)));
  const hash = await deps.passwords.hash(input.newPassword);
  await deps.db.asActor(actor, async (trx) => {
    await sql`select sec.set_password(${actor.accountId}, ${hash})`.execute(trx);
    recordAct(trx, { action: 'session.password-changed' });
  });
}

async function wordsOf(trx: ActorTransaction, actor: Actor): Promise<string[]> {
  const own = await trx
    .selectFrom('accounts as a')
    .leftJoin('staff as s', (on) =>
      on.onRef('s.school_id', '=', 'a.school_id').onRef('s.id', '=', 'a.person_id'),
    )
    .leftJoin('pupils as p', (on) =>
      on.onRef('p.school_id', '=', 'a.school_id').onRef('p.id', '=', 'a.person_id'),
    )
    .select(['a.name as account', 's.name as staff', 'p.name as pupil'])
    .where('a.school_id', '=', actor.schoolId)
    .where('a.id', '=', actor.accountId)
    .executeTakeFirst();
  const names = [own?.account, own?.staff, own?.pupil].filter((one) => typeof one === 'string');
  return [...names, ...(await readSchoolWords(trx, actor.schoolId))];
}
