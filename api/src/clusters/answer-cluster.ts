import { sql } from 'kysely';
import { whyText } from '../access/why.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { readClusterRights } from './cluster-rights.reads.ts';

type AnswerDeps = Pick<Deps, 'db' | 'now'>;

/**
 * Whoever acknowledges holds it from then on: it is theirs to call the meeting.
 * @throws Refusal resource.not-found, cluster.not-on-duty, cluster.already-acknowledged
 */
export function acknowledgeCluster(
  deps: AnswerDeps,
  actor: Actor,
  clusterId: string,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const { why, status } = await lockCluster(trx, actor, clusterId);
    if (status !== 'open') refuse('cluster.already-acknowledged');
    await trx
      .updateTable('cluster_alerts')
      .set({
        status: 'acknowledged',
        acknowledged_at: deps.now(),
        acknowledged_by: actor.personId,
        holder_id: actor.personId,
        rung: 'school',
        asked: [actor.personId],
        version: sql<number>`version + 1`,
      })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', clusterId)
      .execute();
    const resource = `cluster:${clusterId}`;
    recordAct(trx, { action: 'cluster.acknowledged', resource, why });
    return { id: clusterId };
  });
}

/**
 * Those who work with the pupils have met. What was said there has its place with each pupil, and none here.
 * @throws Refusal resource.not-found, cluster.not-on-duty, cluster.already-met
 */
export function recordMeeting(
  deps: AnswerDeps,
  actor: Actor,
  clusterId: string,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const { why, isMet } = await lockCluster(trx, actor, clusterId);
    if (isMet) refuse('cluster.already-met');
    await trx
      .updateTable('cluster_alerts')
      .set({ met_at: deps.now(), met_by: actor.personId, version: sql<number>`version + 1` })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', clusterId)
      .execute();
    const resource = `cluster:${clusterId}`;
    recordAct(trx, { action: 'cluster.met', resource, why });
    return { id: clusterId };
  });
}

/** FOR UPDATE shows only rows the person may also change, so "may see, may not act" is told apart first. */
async function lockCluster(trx: ActorTransaction, actor: Actor, clusterId: string) {
  const ofCluster = trx
    .selectFrom('cluster_alerts')
    .select(['status', 'met_at', 'holder_id'])
    .where('school_id', '=', actor.schoolId)
    .where('id', '=', clusterId);
  const seen = (await ofCluster.executeTakeFirst()) ?? refuse('resource.not-found');
  const rights = await readClusterRights(trx, actor);
  const why = rights.whyActs(seen.holder_id) ?? refuse('cluster.not-on-duty');
  const locked = (await ofCluster.forUpdate().executeTakeFirst()) ?? refuse('cluster.not-on-duty');
  return { why: whyText(why), status: locked.status, isMet: locked.met_at !== null };
}
