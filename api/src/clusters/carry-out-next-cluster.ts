import { sql } from 'kysely';
import { climb, climbedDueAt, defaultPolicy } from '@shaodian/rules';
import type { Rung } from '@shaodian/rules';
import { listLadder } from '../alerts/find-holder.ts';
import type { ClockDeps } from '../clocks/carry-out-next.ts';
import { actForSchool, orTakeBack } from '../db/worker-database.ts';
import type { WorkerTransaction } from '../db/worker-database.ts';
import { faultOf } from '../log/fault.ts';
import { readCalendar } from '../schools/calendar.reads.ts';

/**
 * Carries out the clock of a cluster that ran out longest ago, its acknowledgement or its meeting: on to the next of the list, who is told. The
 * same transaction holds the cluster's row, so that a worker that dies has changed nothing.
 */
export function carryOutNextCluster(deps: ClockDeps): Promise<'carried' | 'idle'> {
  return deps.worker.transaction(async (trx) => {
    const at = deps.now();
    const { rows } = await sql<{
      school_id: number;
      cluster_id: string;
    }>`select * from sec.due_clusters(${at})`.execute(trx);
    for (const due of rows) {
      await actForSchool(trx, due.school_id);
      const missed = await findMissed(trx, due.school_id, due.cluster_id, at);
      if (!missed) continue;
      const fault = await orTakeBack(trx, () => carryOut(deps, trx, missed, at));
      if (!fault) return 'carried';
      deps.log.error(
        { cluster: due.cluster_id, ...faultOf(fault) },
        'a missed clock could not be carried out; a person must look',
      );
      await setBack(trx, missed, new Date(at.getTime() + 60_000));
      // Every counsellor, not the holder alone: nobody knows whether the holder is there.
      await tell(deps, trx, missed, 'cluster.raised', at);
      return 'carried';
    }
    return 'idle';
  });
}

type Missed = NonNullable<Awaited<ReturnType<typeof findMissed>>>;

/** Locks the cluster, and only then looks at its clocks. Undefined where somebody else holds it, or it was answered meanwhile. */
async function findMissed(
  trx: WorkerTransaction,
  schoolId: number,
  clusterId: string,
  until: Date,
) {
  const row = await trx
    .selectFrom('cluster_alerts')
    .select([
      'school_id',
      'id',
      'class_id',
      'grade_id',
      'status',
      'counsellor_only',
      'rung',
      'asked',
      'holder_id',
      'ack_due_at',
      'meeting_due_at',
      'met_at',
    ])
    .where('school_id', '=', schoolId)
    .where('id', '=', clusterId)
    .where('status', '<>', 'closed')
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (!row) return undefined;
  const acknowledgement = row.status === 'open' && row.ack_due_at <= until;
  const meeting = row.met_at === null && row.meeting_due_at <= until;
  return acknowledgement || meeting ? { ...row, acknowledgement, meeting } : undefined;
}

const updateMissed = (trx: WorkerTransaction, { school_id, id }: Missed) =>
  trx.updateTable('cluster_alerts').where('school_id', '=', school_id).where('id', '=', id);

async function carryOut(
  deps: ClockDeps,
  trx: WorkerTransaction,
  missed: Missed,
  at: Date,
): Promise<void> {
  const members = await trx
    .selectFrom('cluster_members')
    .select('pupil_id')
    .where('school_id', '=', missed.school_id)
    .where('cluster_id', '=', missed.id)
    .execute();
  const ladder = await listLadder(trx, {
    schoolId: missed.school_id,
    key: 'lead_counsellor',
    classId: missed.class_id,
    gradeId: missed.grade_id,
    counsellorOnly: missed.counsellor_only,
    pupilIds: members.map(({ pupil_id }) => pupil_id),
    at,
  });
  const standing = {
    rung: missed.rung as Rung,
    asked: missed.asked,
    holder: missed.holder_id,
  };
  const next = climb(standing, ladder);
  const calendar = await readCalendar(trx, missed.school_id);
  const dueAt = climbedDueAt(defaultPolicy.clusters.clock, next.rung, at.toISOString(), calendar);
  await updateMissed(trx, missed)
    .set({
      holder_id: next.holder,
      rung: next.rung,
      asked: [...next.asked],
      missed: sql<number>`missed + 1`,
      version: sql<number>`version + 1`,
      ...(missed.acknowledgement && { ack_due_at: dueAt }),
      ...(missed.meeting && { meeting_due_at: dueAt }),
    })
    .execute();
  await tell(deps, trx, missed, 'cluster.climbed', at);
}

/** Writes down that somebody must be told; who, is found on delivery. */
async function tell(
  deps: ClockDeps,
  trx: WorkerTransaction,
  missed: Missed,
  topic: 'cluster.climbed' | 'cluster.raised',
  at: Date,
): Promise<void> {
  await trx
    .insertInto('outbox')
    .values({ school_id: missed.school_id, id: deps.newId(), topic, subject_id: missed.id, at })
    .execute();
}

/** What could not be carried out is tried again then, and stands in nobody's way meanwhile. */
async function setBack(trx: WorkerTransaction, missed: Missed, until: Date): Promise<void> {
  await updateMissed(trx, missed)
    .set({
      ...(missed.acknowledgement && { ack_due_at: until }),
      ...(missed.meeting && { meeting_due_at: until }),
    })
    .execute();
}
