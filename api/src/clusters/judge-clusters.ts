import { sql } from 'kysely';
import {
  ackDueAt,
  clusterChange,
  clusterCodes,
  defaultPolicy,
  findClusters,
  meetingDueAt,
} from '@shaodian/rules';
import type { Cluster, IndicatorCode, PupilFact, SchoolCalendar } from '@shaodian/rules';
import { findStanding } from '../alerts/find-holder.ts';
import { asEvaluation } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Actor } from '../http/types.ts';
import { enqueue } from '../notifications/enqueue.ts';
import { readCalendar } from '../schools/calendar.reads.ts';
import { attachToCluster, insertCluster, placeOf } from './clusters.queries.ts';
import { listKnownClusters, listPupilFactsOfSchool } from './facts-of-school.reads.ts';

interface Reported {
  readonly id: string;
  readonly pupilId: string;
  readonly indicators: readonly IndicatorCode[];
}

type ClusterDeps = Pick<Deps, 'newId' | 'now' | 'log'>;

/**
 * Looks whether what was just reported makes several pupils of a class, a grade or the school a cluster, and raises or attaches. Runs last in
 * the reporter's transaction, when each pupil was judged: it holds a lock of the school, and whoever waits for it must hold nothing that
 * somebody with it still needs.
 */
export async function judgeClusters(
  deps: ClusterDeps,
  trx: ActorTransaction,
  actor: Actor,
  reported: readonly Reported[],
): Promise<void> {
  const codes = clusterCodes();
  const [first, ...others] = reported.filter(({ indicators }) =>
    indicators.some((code) => codes.includes(code)),
  );
  if (!first) return;
  // Two who report at the same time about two pupils would each see one of them.
  const lock = `clusters/${actor.schoolId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${lock}, 0))`.execute(trx);
  const calendar = await readCalendar(trx, actor.schoolId);
  const ids = [first, ...others].map(({ id }) => id);
  await asEvaluation(trx, first.pupilId, () => judge(deps, trx, actor.schoolId, ids, calendar));
}

async function judge(
  deps: ClusterDeps,
  trx: ActorTransaction,
  schoolId: number,
  newObservations: readonly string[],
  calendar: SchoolCalendar,
): Promise<void> {
  const at = deps.now();
  const facts = await listPupilFactsOfSchool(trx, clusterCodes());
  const known = await listKnownClusters(trx, schoolId);
  const found = findOrNull(deps, facts, { calendar, at, observation: newObservations[0] });
  if (found === null) return askForReview(deps, trx, schoolId, newObservations, at);
  const concerned = found.filter(({ observationIds }) =>
    observationIds.some((id) => newObservations.includes(id)),
  );
  for (const cluster of concerned) {
    const change = clusterChange(cluster, known);
    if (change.kind === 'none') continue;
    const clocks = {
      ackDueAt: ackDueAt(defaultPolicy.clusters.clock, at.toISOString(), calendar),
      meetingDueAt: meetingDueAt(at.toISOString(), calendar),
    };
    const id = change.kind === 'attach' ? change.id : deps.newId();
    const rings =
      change.kind === 'attach'
        ? await attachToCluster(trx, { schoolId, id, cluster, change, clocks, at })
        : await raise(trx, { schoolId, id, cluster, clocks, at });
    if (rings) await enqueue(deps, trx, { schoolId, topic: 'cluster.raised', subjectId: id, at });
  }
}

function findOrNull(
  deps: ClusterDeps,
  facts: readonly PupilFact[],
  asked: { calendar: SchoolCalendar; at: Date; observation: string | undefined },
): Cluster[] | null {
  try {
    return findClusters(facts, asked.at.toISOString(), asked.calendar);
  } catch (error) {
    deps.log.error(
      { observation: asked.observation, error: (error as Error).name },
      'the rules could not decide; a person must look',
    );
    return null;
  }
}

/** The report is kept, and whoever holds an alert that stands on it looks at the others too. */
async function askForReview(
  deps: ClusterDeps,
  trx: ActorTransaction,
  schoolId: number,
  observations: readonly string[],
  at: Date,
): Promise<void> {
  const alerts = await trx
    .updateTable('alerts')
    .set({ needs_review: sql<string>`coalesce(needs_review, 'evaluation-failed')` })
    .where('school_id', '=', schoolId)
    .where('status', '<>', 'closed')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('alert_evidence')
        .select('alert_id')
        .where('school_id', '=', schoolId)
        .where('observation_id', 'in', [...observations]),
    )
    .returning('id')
    .execute();
  for (const { id } of alerts)
    await enqueue(deps, trx, { schoolId, topic: 'alert.needs_review', subjectId: id, at });
}

interface Raised {
  readonly schoolId: number;
  readonly id: string;
  readonly cluster: Cluster;
  readonly clocks: { readonly ackDueAt: string; readonly meetingDueAt: string };
  readonly at: Date;
}

async function raise(trx: ActorTransaction, raised: Raised): Promise<true> {
  const { schoolId, cluster, at } = raised;
  const { counsellorOnly, pupilIds } = cluster;
  const place = await placeOf(trx, schoolId, cluster);
  const question = { schoolId, key: 'lead_counsellor', counsellorOnly, pupilIds, at } as const;
  const standing = await findStanding(trx, { ...question, ...place });
  await insertCluster(trx, { ...raised, place, standing });
  return true;
}
