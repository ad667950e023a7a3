import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { assertStaff } from './add-slot.ts';
import type { AbsenceInput } from './duty.schemas.ts';
import { readStanding } from './standing.reads.ts';

/**
 * Says that somebody is absent for a while; a counsellor may say it of themself. When it begins `relieveAbsent` hands over what they hold.
 * @throws Refusal action.not-allowed, duty.person-not-found
 */
export function recordAbsence(
  deps: Pick<Deps, 'db' | 'newId'>,
  actor: Actor,
  input: AbsenceInput,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const { plans, counsels } = await readStanding(trx);
    if (!plans && !(counsels && input.person === actor.personId)) refuse('action.not-allowed');
    await assertStaff(trx, actor, input.person);
    const id = deps.newId();
    await trx
      .insertInto('absences')
      .values({
        school_id: actor.schoolId,
        id,
        person_id: input.person,
        starts_at: input.startsAt,
        ends_at: input.endsAt,
      })
      .execute();
    recordAct(trx, { action: 'absence.recorded', resource: `absence:${id}` });
    return { id };
  });
}
