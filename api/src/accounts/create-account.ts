import { sql } from 'kysely';
import { localDate } from '@shaodian/rules';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { insertProposals } from '../grants/insert-proposals.ts';
import type { NewProposal } from '../grants/insert-proposals.ts';
import { mustExist } from '../grants/propose-grant.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { refuseWeakPassword } from '../sign-in/refuse-weak-password.ts';
import { readSchoolWords } from '../sign-in/school-words.reads.ts';
import { assertAdministrator } from './accounts.reads.ts';
import type { AccountInput } from './accounts.schemas.ts';

type AccountDeps = Pick<Deps, 'db' | 'passwords' | 'newId' | 'now'>;

interface Account {
  readonly personId: string;
  /** The roles it is for. */
  readonly proposals: readonly NewProposal[];
}

/**
 * An account for a member of staff or a committee seat; the roles it is for are proposed, and it sees nothing until another person
 * approves. Never for oneself.
 * @throws Refusal action.not-allowed, account.name-taken, account.person-has-one, account.password-weak, resource.not-found
 */
export async function createAccount(
  deps: AccountDeps,
  actor: Actor,
  input: AccountInput,
  request: OnceRequest,
): Promise<{ id: string }> {
  const schoolWords = await deps.db.asActor(actor, async (trx) => {
    await assertAdministrator(trx);
    return readSchoolWords(trx, actor.schoolId);
  });
  refuseWeakPassword(input.password, [
    input.account,
    ...(input.kind === 'staff' ? [input.name] : []),
    ...schoolWords,
  ]);
  // Hashed before the transaction: 90 ms is too long to hold a connection.
  const hash = await deps.passwords.hash(input.password);
  try {
    return await once(deps.db, actor, request, async (trx) => {
      await assertAdministrator(trx);
      const { personId, proposals } =
        input.kind === 'staff'
          ? await takeStaff(deps, trx, actor, input)
          : await takeSeat(deps, trx, actor, input);
      const id = deps.newId();
      await trx
        .insertInto('accounts')
        .values({ school_id: actor.schoolId, id, person_id: personId, name: input.account })
        .execute();
      await sql`select sec.set_password(${id}, ${hash})`.execute(trx);
      recordAct(trx, { action: 'account.created', resource: `account:${id}` });
      await insertProposals(deps, trx, actor, proposals, 'new_account');
      return { id };
    });
  } catch (error) {
    const constraint = (error as { constraint_name?: string }).constraint_name ?? '';
    if (constraint.startsWith('accounts_') && constraint.includes('name'))
      refuse('account.name-taken');
    if (constraint.startsWith('accounts_')) refuse('account.person-has-one');
    throw error;
  }
}

async function takeStaff(
  deps: AccountDeps,
  trx: ActorTransaction,
  actor: Actor,
  input: Extract<AccountInput, { kind: 'staff' }>,
): Promise<Account> {
  const known = await trx
    .selectFrom('staff as s')
    .leftJoin('accounts as a', (on) =>
      on.onRef('a.school_id', '=', 's.school_id').onRef('a.person_id', '=', 's.id'),
    )
    .select('s.id')
    .where('s.school_id', '=', actor.schoolId)
    .where('s.name', '=', input.name)
    .where('a.id', 'is', null)
    .orderBy('s.id')
    .executeTakeFirst();
  const personId = known?.id ?? deps.newId();
  if (!known) {
    await trx
      .insertInto('people')
      .values({ school_id: actor.schoolId, id: personId, kind: 'staff' })
      .execute();
    await trx
      .insertInto('staff')
      .values({
        school_id: actor.schoolId,
        id: personId,
        name: input.name,
        sex: 'unknown',
        title: input.title,
      })
      .execute();
  }
  const proposals: NewProposal[] = [];
  for (const grant of input.grants) {
    if (grant.role === 'homeroom_teacher') await mustExist(trx, actor, 'classes', grant.classId);
    if (grant.role === 'grade_head') await mustExist(trx, actor, 'grades', grant.gradeId);
    proposals.push({ personId, ...grant });
  }
  return { personId, proposals };
}

async function takeSeat(
  deps: AccountDeps,
  trx: ActorTransaction,
  actor: Actor,
  input: Extract<AccountInput, { kind: 'committee_seat' }>,
): Promise<Account> {
  const pupil =
    (await trx
      .selectFrom('pupils as p')
      .innerJoin('schools as s', 's.id', 'p.school_id')
      .select(['p.id', 'p.class_id', 's.time_zone'])
      .where('p.school_id', '=', actor.schoolId)
      .where('p.id', '=', input.pupilId)
      .executeTakeFirst()) ?? refuse('resource.not-found');
  const taken = await trx
    .selectFrom('committee_seats')
    .select('id')
    .where('school_id', '=', actor.schoolId)
    .where('class_id', '=', pupil.class_id)
    .where('seat', '=', input.seat)
    .where('ends_on', 'is', null)
    .executeTakeFirst();
  if (taken) refuse('account.person-has-one');
  const from = localDate(deps.now().toISOString(), pupil.time_zone);
  const seat = { seat: input.seat, from };
  const proposal = {
    personId: pupil.id,
    role: 'committee_member' as const,
    classId: pupil.class_id,
    seat,
  };
  return { personId: pupil.id, proposals: [proposal] };
}
