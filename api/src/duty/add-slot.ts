import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { SlotInput } from './duty.schemas.ts';
import { readStanding } from './standing.reads.ts';

type AddDeps = Pick<Deps, 'db' | 'newId'>;

/** Puts somebody at the end of a list for a while. @throws Refusal action.not-allowed, duty.person-not-found, duty.listed-already, duty.list-full */
export function addSlot(deps: AddDeps, actor: Actor, input: SlotInput, request: OnceRequest) {
  return once(deps.db, actor, request, async (trx) => {
    const { plans } = await readStanding(trx);
    if (!plans) refuse('action.not-allowed');
    await assertStaff(trx, actor, input.person);
    await oneChangeAtATime(trx, actor);
    if (await isListed(trx, actor, input)) refuse('duty.listed-already');
    const beside = await positionsBeside(trx, actor, input);
    const position = Math.max(0, ...beside) + 1;
    if (position > 20) refuse('duty.list-full');
    const id = deps.newId();
    await trx
      .insertInto('duty_slots')
      .values({
        school_id: actor.schoolId,
        id,
        duty: input.duty,
        position,
        person_id: input.person,
        phone: input.phone,
        starts_at: input.startsAt,
        ends_at: input.endsAt,
      })
      .execute();
    recordAct(trx, { action: 'duty.planned', resource: `duty:${id}` });
    return { id };
  });
}

/** @throws Refusal duty.person-not-found */
export async function assertStaff(
  trx: ActorTransaction,
  actor: Actor,
  personId: string,
): Promise<void> {
  const found = await trx
    .selectFrom('staff')
    .select('id')
    .where('school_id', '=', actor.schoolId)
    .where('id', '=', personId)
    .executeTakeFirst();
  if (!found) refuse('duty.person-not-found');
}

/** Two who plan at once must not put the same person on a list twice. */
export async function oneChangeAtATime(trx: ActorTransaction, actor: Actor): Promise<void> {
  const name = `duty/${actor.schoolId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(trx);
}

interface Place {
  readonly duty: string;
  readonly person: string;
  readonly startsAt: string;
  readonly endsAt: string | null;
}

const selectBeside = (trx: ActorTransaction, actor: Actor, place: Omit<Place, 'person'>) =>
  trx
    .selectFrom('duty_slots')
    .where('school_id', '=', actor.schoolId)
    .where('duty', '=', place.duty)
    .where((eb) =>
      eb.or([
        eb('ends_at', 'is', null),
        eb(
          'ends_at',
          '>',
          eb.fn<Date>('greatest', [eb.val(new Date(place.startsAt)), 'starts_at']),
        ),
      ]),
    )
    .$if(place.endsAt !== null, (query) =>
      query.where('starts_at', '<', new Date(place.endsAt ?? '')),
    );

/** Whether the person is on that list at some time meanwhile. */
export async function isListed(
  trx: ActorTransaction,
  actor: Actor,
  place: Place,
): Promise<boolean> {
  const found = await selectBeside(trx, actor, place)
    .select('id')
    .where('person_id', '=', place.person)
    .executeTakeFirst();
  return found !== undefined;
}

async function positionsBeside(
  trx: ActorTransaction,
  actor: Actor,
  place: Place,
): Promise<number[]> {
  const rows = await selectBeside(trx, actor, place).select('position').execute();
  return rows.map((row) => row.position);
}
