import { sql } from 'kysely';
import { defaultPolicy } from '@shaodian/rules';
import type { ClockKey, Role } from '@shaodian/rules';
import { isRunning } from '../db/running.ts';
import type { WorkerTransaction } from '../db/worker-database.ts';
import type { OutboxItem } from './outbox.queries.ts';
import type { NoticeKind } from './notices.schemas.ts';

class AlertMissingError extends Error {
  override name = 'AlertMissingError';
}
class ClusterMissingError extends Error {
  override name = 'ClusterMissingError';
}
class BreakGlassMissingError extends Error {
  override name = 'BreakGlassMissingError';
}

/** Who is told, and as what. Nobody is told twice of one thing. */
export type Recipients = ReadonlyMap<string, NoticeKind>;

/**
 * Reads who holds the alert now, who is informed, and who looks at what could not be judged. Right after `actForSchool`.
 * @returns null where nobody has to be told any more
 */
export function listRecipients(
  trx: WorkerTransaction,
  item: OutboxItem,
): Promise<Recipients | null> {
  switch (item.topic) {
    case 'cluster.raised':
    case 'cluster.climbed':
      return listClusterRecipients(trx, item);
    case 'break_glass.opened':
      return listOverseers(trx, item);
    case 'second_factor.reset':
      return listWitnessesOfReset(trx, item);
    case 'exclusion.counsellor':
      return listWitnessesOfExclusion(trx, item);
    case 'alert.proposed':
      return listDeciders(trx, item);
    case 'drill.called':
      return listCalled(trx, item);
    case 'grant.proposed':
      return listApprovers(trx, item);
    case 'grant.decided':
      return listProposers(trx, item);
    default:
      return listAlertRecipients(trx, item);
  }
}

/** Whoever must answer; and when it is raised, the counsellors besides: they work with the pupils. Never somebody kept away from one of them. */
async function listClusterRecipients(
  trx: WorkerTransaction,
  item: OutboxItem,
): Promise<Recipients | null> {
  const cluster = await trx
    .selectFrom('cluster_alerts')
    .select(['holder_id', 'counsellor_only'])
    .where('school_id', '=', item.schoolId)
    .where('id', '=', item.subjectId)
    .executeTakeFirst();
  if (!cluster) throw new ClusterMissingError('there is nothing to tell about');
  const nobodyHolds = cluster.holder_id === null && !cluster.counsellor_only;
  const roles: Role[] = nobodyHolds ? [...counsellors, 'school_leader'] : [...counsellors];
  const people = [
    ...(item.topic === 'cluster.raised' || nobodyHolds
      ? await listGranted(trx, item.schoolId, roles)
      : []),
    ...(cluster.holder_id ? [cluster.holder_id] : []),
  ];
  const told = new Map(people.map((person) => [person, 'cluster_raised'] as const));
  const members = await trx
    .selectFrom('cluster_members')
    .select('pupil_id')
    .where('school_id', '=', item.schoolId)
    .where('cluster_id', '=', item.subjectId)
    .execute();
  const pupils = members.map(({ pupil_id }) => pupil_id);
  for (const person of await listExcluded(trx, item.schoolId, pupils)) told.delete(person);
  return told;
}

async function listOverseers(trx: WorkerTransaction, item: OutboxItem): Promise<Recipients> {
  const glass = await trx
    .selectFrom('break_glass')
    .select('pupil_id')
    .where('school_id', '=', item.schoolId)
    .where('id', '=', item.subjectId)
    .executeTakeFirst();
  if (!glass) throw new BreakGlassMissingError('there is nothing to tell about');
  const people = await listGranted(trx, item.schoolId, [
    'lead_counsellor',
    'data_protection_officer',
  ]);
  const told = new Map(people.map((person) => [person, 'break_glass_opened'] as const));
  for (const person of await listExcluded(trx, item.schoolId, [glass.pupil_id]))
    told.delete(person);
  return told;
}

