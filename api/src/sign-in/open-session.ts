import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { AnonymousTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import { newToken, sha256 } from '../http/session.ts';
import type { SessionStage } from '../http/types.ts';

/** The columns are null when there is no such school; those of the account also when there is no such account. */
interface CredentialRow {
  school_id: number | null;
  first_school: number | null;
  account_id: string | null;
  person_id: string | null;
  password_hash: string | null;
  disabled: boolean | null;
}

interface AttemptRow {
  allowed: boolean;
  retry_after_seconds: number;
  known: boolean;
}

export interface SignInInput {
  readonly school: string;
  readonly account: string;
  readonly password: string;
  readonly device: string;
  readonly deviceLabel: string;
}

/** The longest that a session lasts. */
export const absoluteSeconds = 12 * 3600;
const idleSeconds = { staff: 30 * 60, pupil: 10 * 60 };

/**
 * Checks a password and opens a session, which says what it still waits for. Unknown school, unknown account, disabled and wrong give the
 * same answer after the same work.
 * @throws Refusal session.invalid-credentials, session.too-many-attempts
 */
export async function openSession(
  deps: Pick<Deps, 'db' | 'master' | 'passwords' | 'newId' | 'log'>,
  input: SignInInput,
) {
  const subject = sha256(`${input.school}/${input.account.toLowerCase()}`);
  const device = sha256(input.device);
  const { credential, attempt } = await deps.db.asNobody((trx) =>
    beginSignIn(trx, input, subject, device),
  );
  // The count is committed before any hashing, so a burst of guesses cannot outrun it.
  if (attempt && !attempt.allowed)
    refuse('session.too-many-attempts', { retryAfterSeconds: attempt.retry_after_seconds });
  const usable = credential.disabled ? undefined : credential;
  const matches = await deps.passwords.verify(
    usable?.password_hash ?? null,
    input.password,
    attempt?.known ? 'known' : 'stranger',
  );
  if (!matches || !usable?.school_id || !usable.account_id || !usable.person_id) {
    if (credential.school_id !== null)
      keepDenial(deps, credential.school_id, credential.account_id);
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

/** Finds the account and counts the attempt. A school that does not exist costs the same: its attempts are counted in the first one. */
async function beginSignIn(
  trx: AnonymousTransaction,
  input: SignInInput,
  subject: Buffer,
  device: Buffer,
) {
  const found = await sql<CredentialRow>`
    select f.*, (select min(id) from sec.list_school_ids()) as first_school
    from (select) one left join sec.find_credentials(${input.school}, ${input.account}) f on true`.execute(
    trx,
  );
  const credential = found.rows[0] as CredentialRow;
  const countedIn = credential.school_id ?? credential.first_school;
  const begun = await sql<AttemptRow>`
    select b.*, sec.is_known_device(${countedIn}, ${subject}, ${device}) as known
    from sec.begin_sign_in(${countedIn}, ${subject}, ${device}) b where ${countedIn}::int is not null`.execute(
    trx,
  );
  return { credential, attempt: begun.rows[0] };
}

// Not waited for: an unknown school has no chain, and must take as long to answer. Each was counted first, so a flood writes no flood.
function keepDenial(
  deps: Pick<Deps, 'db' | 'log'>,
  schoolId: number,
  accountId: string | null,
): void {
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
): Promise<{ token: string; seconds: number; stage: SessionStage }> {
  const token = newToken();
  const context = {
    kind: 'person' as const,
    schoolId: who.schoolId,
    personId: who.personId,
    mark: deps.master.markOf(who.schoolId, 'reporter', who.personId),
  };
  const stage = await deps.db.asActor(context, async (trx) => {
    const person = await trx
      .selectFrom('people')
      .select('kind')
      .where('school_id', '=', who.schoolId)
      .where('id', '=', who.personId)
      .executeTakeFirstOrThrow();
    const idle = idleSeconds[person.kind as 'staff' | 'pupil'];
    const opened = await sql<{ stage: SessionStage }>`
      select sec.open_session(${deps.newId()}, ${who.accountId}, ${sha256(token)}, ${input.deviceLabel}, ${subject}, ${device}, ${idle}, ${absoluteSeconds}) as stage`.execute(
      trx,
    );
    const waitsFor = opened.rows[0]?.stage ?? 'code';
    recordAct(trx, {
      action: waitsFor === 'whole' ? 'session.opened' : 'session.password-accepted',
    });
    return waitsFor;
  });
  return { token, seconds: absoluteSeconds, stage };
}
