import { sql } from 'kysely';
import { climb } from '@shaodian/rules';
import type { Rung, Standing } from '@shaodian/rules';
import { listLadder } from '../alerts/find-holder.ts';
import { actForSchool, orTakeBack } from '../db/worker-database.ts';
import type { WorkerDatabase, WorkerTransaction } from '../db/worker-database.ts';
import { faultOf } from '../log/fault.ts';
import type { Log } from '../log/log.ts';

export interface DrillDeps {
  readonly worker: WorkerDatabase;
  /** Domain time. */
  readonly now: () => Date;
  readonly newId: () => string;
  readonly log: Log;
}

/**
 * Asks the next one of the drill that waits longest: whom a real red alert would reach now, by the same list and the same climb. One transaction that
 * holds the drill's row: a worker that dies has asked nobody, and two never ask the same one.
 */
export function callNext(deps: DrillDeps): Promise<'called' | 'idle'> {
  return deps.worker.transaction(async (trx) => {
    const at = deps.now();
    for (const due of await listDue(trx, at)) {
      await actForSchool(trx, due.schoolId);
      const drill = await lockDrill(trx, due, at);
      if (!drill) continue;
      const fault = await orTakeBack(trx, () => goOn(deps, trx, drill, at));
      if (fault) {
        deps.log.error(
          { drill: drill.id, ...faultOf(fault) },
          'a drill could not go on; it will be tried again',
        );
        await keep(trx, drill, { next_at: new Date(at.getTime() + 60_000) });
      }
      return 'called';
    }
    return 'idle';
  });
}

interface DueDrill {
  readonly schoolId: number;
  readonly drillId: string;
}

/** Of any school. Works before `actForSchool`: which school is not known yet. */
async function listDue(trx: WorkerTransaction, at: Date): Promise<DueDrill[]> {
  const { rows } = await sql<{
    school_id: number;
    drill_id: string;
  }>`select * from sec.due_drills(${at})`.execute(trx);
  return rows.map((row) => ({ schoolId: row.school_id, drillId: row.drill_id }));
}

const lockDrill = (trx: WorkerTransaction, { schoolId, drillId }: DueDrill, at: Date) =>
  trx
    .selectFrom('drills')
    .select(['school_id', 'id', 'every_minutes', 'with_outside', 'rung', 'asked'])
    .where('school_id', '=', schoolId)
    .where('id', '=', drillId)
    .where('next_at', '<=', at)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();

type Drill = NonNullable<Awaited<ReturnType<typeof lockDrill>>>;

async function goOn(
  deps: DrillDeps,
  trx: WorkerTransaction,
  drill: Drill,
  at: Date,
): Promise<void> {
  const standing: Standing = { rung: drill.rung as Rung, asked: drill.asked, holder: null };
  const ladder = await listLadder(trx, {
    schoolId: drill.school_id,
    key: 'red_duty',
    counsellorOnly: false,
    pupilIds: [],
    classId: null,
    gradeId: null,
    at,
  });
  const next = climb(standing, ladder);
  const outside =
    next.rung === 'outside' && standing.rung !== 'outside' && drill.with_outside
      ? await listOutside(trx, drill.school_id)
      : [];
  const calls = [
    ...(next.holder === null ? [] : [{ person_id: next.holder, outside_id: null }]),
    ...outside.map((id) => ({ person_id: null, outside_id: id })),
  ];
  for (const call of calls) await ask(deps, trx, drill, call, at);
  const isOver = calls.length === 0;
  await keep(trx, drill, {
    rung: next.rung,
    asked: [...next.asked],
    ...(isOver
      ? { next_at: null, finished_at: at }
      : { next_at: new Date(at.getTime() + drill.every_minutes * 60_000) }),
  });
}

/** Writes down who is asked, and that they must be told. */
async function ask(
  deps: DrillDeps,
  trx: WorkerTransaction,
  drill: Drill,
  who: { readonly person_id: string | null; readonly outside_id: string | null },
  at: Date,
): Promise<void> {
  const { school_id } = drill;
  const id = deps.newId();
  await trx
    .insertInto('drill_calls')
    .values((eb) => ({
      school_id,
      id,
      drill_id: drill.id,
      position: eb
        .selectFrom('drill_calls')
        .select(sql<number>`coalesce(max(position), 0) + 1`.as('next'))
        .where('school_id', '=', school_id)
        .where('drill_id', '=', drill.id),
      ...who,
      asked_at: at,
    }))
    .execute();
  await trx
    .insertInto('outbox')
    .values({ school_id, id: deps.newId(), topic: 'drill.called', subject_id: id, at })
    .execute();
}

async function keep(
  trx: WorkerTransaction,
  drill: Drill,
  change: {
    readonly rung?: string;
    readonly asked?: string[];
    readonly next_at: Date | null;
    readonly finished_at?: Date;
  },
): Promise<void> {
  await trx
    .updateTable('drills')
    .set(change)
    .where('school_id', '=', drill.school_id)
    .where('id', '=', drill.id)
    .execute();
}

async function listOutside(trx: WorkerTransaction, schoolId: number): Promise<string[]> {
  const rows = await trx
    .selectFrom('outside_contacts')
    .select('id')
    .where('school_id', '=', schoolId)
    .where('ended_at', 'is', null)
    .orderBy('position')
    .execute();
  return rows.map((row) => row.id);
}
