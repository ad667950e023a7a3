import { addDays, instantOf, isSchoolDay, localDate, weekOf } from '@shaodian/rules';
import type { SchoolCalendar } from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Actor } from '../http/types.ts';
import { readCalendar } from '../schools/calendar.reads.ts';
import { gapsWithNames, readRoster } from './roster.reads.ts';
import { readStanding } from './standing.reads.ts';

/** How far ahead a gap is shown, whichever week is looked at. */
const aheadDays = 14;

/** The roster of one week, what is missing in it, and what is missing in the fourteen days from now on. */
export function readDutyWeek(deps: Pick<Deps, 'db' | 'now'>, actor: Actor, day?: string) {
  return deps.db.asActor(actor, async (trx) => {
    const calendar = await readCalendar(trx, actor.schoolId);
    const now = deps.now();
    const from = weekOf(day ?? localDate(now.toISOString(), calendar.timeZone));
    const week = {
      from: instantOf(from, 0, calendar.timeZone),
      to: instantOf(addDays(from, 7), 0, calendar.timeZone),
    };
    const ahead = {
      from: now.toISOString(),
      to: new Date(now.getTime() + aheadDays * 86_400_000).toISOString(),
    };
    const { plans, changes, counsels, reads } = await readStanding(trx);
    const roster = await readRoster(trx, actor.schoolId, week);
    return {
      week: { from, to: addDays(from, 6) },
      days: await describeDays(trx, actor.schoolId, from, calendar),
      ...roster,
      gaps: reads ? gapsWithNames(roster, week) : [],
      gapsAhead: reads ? gapsWithNames(await readRoster(trx, actor.schoolId, ahead), ahead) : [],
      people: plans ? await listStaff(trx, actor.schoolId) : [],
      may: { plan: plans, change: changes, ownAbsence: counsels },
    };
  });
}

async function describeDays(
  trx: ActorTransaction,
  schoolId: number,
  monday: string,
  calendar: SchoolCalendar,
) {
  const days = Array.from({ length: 7 }, (_, index) => addDays(monday, index));
  const rows = await trx
    .selectFrom('calendar_days')
    .select(['day', 'label'])
    .where('school_id', '=', schoolId)
    .where('day', 'in', days)
    .execute();
  return days.map((day) => {
    const exception = calendar.exceptions[day];
    const usual = isSchoolDay(calendar, day) ? ('school_day' as const) : ('free' as const);
    return {
      day,
      kind:
        exception === 'holiday'
          ? ('holiday' as const)
          : exception === 'school_day'
            ? ('make_up_day' as const)
            : usual,
      label: rows.find((row) => row.day === day)?.label ?? '',
    };
  });
}

const listStaff = (trx: ActorTransaction, schoolId: number) =>
  trx
    .selectFrom('staff')
    .select(['id', 'name', 'title'])
    .where('school_id', '=', schoolId)
    .orderBy('name')
    .orderBy('id')
    .execute();
