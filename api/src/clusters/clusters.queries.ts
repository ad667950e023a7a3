import { sql } from 'kysely';
import { defaultPolicy } from '@shaodian/rules';
import type { Cluster, Standing } from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';

interface StoredCluster {
  readonly schoolId: number;
  readonly id: string;
  readonly cluster: Cluster;
  readonly clocks: { readonly ackDueAt: string; readonly meetingDueAt: string };
  readonly at: Date;
}

/** Inside `asEvaluation`. */
export async function insertCluster(
  trx: ActorTransaction,
  { standing, place, ...stored }: StoredCluster & { standing: Standing; place: ClusterPlace },
): Promise<void> {
  const { schoolId, id, cluster, clocks, at } = stored;
  await trx
    .insertInto('cluster_alerts')
    .values({
      school_id: schoolId,
      id,
      class_id: place.classId,
      grade_id: place.gradeId,
      subject: cluster.subject,
      colour: defaultPolicy.clusters.colour,
      status: 'open',
      counsellor_only: cluster.counsellorOnly,
      pupil_count: cluster.pupilIds.length,
      seen_from: cluster.from,
      seen_to: cluster.to,
      holder_id: standing.holder,
      rung: standing.rung,
      asked: [...standing.asked],
      first_raised_at: at,
      raised_at: at,
      ack_due_at: clocks.ackDueAt,
      meeting_due_at: clocks.meetingDueAt,
    })
    .execute();
  await insertMembers(trx, stored, cluster.pupilIds);
}

/**
 * More of the same in the cluster that is open. Only another pupil, or another time, asks for anything again, and only of whoever had answered: a deadline that
 * nobody has met yet never moves. Inside `asEvaluation`, with the cluster locked.
 * @returns whether somebody must be told
 */
export async function attachToCluster(
  trx: ActorTransaction,
  {
    change,
    ...stored
  }: StoredCluster & {
    readonly change: { readonly newPupils: readonly string[]; readonly isNews: boolean };
  },
): Promise<boolean> {
  const { schoolId, id, cluster, clocks, at } = stored;
  const ofCluster = trx
    .selectFrom('cluster_alerts')
    .select(['status', 'met_at'])
    .where('school_id', '=', schoolId)
    .where('id', '=', id);
  const { status, met_at } = await ofCluster.executeTakeFirstOrThrow();
  const asksAgain = change.isNews && status === 'acknowledged';
  const meetsAgain = change.isNews && met_at !== null;
  await insertMembers(trx, stored, change.newPupils);
  await trx
    .updateTable('cluster_alerts')
    .set({
      pupil_count: sql<number>`pupil_count + ${change.newPupils.length}`,
      seen_from: sql<string>`least(seen_from, ${cluster.from}::date)`,
      seen_to: sql<string>`greatest(seen_to, ${cluster.to}::date)`,
      version: sql<number>`version + 1`,
      ...(asksAgain && {
        status: 'open',
        raised_at: at,
        ack_due_at: clocks.ackDueAt,
        acknowledged_at: null,
        acknowledged_by: null,
      }),
      ...(meetsAgain && { meeting_due_at: clocks.meetingDueAt, met_at: null, met_by: null }),
    })
    .where('school_id', '=', schoolId)
    .where('id', '=', id)
    .execute();
  return asksAgain || meetsAgain;
}

async function insertMembers(
  trx: ActorTransaction,
  { schoolId, id, at }: StoredCluster,
  pupils: readonly string[],
): Promise<void> {
  if (pupils.length === 0) return;
  await trx
    .insertInto('cluster_members')
    .values(
      pupils.map((pupil) => ({
        school_id: schoolId,
        cluster_id: id,
        pupil_id: pupil,
        joined_at: at,
      })),
    )
    .execute();
}

/** Null for what is about more than a class, or a grade. */
interface ClusterPlace {
  readonly classId: number | null;
  readonly gradeId: number | null;
}

export async function placeOf(
  trx: ActorTransaction,
  schoolId: number,
  { subject, subjectId }: Cluster,
): Promise<ClusterPlace> {
  if (subject !== 'class') return { classId: null, gradeId: subjectId };
  const { grade_id } = await trx
    .selectFrom('classes')
    .select('grade_id')
    .where('school_id', '=', schoolId)
    .where('id', '=', subjectId)
    .executeTakeFirstOrThrow();
  return { classId: subjectId, gradeId: grade_id };
}
