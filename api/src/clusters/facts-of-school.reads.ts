import { sql } from 'kysely';
import type {
  AboutWhom,
  ClusterSubject,
  IndicatorCode,
  KnownCluster,
  PupilFact,
} from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';

interface FactRow {
  readonly pupil_id: string;
  readonly class_id: number;
  readonly grade_id: number;
  readonly observation_id: string;
  readonly indicators: string[];
  readonly conditions_met: string[];
  readonly about_whom: string | null;
  readonly observed_on: string;
  readonly received_at: Date;
}

/** Every sign of these codes, of every pupil of the school. Inside `asEvaluation` only: for everybody else there is none. */
export async function listPupilFactsOfSchool(
  trx: ActorTransaction,
  codes: readonly IndicatorCode[],
): Promise<PupilFact[]> {
  const { rows } = await sql<FactRow>`select * from sec.cluster_facts(${[...codes]})`.execute(trx);
  const counts = (code: string): code is IndicatorCode => codes.some((one) => one === code);
  return rows.flatMap((row) =>
    row.indicators.filter(counts).map((code) => ({
      pupilId: row.pupil_id,
      classId: row.class_id,
      gradeId: row.grade_id,
      observationId: row.observation_id,
      code,
      aboutWhom: row.about_whom as AboutWhom | null,
      observedOn: row.observed_on,
      receivedAt: row.received_at.toISOString(),
      conditionMet: row.conditions_met.includes(code),
      // Who reported, and how they knew, makes no difference among pupils, and is not read.
      ...{ sourceKind: 'peer', reporter: '', knownBy: 'seen', judgedBefore: false },
    })),
  ) as PupilFact[];
}

/** Every cluster of the school, with its pupils. Inside `asEvaluation`; those that are open are locked. */
export async function listKnownClusters(
  trx: ActorTransaction,
  schoolId: number,
): Promise<KnownCluster[]> {
  const clusters = await trx
    .selectFrom('cluster_alerts')
    .select([
      'id',
      'subject',
      'class_id',
      'grade_id',
      'counsellor_only',
      'status',
      'seen_from',
      'seen_to',
    ])
    .where('school_id', '=', schoolId)
    .orderBy('id')
    .forUpdate()
    .execute();
  const members = await trx
    .selectFrom('cluster_members')
    .select(['cluster_id', 'pupil_id'])
    .where('school_id', '=', schoolId)
    .execute();
  return clusters.map((row) => ({
    id: row.id,
    subject: row.subject as ClusterSubject,
    subjectId: row.subject === 'class' ? row.class_id : row.grade_id,
    counsellorOnly: row.counsellor_only,
    closed: row.status === 'closed',
    pupilIds: members.flatMap((one) => (one.cluster_id === row.id ? [one.pupil_id] : [])),
    from: row.seen_from,
    to: row.seen_to,
  }));
}
