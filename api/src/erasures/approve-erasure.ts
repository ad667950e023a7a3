import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { RefusalCode } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';

const refusals: Readonly<Record<string, RefusalCode>> = {
  'not-allowed': 'action.not-allowed',
  'not-found': 'resource.not-found',
  'same-person': 'erasure.same-person',
  'already-done': 'erasure.already-done',
  'not-yet': 'erasure.not-yet',
};

/**
 * The second person says yes: the pupil's key and words are gone, and so is the name. Never while an alert is open.
 *
 * The line of the shred list is on the disk before the commit. Cut off between the two, the next start erases what the list names: an
 * approved erasure is never forgotten, and a restored copy of the database does not bring it back.
 * @throws Refusal action.not-allowed, resource.not-found, erasure.same-person, erasure.not-yet, erasure.already-done
 */
export function approveErasure(
  deps: Pick<Deps, 'db' | 'master' | 'shreds'>,
  actor: Actor,
  erasureId: string,
  request: OnceRequest,
): Promise<{ id: string }> {
  return once(deps.db, actor, request, async (trx) => {
    const asked = await trx
      .selectFrom('erasures')
      .select('pupil_id')
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', erasureId)
      .executeTakeFirst();
    if (!asked) return refuse('resource.not-found');
    const { schoolId } = actor;
    const keyIds = await listKeyIds(trx, schoolId, asked.pupil_id);
    const mark = deps.master.markOf(schoolId, 'reporter', asked.pupil_id);
    const { rows } = await sql<{ outcome: { refused?: string } }>`
      select sec.erase_pupil(${erasureId}, ${mark}) as outcome`.execute(trx);
    const refused = rows[0]?.outcome.refused;
    if (refused !== undefined) refuse(refusals[refused] ?? 'action.not-allowed');
    // Whoever else writes the audit is waited for here: after the line below an answer "try again" would be an erasure at the next start.
    await sql`select from sec.audit_begin()`.execute(trx);
    const at = new Date().toISOString();
    const shred = { schoolId, kind: 'pupil', id: asked.pupil_id, keyIds, at } as const;
    await deps.shreds.append({ ...shred, by: actor.personId });
    recordAct(trx, {
      action: 'pupil.erased',
      pupils: [asked.pupil_id],
      resource: `erasure:${erasureId}`,
    });
    return { id: erasureId };
  });
}

async function listKeyIds(
  trx: ActorTransaction,
  schoolId: number,
  pupilId: string,
): Promise<string[]> {
  const rows = await trx
    .selectFrom('data_keys')
    .select('id')
    .where('school_id', '=', schoolId)
    .where('subject_kind', '=', 'pupil')
    .where('subject_id', '=', pupilId)
    .execute();
  return rows.map((row) => row.id);
}
