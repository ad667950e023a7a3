import { findDataKeys, getDataKey } from '../crypto/data-keys.ts';
import { sealText } from '../crypto/seal.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { GlassReviewInput } from './break-glass.schemas.ts';
import { findGlass, overseeingRole } from './glass.reads.ts';

type ReviewDeps = Pick<Deps, 'db' | 'master' | 'newId'>;

/**
 * Says whether it was right to break the glass; never of one's own. Reviews are added to, the newest counts. Of an erased pupil the verdict
 * is kept without the note, which would need a key of theirs.
 * @throws Refusal resource.not-found, break-glass.own
 */
export function reviewGlass(
  deps: ReviewDeps,
  actor: Actor,
  glassId: string,
  { verdict, note }: GlassReviewInput,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const why = (await overseeingRole(trx, actor)) ?? refuse('resource.not-found');
    const glass = (await findGlass(trx, actor, glassId)) ?? refuse('resource.not-found');
    if (glass.person_id === actor.personId) refuse('break-glass.own');
    const id = deps.newId();
    await trx
      .insertInto('break_glass_reviews')
      .values({
        school_id: actor.schoolId,
        id,
        glass_id: glassId,
        pupil_id: glass.pupil_id,
        reviewer_id: actor.personId,
        verdict,
        note: await sealedNote(deps, trx, {
          schoolId: actor.schoolId,
          pupilId: glass.pupil_id,
          id,
          note,
        }),
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

async function sealedNote(
  { master }: ReviewDeps,
  trx: ActorTransaction,
  { schoolId, pupilId, id, note }: { schoolId: number; pupilId: string; id: string; note: string },
): Promise<Buffer | null> {
  const subject = { schoolId, kind: 'pupil', id: pupilId } as const;
  if (note === '' || !(await findDataKeys(trx, master, subject))) return null;
  const place = { table: 'break_glass_reviews', column: 'note', row: id, schoolId };
  return sealText(note, await getDataKey(trx, master, subject), place);
}
