import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { refuseWeakPassword } from '../sign-in/refuse-weak-password.ts';
import { readSchoolWords } from '../sign-in/school-words.reads.ts';
import { assertAdministrator } from './accounts.reads.ts';
import type { AccountInput } from './accounts.schemas.ts';

type AccountDeps = Pick<Deps, 'db' | 'passwords' | 'newId' | 'now'>;

/**
 * An account for a member of staff or a committee seat, with the roles it is for. Never for oneself.
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
      const personId =
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
      return { id };
    });
  } catch (error) {
    const constraint = (error as { constraint_name?: string }).constraint_name ?? '';
    if (constraint.startsWith('accounts_') && constraint.includes('name'))
      refuse('account.name-taken');
    if (constraint.startsWith('accounts_') || constraint === 'committee_seats_one_holder')
      refuse('account.person-has-one');
    throw error;
  }
}

async function takeStaff(
  deps: AccountDeps,
  trx: ActorTransaction,
  actor: Actor,
  input: Extract<AccountInput, { kind: 'staff' }>,
): Promise<string> {
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
  for (const grant of input.grants) {
    const scoped =
      grant.role === 'homeroom_teacher'
        ? { scope: 'class', class_id: await getClassId(trx, actor, grant.classId) }
        : grant.role === 'grade_head'
          ? { scope: 'grade', grade_id: await getGradeId(trx, actor, grant.gradeId) }
          : { scope: 'school' };
    await insertGrant(deps, trx, actor, { person_id: personId, role: grant.role, ...scoped });
  }
  return personId;
}

async function takeSeat(
  deps: AccountDeps,
  trx: ActorTransaction,
  actor: Actor,
  input: Extract<AccountInput, { kind: 'committee_seat' }>,
): Promise<string> {
  const pupil =
    (await trx
      .selectFrom('pupils')
      .select(['id', 'class_id', 'grade_id'])
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', input.pupilId)
      .executeTakeFirst()) ?? refuse('resource.not-found');
  await trx
    .insertInto('committee_seats')
    .values({
      school_id: actor.schoolId,
      id: deps.newId(),
      class_id: pupil.class_id,
      grade_id: pupil.grade_id,
      seat: input.seat,
      person_id: pupil.id,
      starts_on: deps.now().toISOString().slice(0, 10),
    })
    .execute();
  await insertGrant(deps, trx, actor, {
    person_id: pupil.id,
    role: 'committee_member',
    scope: 'class',
    class_id: pupil.class_id,
  });
  return pupil.id;
}

const getClassId = async (trx: ActorTransaction, actor: Actor, id: number): Promise<number> =>
  (
    await trx
      .selectFrom('classes')
      .select('id')
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', id)
      .executeTakeFirst()
  )?.id ?? refuse('resource.not-found');

const getGradeId = async (trx: ActorTransaction, actor: Actor, id: number): Promise<number> =>
  (
    await trx
      .selectFrom('grades')
      .select('id')
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', id)
      .executeTakeFirst()
  )?.id ?? refuse('resource.not-found');

interface NewGrant {
  readonly person_id: string;
  readonly role: string;
  readonly scope: string;
  readonly class_id?: number;
  readonly grade_id?: number;
}

async function insertGrant(
  deps: AccountDeps,
  trx: ActorTransaction,
  actor: Actor,
  grant: NewGrant,
): Promise<void> {
  await trx
    .insertInto('grants')
    .values({
      school_id: actor.schoolId,
      id: deps.newId(),
      starts_at: sql<Date>`statement_timestamp()`,
      granted_by: actor.personId,
      reason: 'account',
      ...grant,
    })
    .execute();
}
