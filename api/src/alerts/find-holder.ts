import { sql } from 'kysely';
import type { HolderKey } from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';

type Step = HolderKey | 'lead_counsellor' | 'counsellor' | 'school_leader';

/** Who is asked when the first is missing. A gap in the roster moves the alert outwards; it never leaves it lying. */
const order: Record<HolderKey, readonly Step[]> = {
  homeroom_teacher: [
    'homeroom_teacher',
    'grade_head',
    'counsellor_on_duty',
    'lead_counsellor',
    'red_duty',
    'school_leader',
  ],
  grade_head: ['grade_head', 'counsellor_on_duty', 'lead_counsellor', 'red_duty', 'school_leader'],
  counsellor_on_duty: ['counsellor_on_duty', 'lead_counsellor', 'red_duty', 'school_leader'],
  red_duty: ['red_duty', 'counsellor_on_duty', 'lead_counsellor', 'school_leader'],
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

/** Nor whoever cannot sign in: their alert would wait for nobody. */
const canSignIn = sql<boolean>`person_id <> all ((select sec.disabled_people())::uuid[])`;

/** Nobody with a conflict of interest is ever chosen. */
const excludedFrom = (trx: ActorTransaction, { schoolId, pupilId }: HolderQuestion) =>
  trx
    .selectFrom('exclusions')
    .select('person_id')
    .where('school_id', '=', schoolId)
    .where('pupil_id', '=', pupilId)
    .where((eb) =>
      eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', sql<Date>`statement_timestamp()`)]),
    );

async function firstOnDuty(
  trx: ActorTransaction,
  question: HolderQuestion,
  duty: 'red' | 'counsellor',
): Promise<string | null> {
  const row = await trx
    .selectFrom('duty_slots')
    .select('person_id')
    .where('school_id', '=', question.schoolId)
    .where('duty', '=', duty)
    .where('starts_at', '<=', sql<Date>`statement_timestamp()`)
    .where((eb) =>
      eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', sql<Date>`statement_timestamp()`)]),
    )
    .where('person_id', 'not in', excludedFrom(trx, question))
    .where(canSignIn)
    .orderBy('position')
    .orderBy('starts_at')
    .executeTakeFirst();
  return row?.person_id ?? null;
}

async function firstGranted(
  trx: ActorTransaction,
  role: Step,
  question: HolderQuestion,
): Promise<string | null> {
  const row = await trx
    .selectFrom('grants')
    .select('person_id')
    .where('school_id', '=', question.schoolId)
    .where('role', '=', role)
    .where('starts_at', '<=', sql<Date>`statement_timestamp()`)
    .where((eb) =>
      eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', sql<Date>`statement_timestamp()`)]),
    )
    .where((eb) =>
      eb.or([
        eb('scope', '=', 'school'),
        eb('grade_id', '=', question.gradeId),
        eb('class_id', '=', question.classId),
      ]),
    )
    .where('person_id', 'not in', excludedFrom(trx, question))
    .where(canSignIn)
    .orderBy('starts_at')
    .orderBy('id')
    .executeTakeFirst();
  return row?.person_id ?? null;
}
