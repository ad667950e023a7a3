import { sql } from 'kysely';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Actor } from '../http/types.ts';

/** Terms, days and bells, for everybody of the school. */
export const getCalendar = (deps: Pick<Deps, 'db'>, actor: Actor) =>
  deps.db.asActor(actor, (trx) => readSchoolCalendar(trx, actor));

export async function readSchoolCalendar(trx: ActorTransaction, actor: Actor) {
  const school = await trx
    .selectFrom('schools')
    .select(['bell_starts_at', 'bell_ends_at', 'calendar_version'])
    .where('id', '=', actor.schoolId)
    .executeTakeFirstOrThrow();
  const terms = await trx
    .selectFrom('terms')
    .select(['id', 'name', 'starts_on', 'ends_on'])
    .where('school_id', '=', actor.schoolId)
    .orderBy('starts_on')
    .orderBy('id')
    .execute();
  const days = await trx
    .selectFrom('calendar_days')
    .select(['day', 'kind', 'label'])
    .where('school_id', '=', actor.schoolId)
    .orderBy('day')
    .execute();
  return {
    version: school.calendar_version,
    bells: {
      startsAt: school.bell_starts_at.slice(0, 5),
      endsAt: school.bell_ends_at.slice(0, 5),
    },
    terms: terms.map((term) => ({
      id: term.id,
      name: term.name,
      startsOn: term.starts_on,
      endsOn: term.ends_on,
    })),
    days: days.map((row) => ({ ...row, kind: row.kind as 'holiday' | 'school_day' })),
    mayChange: await keepsCalendar(trx),
  };
}

export async function keepsCalendar(trx: ActorTransaction): Promise<boolean> {
  const { rows } = await sql<{
    keeps: boolean;
  }>`select sec.has_role('lead_counsellor', 'school_leader', 'administrator') as keeps`.execute(
    trx,
  );
  return rows[0]?.keeps ?? false;
}
