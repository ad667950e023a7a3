import { sql } from 'kysely';
import type { HolderKey, Role } from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';
import { isRunning } from '../db/running.ts';

type Step = 'red_duty' | 'counsellor_on_duty' | Role;

const atSchool: readonly Step[] = [
  'counsellor_on_duty',
  'lead_counsellor',
  'counsellor',
  'red_duty',
  'school_leader',
];

/** Who is asked when the first is missing. A gap in the roster moves the alert outwards; it never leaves it lying. */
const order: Record<HolderKey, readonly Step[]> = {
  homeroom_teacher: ['homeroom_teacher', 'grade_head', ...atSchool],
  grade_head: ['grade_head', ...atSchool],
  counsellor_on_duty: atSchool,
  red_duty: ['red_duty', 'counsellor_on_duty', 'lead_counsellor', 'counsellor', 'school_leader'],
};

/** About school staff: nobody but counsellors may learn of it. */
const counsellorsOnly: readonly Step[] = ['counsellor_on_duty', 'lead_counsellor', 'counsellor'];

export interface HolderQuestion {
  readonly schoolId: number;
  readonly key: HolderKey;
  readonly counsellorOnly: boolean;
  readonly pupilId: string;
  readonly classId: number;
  readonly gradeId: number;
}

/** The one accountable holder, or null when the whole roster is empty: then the alert says "needs review". */
export async function findHolder(
  trx: ActorTransaction,
  question: HolderQuestion,
): Promise<string | null> {
  for (const step of question.counsellorOnly ? counsellorsOnly : order[question.key]) {
    const person = await findPerson(trx, step, question);
    if (person) return person;
  }
  return null;
}

function findPerson(
  trx: ActorTransaction,
  step: Step,
  question: HolderQuestion,
): Promise<string | null> {
  if (step === 'red_duty') return firstOnDuty(trx, question, 'red');
  if (step === 'counsellor_on_duty') return firstOnDuty(trx, question, 'counsellor');
  return firstGranted(trx, step, question);
}

/** Whether a person is one of those who may hold such an alert: it can stay with them when they lose one of several roles. */
export async function mayHold(
  trx: ActorTransaction,
  question: HolderQuestion,
  personId: string,
): Promise<boolean> {
  const roles = question.counsellorOnly ? counsellors : holders;
  const granted = await grantedNow(trx, question, roles)
    .where('person_id', '=', personId)
    .executeTakeFirst();
  if (granted) return true;
  const duties = question.counsellorOnly
    ? (['counsellor'] as const)
    : (['red', 'counsellor'] as const);
  const onDuty = await onDutyNow(trx, question, duties)
    .where('person_id', '=', personId)
    .executeTakeFirst();
  return onDuty !== undefined;
}

const counsellors: readonly Role[] = ['counsellor', 'lead_counsellor'];
const holders: readonly Role[] = [
  'homeroom_teacher',
  'grade_head',
  ...counsellors,
  'school_leader',
];

/** Nor whoever cannot sign in: their alert would wait for nobody. */
const canSignIn = sql<boolean>`person_id <> all ((select sec.unable_to_sign_in())::uuid[])`;

/** Nobody with a conflict of interest is ever chosen. */
const excludedFrom = (trx: ActorTransaction, { schoolId, pupilId }: HolderQuestion) =>
  trx
    .selectFrom('exclusions')
    .select('person_id')
    .where('school_id', '=', schoolId)
    .where('pupil_id', '=', pupilId)
    .where(isRunning);

const onDutyNow = (
  trx: ActorTransaction,
  question: HolderQuestion,
  duties: readonly ('red' | 'counsellor')[],
) =>
  trx
    .selectFrom('duty_slots')
    .select('person_id')
    .where('school_id', '=', question.schoolId)
    .where('duty', 'in', [...duties])
    .where('starts_at', '<=', sql<Date>`statement_timestamp()`)
    .where(isRunning)
    .where('person_id', 'not in', excludedFrom(trx, question))
    .where(canSignIn);

const grantedNow = (trx: ActorTransaction, question: HolderQuestion, roles: readonly Role[]) =>
  trx
    .selectFrom('grants')
    .select('person_id')
    .where('school_id', '=', question.schoolId)
    .where('role', 'in', [...roles])
    .where('starts_at', '<=', sql<Date>`statement_timestamp()`)
    .where(isRunning)
    .where((eb) =>
      eb.or([
        eb('scope', '=', 'school'),
        eb('grade_id', '=', question.gradeId),
        eb('class_id', '=', question.classId),
      ]),
    )
    .where('person_id', 'not in', excludedFrom(trx, question))
    .where(canSignIn);

async function firstOnDuty(
  trx: ActorTransaction,
  question: HolderQuestion,
  duty: 'red' | 'counsellor',
): Promise<string | null> {
  const row = await onDutyNow(trx, question, [duty])
    .orderBy('position')
    .orderBy('starts_at')
    .executeTakeFirst();
  return row?.person_id ?? null;
}

async function firstGranted(
  trx: ActorTransaction,
  role: Role,
  question: HolderQuestion,
): Promise<string | null> {
  const row = await grantedNow(trx, question, [role])
    .orderBy('starts_at')
    .orderBy('id')
    .executeTakeFirst();
  return row?.person_id ?? null;
}
