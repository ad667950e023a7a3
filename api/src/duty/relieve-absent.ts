import { sql } from 'kysely';
import { handOverLeft } from '../alerts/hand-over-alerts.ts';
import type { Database } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Log } from '../log/log.ts';

export interface ReliefDeps extends Pick<Deps, 'now' | 'newId'> {
  readonly db: Pick<Database, 'asSystem' | 'asNobody'>;
  readonly log: Log;
}

export interface Relief {
  stop(): Promise<void>;
}

/** A red alert waits ten minutes for whoever holds it; most of them must be left for the next. */
const everyMs = 20_000;

/** Hands over what those hold whose absence has begun, until it is stopped. Any number of processes may do so side by side. */
export function keepRelieving(deps: ReliefDeps): Relief {
  let running = Promise.resolve();
  const round = () => {
    running = running
      .then(() => relieveAbsent(deps))
      .catch((error: Error) =>
        deps.log.error({ error: error.name }, 'alerts of the absent were not handed over'),
      );
  };
  round();
  const timer = setInterval(round, everyMs);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

/** One round over all schools. Each absence is held by the transaction that carries it out, and is carried out once. */
export async function relieveAbsent(deps: ReliefDeps): Promise<void> {
  const schools = await deps.db.asNobody((trx) =>
    sql<{ id: number }>`select id from sec.list_school_ids()`.execute(trx),
  );
  const failures: unknown[] = [];
  // What goes wrong in one school keeps no other from being looked after.
  for (const { id } of schools.rows)
    await relieveNext(deps, id).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

async function relieveNext(deps: ReliefDeps, schoolId: number): Promise<void> {
  const relieved = await deps.db.asSystem(schoolId, async (trx) => {
    const at = deps.now();
    const absence = await trx
      .selectFrom('absences')
      .select(['id', 'person_id'])
      .where('school_id', '=', schoolId)
      .where('starts_at', '<=', at)
      .where('ends_at', '>', at)
      .where('relieved_at', 'is', null)
      .orderBy('starts_at')
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (!absence) return false;
    await handOverLeft(deps, trx, schoolId, absence.person_id);
    await trx
      .updateTable('absences')
      .set({ relieved_at: at })
      .where('school_id', '=', schoolId)
      .where('id', '=', absence.id)
      .execute();
    return true;
  });
  if (relieved) await relieveNext(deps, schoolId);
}
