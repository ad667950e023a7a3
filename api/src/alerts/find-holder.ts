import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { firstStanding } from '@shaodian/rules';
import type { HolderKey, Ladder, Role, Standing, Tier } from '@shaodian/rules';
import type { DB } from '../db/types.generated.ts';
import { isRunning } from '../db/running.ts';

/** In an evaluation, or as the worker: nobody else sees whom the roster names. */
type RosterTransaction = Kysely<DB>;

type Step = 'red_duty' | 'counsellor_on_duty' | Role;

/** Who is asked first: for an alert as the policy says, for a cluster the lead counsellor. */
type FirstAsked = HolderKey | 'lead_counsellor';

/** Where an alert begins. A gap in the roster moves it outwards; it never leaves it lying. */
const firstTier: Record<FirstAsked, Tier> = {
  homeroom_teacher: 'class',
  grade_head: 'grade',
  counsellor_on_duty: 'school',
  red_duty: 'school',
  lead_counsellor: 'school',
};

const atSchool: readonly Step[] = [
  'counsellor_on_duty',
  'lead_counsellor',
  'counsellor',
  'red_duty',
  'school_leader',
];
const onRed: readonly Step[] = [
  'red_duty',
  'counsellor_on_duty',
  'lead_counsellor',
  'counsellor',
  'school_leader',
];
const onClusters: readonly Step[] = [
  'lead_counsellor',
  'counsellor_on_duty',
  'counsellor',
  'school_leader',
];

const counsellors: readonly Step[] = ['counsellor_on_duty', 'lead_counsellor', 'counsellor'];

export interface HolderQuestion {
  readonly schoolId: number;
  readonly key: FirstAsked;
  /** About school staff: nobody but counsellors may learn of it. */
  readonly counsellorOnly: boolean;
  /** Nobody with a conflict of interest in one of them is asked. */
  readonly pupilIds: readonly string[];
  /** Null for what is about more than a class, or a grade. */
  readonly classId: number | null;
  readonly gradeId: number | null;
  /** Domain time: the duty roster is asked who is on duty then. */
  readonly at: Date;
}

/** Where an alert begins and whose it is; without a holder when the whole roster is empty: then the alert says "needs review". */
export async function findStanding(
  trx: RosterTransaction,
  question: HolderQuestion,
): Promise<Standing> {
  return firstStanding(firstTier[question.key], await listLadder(trx, question));
}

/** Whether a person is one of those who may hold such an alert: it can stay with them when they lose one of several roles. */
export async function mayHold(
  trx: RosterTransaction,
  question: HolderQuestion,
  personId: string,
): Promise<boolean> {
  const ladder = await listLadder(trx, question);
  return Object.values(ladder).some((people) => people.includes(personId));
}

/** Everybody who may hold such an alert now, in the order in which they are asked. Nobody with a conflict of interest is ever in it. */
export async function listLadder(
  trx: RosterTransaction,
  question: HolderQuestion,
): Promise<Ladder> {
  const named = new Map<Step, string[]>();
  for (const { step, person_id } of [
    ...(await listOnDuty(trx, question)),
    ...(await listGranted(trx, question)),
  ])
    named.set(step, [...(named.get(step) ?? []), person_id]);
  const people = (steps: readonly Step[]): string[] => [
    ...new Set(steps.flatMap((step) => named.get(step) ?? [])),
  ];
  const school = ladderOf(question);
  if (question.counsellorOnly || question.key === 'lead_counsellor')
    return { class: [], grade: [], school: people(school) };
  return {
    class: people(['homeroom_teacher']),
    grade: people(['grade_head']),
    school: people(school),
  };
}

function ladderOf({ key, counsellorOnly }: HolderQuestion): readonly Step[] {
  if (key === 'lead_counsellor')
    return counsellorOnly ? onClusters.filter((step) => counsellors.includes(step)) : onClusters;
  if (counsellorOnly) return counsellors;
  return key === 'red_duty' ? onRed : atSchool;
}

/** Nor whoever cannot sign in, or is absent: their alert would wait for nobody. */
const isThere = ({
  at,
}: HolderQuestion) => sql<boolean>`(person_id <> all ((select sec.unable_to_sign_in())::uuid[])
  and person_id <> all ((select sec.absent_people(${at}::timestamptz))::uuid[]))`;

const excludedFrom = (trx: RosterTransaction, { schoolId, pupilIds }: HolderQuestion) =>
  trx
    .selectFrom('exclusions')
    .select('person_id')
    .where('school_id', '=', schoolId)
    .where(sql<boolean>`pupil_id = any (${pupilIds}::uuid[])`)
    .where(isRunning);

const stepOfDuty: Record<string, Step> = { red: 'red_duty', counsellor: 'counsellor_on_duty' };

async function listOnDuty(trx: RosterTransaction, question: HolderQuestion) {
  const rows = await trx
    .selectFrom('duty_slots')
    .select(['duty', 'person_id'])
    .where('school_id', '=', question.schoolId)
    .where('starts_at', '<=', question.at)
    .where((eb) => eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', question.at)]))
    .where('person_id', 'not in', excludedFrom(trx, question))
    .where(isThere(question))
    .orderBy('position')
    .orderBy('starts_at')
    .execute();
  return rows.flatMap(({ duty, person_id }) => {
    const step = stepOfDuty[duty];
    return step ? [{ step, person_id }] : [];
  });
}

const holders: readonly Role[] = [
  'homeroom_teacher',
  'grade_head',
  'counsellor',
  'lead_counsellor',
  'school_leader',
];

async function listGranted(trx: RosterTransaction, question: HolderQuestion) {
  const rows = await trx
    .selectFrom('grants')
    .select(['role', 'person_id'])
    .where('school_id', '=', question.schoolId)
    .where('role', 'in', [...holders])
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
    .where(isThere(question))
    .orderBy('starts_at')
    .orderBy('id')
    .execute();
  return rows.map(({ role, person_id }) => ({ step: role as Role, person_id }));
}