/** Who may be the second person (`isSecond`): qualified, not who proposed it, and who holds the alert only for the guardian lock. */
async function listDeciders(trx: WorkerTransaction, item: OutboxItem): Promise<Recipients | null> {
  const row = await trx
    .selectFrom('alert_proposals as p')
    .innerJoin('alerts as a', (on) =>
      on.onRef('a.school_id', '=', 'p.school_id').onRef('a.id', '=', 'p.alert_id'),
    )
    .select([
      'p.act',
      'p.proposed_by',
      'a.pupil_id',
      'a.holder_id',
      'a.counsellor_only',
      'a.leader_listed',
    ])
    .where('p.school_id', '=', item.schoolId)
    .where('p.alert_id', '=', item.subjectId)
    .where('p.state', '=', 'open')
    .executeTakeFirst();
  if (!row) return null;
  const leaders = row.leader_listed && !row.counsellor_only ? (['school_leader'] as const) : [];
  const people = await listGranted(trx, item.schoolId, [...counsellors, ...leaders]);
  const away = await listExcluded(trx, item.schoolId, [row.pupil_id]);
  const mayHold = row.act === 'clear_guardian';
  const told = people.filter(
    (person) =>
      person !== row.proposed_by && (mayHold || person !== row.holder_id) && !away.includes(person),
  );
  return new Map(told.map((person) => [person, 'alert_to_decide']));
}

/** Whoever is asked in a drill, at this call; a contact outside has no account. */
async function listCalled(trx: WorkerTransaction, item: OutboxItem): Promise<Recipients | null> {
  const { person_id } = await trx
    .selectFrom('drill_calls')
    .select('person_id')
    .where('school_id', '=', item.schoolId)
    .where('id', '=', item.subjectId)
    .executeTakeFirstOrThrow();
  return person_id === null ? null : new Map([[person_id, 'drill_to_answer'] as const]);
}

// The person first of all: whoever did not ask for it must learn of it.
async function listWitnessesOfReset(trx: WorkerTransaction, item: OutboxItem): Promise<Recipients> {
  const leaders = await listGranted(trx, item.schoolId, ['lead_counsellor', 'school_leader']);
  return new Map([
    ...leaders.map((person) => [person, 'factor_reset'] as const),
    [item.subjectId, 'own_factor_reset'] as const,
  ]);
}

/** Those who look after what is right, but for the one who decided it and the one who may know nothing of the pupil. */
async function listWitnessesOfExclusion(
  trx: WorkerTransaction,
  item: OutboxItem,
): Promise<Recipients | null> {
  const exclusion = await trx
    .selectFrom('exclusions')
    .select(['person_id', 'decided_by'])
    .where('school_id', '=', item.schoolId)
    .where('id', '=', item.subjectId)
    .executeTakeFirst();
  if (!exclusion) return null;
  const witnesses = await listGranted(trx, item.schoolId, [
    'data_protection_officer',
    'lead_counsellor',
  ]);
  return new Map(
    witnesses
      .filter((person) => person !== exclusion.person_id && person !== exclusion.decided_by)
      .map((person) => [person, 'counsellor_kept_away']),
  );
}

const listProposed = (trx: WorkerTransaction, item: OutboxItem) =>
  trx
    .selectFrom('grant_proposals')
    .select(['seat', 'person_id', 'proposed_by', 'decision'])
    .where('school_id', '=', item.schoolId)
    .where('batch_id', '=', item.subjectId)
    .execute();

/** Who can say yes to what was proposed and still waits: never whoever proposed it or gets it. */
async function listApprovers(trx: WorkerTransaction, item: OutboxItem): Promise<Recipients | null> {
  const waiting = (await listProposed(trx, item)).filter((row) => row.decision === null);
  if (waiting.length === 0) return null;
  const { rows } = await sql<{
    leaders: string[];
  }>`select sec.approving_leaders() as leaders`.execute(trx);
  const leaders = rows[0]?.leaders ?? [];
  const leads = await listGranted(trx, item.schoolId, ['lead_counsellor']);
  const told = new Set<string>();
  for (const row of waiting) {
    const isFree = (person: string) => person !== row.person_id && person !== row.proposed_by;
    const deciding = row.seat === null && leaders.some(isFree) ? leaders : leads;
    for (const person of deciding.filter(isFree)) told.add(person);
  }
  return new Map([...told].map((person) => [person, 'grant_to_decide']));
}

async function listProposers(trx: WorkerTransaction, item: OutboxItem): Promise<Recipients> {
  const rows = await listProposed(trx, item);
  return new Map(rows.map((row) => [row.proposed_by, 'grant_decided']));
}

const counsellors: readonly Role[] = ['counsellor', 'lead_counsellor'];

