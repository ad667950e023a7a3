import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { CalendarChange } from './calendar.schemas.ts';
import { keepsCalendar, readSchoolCalendar } from './school-calendar.reads.ts';

/**
 * Changes bells, a term or days. Clocks that start from now on count with it; what is due already stays due.
 * @param version the one that was read; another gets the calendar as it is now
 * @throws Refusal action.not-allowed, request.version-old, calendar.term-not-found, calendar.terms-overlap
 */
export function changeCalendar(
  deps: Pick<Deps, 'db'>,
  actor: Actor,
  version: number,
  change: CalendarChange,
) {
  return deps.db.asActor(actor, async (trx) => {
    if (!(await keepsCalendar(trx))) refuse('action.not-allowed');
    const taken = await trx
      .updateTable('schools')
      .set({
        calendar_version: sql`calendar_version + 1`,
        ...(change.bells && {
          bell_starts_at: change.bells.startsAt,
          bell_ends_at: change.bells.endsAt,
        }),
      })
      .where('id', '=', actor.schoolId)
      .where('calendar_version', '=', Number.isNaN(version) ? 0 : version)
      .executeTakeFirst();
    if (taken.numUpdatedRows === 0n)
      return refuse('request.version-old', { current: await readSchoolCalendar(trx, actor) });
    if (change.term) await writeTerm(trx, actor, change.term);
    if (change.days) await writeDays(trx, actor, change.days);
    recordAct(trx, { action: 'calendar.changed' });
    return readSchoolCalendar(trx, actor);
  });
}

async function writeTerm(
  trx: ActorTransaction,
  actor: Actor,
  { id, name, startsOn, endsOn }: NonNullable<CalendarChange['term']>,
): Promise<void> {
  const overlapping = await trx
    .selectFrom('terms')
    .select('id')
    .where('school_id', '=', actor.schoolId)
    .where('starts_on', '<=', endsOn)
    .where('ends_on', '>=', startsOn)
    .$if(id !== null, (query) => query.where('id', '<>', id ?? 0))
    .executeTakeFirst();
  if (overlapping) refuse('calendar.terms-overlap');
  const values = { name, starts_on: startsOn, ends_on: endsOn };
  if (id === null)
    await trx
      .insertInto('terms')
      .values({ school_id: actor.schoolId, ...values })
      .execute();
  else {
    const changed = await trx
      .updateTable('terms')
      .set(values)
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', id)
      .executeTakeFirst();
    if (changed.numUpdatedRows === 0n) refuse('calendar.term-not-found');
  }
}

/** A day that is named twice is what its last entry says. */
async function writeDays(
  trx: ActorTransaction,
  actor: Actor,
  entries: NonNullable<CalendarChange['days']>,
): Promise<void> {
  const days = new Map(entries.map((entry) => [entry.day, entry]));
  const usual = [...days.values()].filter((entry) => entry.kind === null).map(({ day }) => day);
  if (usual.length > 0)
    await trx
      .deleteFrom('calendar_days')
      .where('school_id', '=', actor.schoolId)
      .where('day', 'in', usual)
      .execute();
  const set = [...days.values()].flatMap(({ day, kind, label }) =>
    kind === null ? [] : [{ school_id: actor.schoolId, day, kind, label }],
  );
  if (set.length > 0)
    await trx
      .insertInto('calendar_days')
      .values(set)
      .onConflict((conflict) =>
        conflict.columns(['school_id', 'day']).doUpdateSet((eb) => ({
          kind: eb.ref('excluded.kind'),
          label: eb.ref('excluded.label'),
        })),
      )
      .execute();
}
