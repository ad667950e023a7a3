import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { DrillInput } from './drills.schemas.ts';

type DrillDeps = Pick<Deps, 'db' | 'now' | 'newId'>;

/** What somebody may do with drills. */
export interface DrillRights {
  /** Starts and stops them. */
  readonly runs: boolean;
  readonly reads: boolean;
}

export async function readDrillRights(trx: ActorTransaction): Promise<DrillRights> {
  const { rows } =
    await sql<DrillRights>`select sec.has_role('lead_counsellor', 'school_leader') as runs,
    sec.has_role('lead_counsellor', 'school_leader', 'administrator') as reads`.execute(trx);
  return rows[0] ?? { runs: false, reads: false };
}

/**
 * Starts a drill; the worker asks the first one at once. One at a time.
 * @throws Refusal action.not-allowed, drill.running
 */
export function startDrill(deps: DrillDeps, actor: Actor, input: DrillInput, request: OnceRequest) {
  return once(deps.db, actor, request, async (trx) => {
    if (!(await readDrillRights(trx)).runs) refuse('action.not-allowed');
    const [id, at] = [deps.newId(), deps.now()];
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('drills')
      .values({
        school_id: actor.schoolId,
        id,
        started_by: actor.personId,
        started_at: at,
        every_minutes: input.everyMinutes,
        with_outside: input.withOutside,
        next_at: at,
      })
      .onConflict((conflict) =>
        conflict.column('school_id').where('next_at', 'is not', null).doNothing(),
      )
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== 1n) refuse('drill.running');
    recordAct(trx, { action: 'drill.started', resource: `drill:${id}` });
    return { id };
  });
}

/** Nobody more is asked, and what was not sent yet is not. @throws Refusal action.not-allowed, resource.not-found, drill.over */
export function stopDrill(deps: DrillDeps, actor: Actor, drillId: string, request: OnceRequest) {
  return once(deps.db, actor, request, async (trx) => {
    if (!(await readDrillRights(trx)).runs) refuse('action.not-allowed');
    const drill = await trx
      .selectFrom('drills')
      .select('next_at')
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', drillId)
      .forUpdate()
      .executeTakeFirst();
    if (!drill) return refuse('resource.not-found');
    if (drill.next_at === null) refuse('drill.over');
    await trx
      .updateTable('drills')
      .set({ next_at: null, stopped_at: deps.now(), stopped_by: actor.personId })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', drillId)
      .execute();
    recordAct(trx, { action: 'drill.stopped', resource: `drill:${drillId}` });
    return { id: drillId };
  });
}

/**
 * I am here: what an acknowledgement is to a real alert. Also when it is late, and once.
 * @throws Refusal resource.not-found for who was not asked
 */
export function answerDrill(deps: DrillDeps, actor: Actor, drillId: string, request: OnceRequest) {
  return once(deps.db, actor, request, async (trx) => {
    const at = deps.now();
    const { numUpdatedRows } = await trx
      .updateTable('drill_calls')
      .set({ answered_at: sql<Date>`coalesce(answered_at, ${at}::timestamptz)` })
      .where('school_id', '=', actor.schoolId)
      .where('drill_id', '=', drillId)
      .where('person_id', '=', actor.personId)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) refuse('resource.not-found');
    await sql`select sec.settle_drill_messages(${drillId})`.execute(trx);
    recordAct(trx, { action: 'drill.answered', resource: `drill:${drillId}` });
    return { id: drillId };
  });
}
