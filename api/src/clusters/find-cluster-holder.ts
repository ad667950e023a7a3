import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { Ladder, Role } from '@shaodian/rules';
import type { DB } from '../db/types.generated.ts';
import { isRunning } from '../db/running.ts';

type Step =
  'counsellor_on_duty' | Extract<Role, 'counsellor' | 'lead_counsellor' | 'school_leader'>;

const everybody: readonly Step[] = [
  'lead_counsellor',
  'counsellor_on_duty',
  'counsellor',
  'school_leader',
];

interface ClusterQuestion {
  readonly schoolId: number;
  /** About school staff: nobody but counsellors may learn of it. */
  readonly counsellorOnly: boolean;
  readonly pupilIds: readonly string[];
  /** Domain time: the duty roster is asked who is on duty then. */
  readonly at: Date;
}

/**
 * Everybody who may hold a cluster now, in the order in which they are asked: the lead counsellor first. Never somebody who is kept away from
 * one of its pupils, is absent, or cannot sign in. In an evaluation, or as the worker.
 */
export async function listClusterLadder(
  trx: Kysely<DB>,
  question: ClusterQuestion,
): Promise<Ladder> {
  const steps = question.counsellorOnly
    ? everybody.filter((step) => step !== 'school_leader')
    : everybody;
  const named = [...(await listOnDuty(trx, question)), ...(await listGranted(trx, question))];
  const people = steps.flatMap((step) =>
    named.flatMap((one) => (one.step === step ? [one.person_id] : [])),
  );
  return { class: [], grade: [], school: [...new Set(people)] };
}

const isThere = ({ at }: ClusterQuestion) =>
  sql<boolean>`(person_id <> all ((select sec.unable_to_sign_in())::uuid[])
  and person_id <> all ((select sec.absent_people(${at}::timestamptz))::uuid[]))`;

const keptAway = (trx: Kysely<DB>, { schoolId, pupilIds }: ClusterQuestion) =>
  trx
    .selectFrom('exclusions')
    .select('person_id')
    .where('school_id', '=', schoolId)
    .where('pupil_id', 'in', [...pupilIds])
    .where(isRunning);

async function listOnDuty(trx: Kysely<DB>, question: ClusterQuestion) {
  const rows = await trx
    .selectFrom('duty_slots')
    .select('person_id')
    .where('school_id', '=', question.schoolId)
    .where('duty', '=', 'counsellor')
    .where('starts_at', '<=', question.at)
    .where((eb) => eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', question.at)]))
    .where('person_id', 'not in', keptAway(trx, question))
    .where(isThere(question))
    .orderBy('position')
    .orderBy('starts_at')
    .execute();
  return rows.map(({ person_id }) => ({ step: 'counsellor_on_duty' as Step, person_id }));
}

async function listGranted(trx: Kysely<DB>, question: ClusterQuestion) {
  const rows = await trx
    .selectFrom('grants')
    .select(['role', 'person_id'])
    .where('school_id', '=', question.schoolId)
    .where('role', 'in', ['lead_counsellor', 'counsellor', 'school_leader'])
    .where('starts_at', '<=', sql<Date>`statement_timestamp()`)
    .where(isRunning)
    .where('person_id', 'not in', keptAway(trx, question))
    .where(isThere(question))
    .orderBy('starts_at')
    .orderBy('id')
    .execute();
  return rows.map(({ role, person_id }) => ({ step: role as Step, person_id }));
}
