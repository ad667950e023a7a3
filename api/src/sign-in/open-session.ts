import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import { newToken, sha256 } from '../http/session.ts';

interface CredentialRow {
  school_id: number;
  account_id: string | null;
  person_id: string | null;
  password_hash: string | null;
  disabled: boolean;
}

export interface SignInInput {
  readonly school: string;
  readonly account: string;
  readonly password: string;
  readonly device: string;
  readonly deviceLabel: string;
}

const absoluteSeconds = 12 * 3600;
const idleSeconds = { staff: 30 * 60, pupil: 10 * 60 };

/**
 * Checks a password and opens a session. Unknown school, unknown account, disabled and wrong give the same answer after the same work.
 * @throws Refusal session.invalid-credentials, session.too-many-attempts
 */
export async function openSession(
  deps: Pick<Deps, 'db' | 'master' | 'passwords' | 'newId' | 'log'>,
  input: SignInInput,
) {
  const subject = sha256(`${input.school}/${input.account.toLowerCase()}`);
  const device = sha256(input.device);
  const found = await deps.db.asNobody(async (trx) => {
    const rows =
      await sql<CredentialRow>`select * from sec.find_credentials(${input.school}, ${input.account})`.execute(
        trx,
      );
    const credential = rows.rows[0];
    if (!credential) return undefined;
    const attempt = await sql<{ allowed: boolean; retry_after_seconds: number }>`
      select * from sec.begin_sign_in(${credential.school_id}, ${subject}, ${device})`.execute(trx);
    return { credential, attempt: attempt.rows[0] };
  });
  // The count is committed before any hashing, so a burst of guesses cannot outrun it.
  if (found?.attempt && !found.attempt.allowed)
    refuse('session.too-many-attempts', { retryAfterSeconds: found.attempt.retry_after_seconds });
  const usable = found && !found.credential.disabled ? found.credential : undefined;
  const matches = await deps.passwords.verify(usable?.password_hash ?? null, input.password);
  if (!matches || !usable?.account_id || !usable.person_id) {
    if (found) keepDenial(deps, found.credential);
    return refuse('session.invalid-credentials');
  }
  return startSession(
    deps,
    { schoolId: usable.school_id, accountId: usable.account_id, personId: usable.person_id },
    input,
    subject,
    device,
  );
}

// Not waited for: an unknown school has no chain, and must take as long to answer. Each was counted first, so a flood writes no flood.
function keepDenial(deps: Pick<Deps, 'db' | 'log'>, credential: CredentialRow): void {
  const { school_id: schoolId, account_id: accountId } = credential;
  const resource = accountId === null ? '' : `account:${accountId}`;
  const act = { action: 'session.refused', code: 'session.invalid-credentials', resource } as const;
  deps.db
    .recordDenial({ kind: 'system', schoolId }, act)
    .catch((error: Error) => deps.log.error({ error: error.name }, 'a denial was not recorded'));
}

async function startSession(
  deps: Pick<Deps, 'db' | 'master' | 'newId'>,
  who: { schoolId: number; accountId: string; personId: string },
  input: SignInInput,
  subject: Buffer,
  device: Buffer,
): Promise<{ token: string; seconds: number }> {
  const token = newToken();
  const context = {
    kind: 'person' as const,
    schoolId: who.schoolId,
    personId: who.personId,
    mark: deps.master.markOf(who.schoolId, 'reporter', who.personId),
  };
  await deps.db.asActor(context, async (trx) => {
    const person = await trx
      .selectFrom('people')
      .select('kind')
      .where('school_id', '=', who.schoolId)
      .where('id', '=', who.personId)
      .executeTakeFirstOrThrow();
    const idle = idleSeconds[person.kind as 'staff' | 'pupil'];
    recordAct(trx, { action: 'session.opened' });
    await sql`select sec.open_session(${deps.newId()}, ${who.accountId}, ${sha256(token)}, ${input.deviceLabel}, ${subject}, ${device}, ${idle}, ${absoluteSeconds})`.execute(
      trx,
    );
  });
  return { token, seconds: absoluteSeconds };
}
