import { getDataKey } from '../crypto/data-keys.ts';
import { sealText } from '../crypto/seal.ts';
import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { GlassReviewInput } from './break-glass.schemas.ts';
import { findGlass, overseeingRole } from './glass.reads.ts';

/**
 * Says whether it was right to break the glass; never of one's own. Reviews are added to, the newest counts.
 * @throws Refusal resource.not-found, break-glass.own
 */
export function reviewGlass(
  deps: Pick<Deps, 'db' | 'master' | 'newId'>,
  actor: Actor,
  glassId: string,
  { verdict, note }: GlassReviewInput,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const why = (await overseeingRole(trx, actor)) ?? refuse('resource.not-found');
    const glass = (await findGlass(trx, actor, glassId)) ?? refuse('resource.not-found');
    if (glass.person_id === actor.personId) refuse('break-glass.own');
    const { schoolId } = actor;
    const id = deps.newId();
    const key = { schoolId, kind: 'pupil', id: glass.pupil_id } as const;
    const place = { table: 'break_glass_reviews', column: 'note', row: id, schoolId };
    await trx
      .insertInto('break_glass_reviews')
      .values({
        school_id: schoolId,
        id,
        glass_id: glassId,
        pupil_id: glass.pupil_id,
        reviewer_id: actor.personId,
        verdict,
        note: note === '' ? null : sealText(note, await getDataKey(trx, deps.master, key), place),
      })
      .execute();
    recordAct(trx, {
      action: 'break-glass.reviewed',
      pupils: [glass.pupil_id],
      resource: `break-glass:${glassId}`,
      why,
    });
    return { id };
  });
}
