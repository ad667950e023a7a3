import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { oneChangeAtATime } from './add-slot.ts';
import type { SlotChange } from './duty.schemas.ts';
import { readStanding } from './standing.reads.ts';

/**
 * Puts a slot in another place of its list, or ends it earlier. What has been stays: a slot ends now at the earliest, one that has not begun
 * ends as it begins and is on no list.
 * @param version the one that was read; another gets the slot as it is now
 * @throws Refusal resource.not-found, action.not-allowed, request.version-old, duty.over
 */
export function changeSlot(
  deps: Pick<Deps, 'db' | 'now'>,
  actor: Actor,
  slotId: string,
  version: number,
  change: SlotChange,
) {
  return deps.db.asActor(actor, async (trx) => {
    const seen = await getSlot(deps, trx, actor, slotId);
    const { changes, counsels } = await readStanding(trx);
    if (!changes && !(counsels && seen.person_id === actor.personId)) refuse('action.not-allowed');
    await oneChangeAtATime(trx, actor);
    const slot = await getSlot(deps, trx, actor, slotId);
    if (slot.version !== version) refuse('request.version-old', { current: shown(slot) });
    if (slot.over) refuse('duty.over');
    if (change.position !== slot.position) await changePlaces(trx, actor, slot, change.position);
    await trx
      .updateTable('duty_slots')
      .set({
        position: change.position,
        ends_at: sql`case when ${change.endsAt}::timestamptz is null then ends_at
          else least(ends_at, greatest(${change.endsAt}::timestamptz, starts_at, ${slot.now}::timestamptz)) end`,
        version: sql`version + 1`,
      })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', slotId)
      .execute();
    recordAct(trx, { action: 'duty.planned', resource: `duty:${slotId}` });
    return shown(await getSlot(deps, trx, actor, slotId));
  });
}

/** @throws Refusal resource.not-found */
export async function getSlot(
  deps: Pick<Deps, 'now'>,
  trx: ActorTransaction,
  actor: Actor,
  slotId: string,
) {
  const now = deps.now();
  const row = await trx
    .selectFrom('duty_slots')
    .select(['id', 'duty', 'position', 'person_id', 'phone', 'starts_at', 'ends_at', 'version'])
    .where('school_id', '=', actor.schoolId)
    .where('id', '=', slotId)
    .executeTakeFirst();
  if (!row) return refuse('resource.not-found');
  const { starts_at, ends_at } = row;
  return { ...row, now, over: ends_at !== null && (ends_at <= now || ends_at <= starts_at) };
}

type Slot = Awaited<ReturnType<typeof getSlot>>;

const shown = (slot: Slot) => ({
  id: slot.id,
  position: slot.position,
  endsAt: slot.ends_at?.toISOString() ?? null,
  version: slot.version,
});

/** Whoever stands at the new place of the list meanwhile gets the old one. */
async function changePlaces(
  trx: ActorTransaction,
  actor: Actor,
  slot: Slot,
  position: number,
): Promise<void> {
  await trx
    .updateTable('duty_slots')
    .set({ position: slot.position, version: sql`version + 1` })
    .where('school_id', '=', actor.schoolId)
    .where('duty', '=', slot.duty)
    .where('position', '=', position)
    .where(
      sql<boolean>`(ends_at is null or ends_at > greatest(starts_at, ${slot.starts_at}::timestamptz, ${slot.now}::timestamptz))`,
    )
    .where(sql<boolean>`starts_at < coalesce(${slot.ends_at}::timestamptz, 'infinity')`)
    .execute();
}
