import type { AlertStatus, ClusterSubject, Colour } from '@shaodian/rules';
import { whyText } from '../access/why.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { readClusterRights } from './cluster-rights.reads.ts';

type ReadDeps = Pick<Deps, 'db' | 'now'>;

const clustersWithNames = (trx: ActorTransaction, actor: Actor) =>
  trx
    .selectFrom('cluster_alerts as k')
    .leftJoin('classes as c', (on) =>
      on.onRef('c.school_id', '=', 'k.school_id').onRef('c.id', '=', 'k.class_id'),
    )
    .leftJoin('grades as g', (on) =>
      on.onRef('g.school_id', '=', 'k.school_id').onRef('g.id', '=', 'k.grade_id'),
    )
    .leftJoin('staff as h', (on) =>
      on.onRef('h.school_id', '=', 'k.school_id').onRef('h.id', '=', 'k.holder_id'),
    )
    .leftJoin('staff as a', (on) =>
      on.onRef('a.school_id', '=', 'k.school_id').onRef('a.id', '=', 'k.acknowledged_by'),
    )
    .leftJoin('staff as m', (on) =>
      on.onRef('m.school_id', '=', 'k.school_id').onRef('m.id', '=', 'k.met_by'),
    )
    .where('k.school_id', '=', actor.schoolId)
    .selectAll('k')
    .select([
      'c.name as class_name',
      'g.name as grade_name',
      'h.name as holder_name',
      'a.name as acknowledged_name',
      'm.name as met_name',
    ]);

type Row = Awaited<ReturnType<ReturnType<typeof clustersWithNames>['execute']>>[number];

const namedOf = (id: number | null, name: string | null) =>
  id === null ? null : { id, name: name ?? '—' };

function rowOf(row: Row, actor: Actor, now: Date, counts: boolean) {
  const unanswered = row.status === 'open' && row.ack_due_at < now;
  return {
    id: row.id,
    colour: row.colour as Colour,
    subject: row.subject as ClusterSubject,
    class: namedOf(row.class_id, row.class_name),
    grade: namedOf(row.grade_id, row.grade_name),
    status: row.status as AlertStatus,
    pupilCount: counts ? row.pupil_count : null,
    seenFrom: row.seen_from,
    seenTo: row.seen_to,
    counsellorOnly: row.counsellor_only,
    raisedAt: row.raised_at.toISOString(),
    holder: row.holder_id
      ? { name: row.holder_name ?? '—', me: row.holder_id === actor.personId }
      : null,
    ackDueAt: row.ack_due_at.toISOString(),
    acknowledgedAt: row.acknowledged_at?.toISOString() ?? null,
    meetingDueAt: row.meeting_due_at.toISOString(),
    metAt: row.met_at?.toISOString() ?? null,
    overdue: unanswered || (row.met_at === null && row.meeting_due_at < now),
  };
}

/** The clusters the reader may see and nobody has closed, the meeting due first at the top. */
export function listClusters(deps: ReadDeps, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    const rows = await clustersWithNames(trx, actor)
      .where('k.status', '<>', 'closed')
      .orderBy('k.meeting_due_at')
      .orderBy('k.id')
      .limit(200)
      .execute();
    const rights = await readClusterRights(trx, actor);
    return {
      items: rows.map((row) => rowOf(row, actor, deps.now(), rights.counts(row.holder_id))),
    };
  });
}

/** One cluster: where, how many, until when; and for counsellors, who. @throws Refusal resource.not-found */
export function readCluster(deps: ReadDeps, actor: Actor, clusterId: string) {
  return deps.db.asActor(actor, async (trx) => {
    const row = await clustersWithNames(trx, actor)
      .where('k.id', '=', clusterId)
      .executeTakeFirst();
    if (!row) return refuse('resource.not-found');
    const rights = await readClusterRights(trx, actor);
    const why = rights.whySees(row.holder_id);
    const pupils = await listMembers(trx, actor, clusterId);
    recordAct(trx, {
      action: 'cluster.read',
      pupils: pupils.map(({ id }) => id),
      resource: `cluster:${clusterId}`,
      why: why ? whyText(why) : '',
    });
    return {
      ...rowOf(row, actor, deps.now(), rights.counts(row.holder_id)),
      acknowledgedBy: row.acknowledged_name,
      metBy: row.met_name,
      canAct: rights.whyActs(row.holder_id) !== null,
      pupils: pupils.length > 0 ? pupils : null,
    };
  });
}

/** Row security gives them to counsellors alone. */
async function listMembers(trx: ActorTransaction, actor: Actor, clusterId: string) {
  const rows = await trx
    .selectFrom('cluster_members as m')
    .innerJoin('pupils as p', (on) =>
      on.onRef('p.school_id', '=', 'm.school_id').onRef('p.id', '=', 'm.pupil_id'),
    )
    .innerJoin('classes as c', (on) =>
      on.onRef('c.school_id', '=', 'p.school_id').onRef('c.id', '=', 'p.class_id'),
    )
    .select(['p.id', 'p.name', 'c.name as class_name'])
    .where('m.school_id', '=', actor.schoolId)
    .where('m.cluster_id', '=', clusterId)
    .orderBy('m.joined_at')
    .orderBy('p.name')
    .execute();
  return rows.map((one) => ({ id: one.id, name: one.name, className: one.class_name }));
}
