import { addDays, instantOf, localTime, weekOf } from '@shaodian/rules';
import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { readCalendar } from '../schools/calendar.reads.ts';
import { isListed, oneChangeAtATime } from './add-slot.ts';
import type { CopyInput } from './duty.schemas.ts';
import { readRoster } from './roster.reads.ts';
import { readStanding } from './standing.reads.ts';

/**
 * Plans the weeks after one like it: what begins in that week and has an end, on the same weekdays at the same hours of the school. Whoever
 * is on that list already is left as they are, so that copying again adds nothing.
 * @throws Refusal action.not-allowed
 */
export function copyWeek(
  deps: Pick<Deps, 'db' | 'newId'>,
  actor: Actor,
  input: CopyInput,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const { plans } = await readStanding(trx);
    if (!plans) refuse('action.not-allowed');
    await oneChangeAtATime(trx, actor);
    const { timeZone } = await readCalendar(trx, actor.schoolId);
    const monday = weekOf(input.week);
    const from = instantOf(monday, 0, timeZone);
    const to = instantOf(addDays(monday, 7), 0, timeZone);
    const { slots } = await readRoster(trx, actor.schoolId, { from, to });
    const later = (instant: string, weeks: number) => {
      const { date, minutes } = localTime(instant, timeZone);
      return instantOf(addDays(date, 7 * weeks), minutes, timeZone);
    };
    let copied = 0;
    for (let weeks = 1; weeks <= input.weeks; weeks += 1)
      for (const slot of slots) {
        if (slot.endsAt === null || slot.startsAt < from) continue;
        const place = {
          duty: slot.duty,
          person: slot.person.id,
          startsAt: later(slot.startsAt, weeks),
          endsAt: later(slot.endsAt, weeks),
        };
        if (await isListed(trx, actor, place)) continue;
        await trx
          .insertInto('duty_slots')
          .values({
            school_id: actor.schoolId,
            id: deps.newId(),
            duty: place.duty,
            position: slot.position,
            person_id: place.person,
            phone: slot.phone,
            starts_at: place.startsAt,
            ends_at: place.endsAt,
          })
          .execute();
        copied += 1;
      }
    recordAct(trx, { action: 'duty.copied', resource: `week:${monday}` });
    return { copied };
  });
}
