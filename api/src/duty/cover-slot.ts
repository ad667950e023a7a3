import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { assertStaff, isListed, oneChangeAtATime } from './add-slot.ts';
import { getSlot } from './change-slot.ts';
import type { CoverInput } from './duty.schemas.ts';
import { readStanding } from './standing.reads.ts';

/**
 * Lets somebody stand in for a part of a slot: they get a slot of their own for that time at the same place of the list, and whoever had it
 * keeps what is before and after.
 * @throws Refusal resource.not-found, action.not-allowed, duty.over, duty.person-not-found, duty.outside, duty.listed-already
 */
export function coverSlot(
  deps: Pick<Deps, 'db' | 'now' | 'newId'>,
  actor: Actor,
  slotId: string,
  input: CoverInput,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    await getSlot(deps, trx, actor, slotId);
    const { plans } = await readStanding(trx);
    if (!plans) refuse('action.not-allowed');
    await oneChangeAtATime(trx, actor);
    const slot = await getSlot(deps, trx, actor, slotId);
    if (slot.over) refuse('duty.over');
    await assertStaff(trx, actor, input.person);
    const [asked, to] = [new Date(input.startsAt), new Date(input.endsAt)];
    if (asked < slot.starts_at || (slot.ends_at && to > slot.ends_at)) refuse('duty.outside');
    // What has been stays.
    const from = asked < slot.now ? slot.now : asked;
    if (from >= to) refuse('duty.outside');
    if (await isListed(trx, actor, { duty: slot.duty, ...input })) refuse('duty.listed-already');
    await trx
      .updateTable('duty_slots')
      .set({ ends_at: from, version: sql`version + 1` })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', slotId)
      .execute();
    const id = deps.newId();
    const same = { school_id: actor.schoolId, duty: slot.duty, position: slot.position };
    const rest = slot.ends_at === null || to < slot.ends_at;
    await trx
      .insertInto('duty_slots')
      .values([
        {
          ...same,
          id,
          person_id: input.person,
          phone: input.phone,
          starts_at: from,
          ends_at: to,
          covers: slotId,
        },
        ...(rest
          ? [
              {
                ...same,
                id: deps.newId(),
                person_id: slot.person_id,
                phone: slot.phone,
                starts_at: to,
                ends_at: slot.ends_at,
                covers: null,
              },
            ]
          : []),
      ])
      .execute();
    recordAct(trx, { action: 'duty.covered', resource: `duty:${id}` });
    return { id };
  });
}