async function listAlertRecipients(
  trx: WorkerTransaction,
  item: OutboxItem,
): Promise<Recipients | null> {
  const alert = await trx
    .selectFrom('alerts')
    .select([
      'pupil_id',
      'class_id',
      'grade_id',
      'holder_id',
      'ack_clock',
      'counsellor_only',
      'leader_listed',
      'status',
    ])
    .where('school_id', '=', item.schoolId)
    .where('id', '=', item.subjectId)
    .executeTakeFirst();
  if (!alert) throw new AlertMissingError('there is nothing to tell about');
  // Inside, whoever must know of it was told with the miss that sent it outside; who acknowledged is seen live.
  if (item.topic === 'alert.outside' || item.topic === 'alert.acknowledged') return null;
  const place = { classId: alert.class_id, gradeId: alert.grade_id };
  // About school staff: nobody but counsellors may learn of it, whoever else would be informed.
  const mayKnow = (role: Role) =>
    counsellors.includes(role) ||
    (!alert.counsellor_only && (role !== 'school_leader' || alert.leader_listed));
  const tell = async (roles: readonly Role[], kind: NoticeKind) =>
    (await listGranted(trx, item.schoolId, roles.filter(mayKnow), place)).map(
      (person) => [person, kind] as const,
    );
  // Somebody else answered, and the holder changed since: who holds it now must know, and has nothing to confirm.
  const holderIsTold =
    item.topic === 'alert.step_overdue'
      ? 'alert_step_overdue'
      : alert.status === 'open'
        ? 'alert_to_acknowledge'
        : 'alert_to_know';
  // The later entry wins: whoever must act is told that, not that they are informed.
  const told = new Map([
    ...(item.topic === 'alert.step_overdue' ? await listReporting(trx, item) : []),
    ...(item.topic === 'alert.clock_started' || item.topic === 'alert.needs_review'
      ? await tell(informedBy(alert.ack_clock as ClockKey), 'alert_to_know')
      : []),
    ...(item.topic === 'alert.needs_review'
      ? await tell([...counsellors, 'school_leader'], 'alert_to_review')
      : []),
    ...(alert.holder_id ? [[alert.holder_id, holderIsTold] as const] : []),
  ]);
  // Deny wins: whoever is kept away from the pupil learns nothing, whatever their role.
  for (const person of await listExcluded(trx, item.schoolId, [alert.pupil_id]))
    told.delete(person);
  return told;
}

/** Who must make the mandatory report, which climbs by itself. */
async function listReporting(
  trx: WorkerTransaction,
  item: OutboxItem,
): Promise<(readonly [string, NoticeKind])[]> {
  const rows = await trx
    .selectFrom('alert_clocks')
    .select('holder_id')
    .where('school_id', '=', item.schoolId)
    .where('alert_id', '=', item.subjectId)
    .where('kind', '=', 'mandatory_report')
    .where('state', '=', 'running')
    .execute();
  return rows.flatMap(({ holder_id }) =>
    holder_id ? [[holder_id, 'alert_step_overdue'] as const] : [],
  );
}

// A lead counsellor is a counsellor. Mentors cannot see an alert yet, so nobody sends them to one.
const informedBy = (clock: ClockKey): Role[] =>
  defaultPolicy.informed[clock]
    .flatMap((role) => (role === 'counsellor' ? counsellors : [role]))
    .filter((role) => role !== 'mentor');

async function listExcluded(
  trx: WorkerTransaction,
  schoolId: number,
  pupilIds: readonly string[],
): Promise<string[]> {
  if (pupilIds.length === 0) return [];
  const rows = await trx
    .selectFrom('exclusions')
    .select('person_id')
    .distinct()
    .where('school_id', '=', schoolId)
    .where('pupil_id', 'in', [...pupilIds])
    .where(isRunning)
    .execute();
  return rows.map((row) => row.person_id);
}

interface Place {
  readonly classId: number;
  readonly gradeId: number;
}

/** People who hold one of the roles now, for the whole school or for the place. */
async function listGranted(
  trx: WorkerTransaction,
  schoolId: number,
  roles: readonly Role[],
  place?: Place,
): Promise<string[]> {
  if (roles.length === 0) return [];
  const rows = await trx
    .selectFrom('grants')
    .select('person_id')
    .distinct()
    .where('school_id', '=', schoolId)
    .where('role', 'in', [...roles])
    .where('starts_at', '<=', sql<Date>`statement_timestamp()`)
    .where(isRunning)
    .where((eb) =>
      eb.or([
        eb('scope', '=', 'school'),
        ...(place ? [eb('grade_id', '=', place.gradeId), eb('class_id', '=', place.classId)] : []),
      ]),
    )
    .execute();
  return rows.map((row) => row.person_id);
}
