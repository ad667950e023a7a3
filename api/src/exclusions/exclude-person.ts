import { sql } from 'kysely';
import { handOverAlerts } from '../alerts/hand-over-alerts.ts';
import { asEvaluation, recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { getPupilPlace, standingOf } from './exclusions.reads.ts';
import type { ExclusionInput } from './exclusions.schemas.ts';

type ExcludeDeps = Pick<Deps, 'db' | 'now' | 'newId'>;

/**
 * Keeps a member of staff away from everything about a pupil's wellbeing, from the next statement on. What they hold or have answered goes
 * to the next holder in the same transaction, and at least one counsellor must remain who sees the pupil.
 * A counsellor may say it of themself.
 * @throws Refusal resource.not-found, exclusion.person-not-found, exclusion.exists, exclusion.nobody-left
 */
export function excludePerson(
  deps: ExcludeDeps,
  actor: Actor,
  pupilId: string,
  input: ExclusionInput,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    const standing = await standingOf(trx, pupilId);
    if (!standing.counsels || standing.excluded) refuse('resource.not-found');
    const pupil = await getPupilPlace(trx, actor, pupilId);
    await mustBeStaff(trx, actor, input.person);
    const id = deps.newId();
    if (!(await insertExclusion(trx, actor, { id, pupil, ...input }))) refuse('exclusion.exists');
    await asEvaluation(trx, pupilId, async () => {
      if (!(await someCounsellorRemains(trx, actor, pupil))) refuse('exclusion.nobody-left');
      await handOverAlerts(deps, trx, { schoolId: actor.schoolId, pupil, from: input.person });
    });
    recordAct(trx, { action: 'exclusion.decided', pupils: [pupilId], resource: `exclusion:${id}` });
    return { id };
  });
}

async function mustBeStaff(trx: ActorTransaction, actor: Actor, personId: string): Promise<void> {
  const found = await trx
    .selectFrom('staff')
    .select('id')
    .where('school_id', '=', actor.schoolId)
    .where('id', '=', personId)
    .executeTakeFirst();
  if (!found) refuse('exclusion.person-not-found');
}

interface NewExclusion extends ExclusionInput {
  readonly id: string;
  readonly pupil: { readonly id: string; readonly classId: number; readonly gradeId: number };
}

/** False when they are kept away already. */
async function insertExclusion(
  trx: ActorTransaction,
  actor: Actor,
  { id, pupil, person, kind }: NewExclusion,
): Promise<boolean> {
  const inserted = await trx
    .insertInto('exclusions')
    .values({
      school_id: actor.schoolId,
      id,
      person_id: person,
      pupil_id: pupil.id,
      class_id: pupil.classId,
      grade_id: pupil.gradeId,
      kind,
      decided_by: actor.personId,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

/** Whether any counsellor who can sign in, and whom nothing keeps away, sees the pupil. Inside `asEvaluation`: the roster of roles is not the counsellor's to read. */
async function someCounsellorRemains(
  trx: ActorTransaction,
  actor: Actor,
  pupil: NewExclusion['pupil'],
): Promise<boolean> {
  const { rows } = await sql<{ remains: boolean }>`
    select exists (select from app.grants g where g.school_id = ${actor.schoolId} and g.role in ('counsellor', 'lead_counsellor')
      and (g.scope = 'school' or g.grade_id = ${pupil.gradeId} or g.class_id = ${pupil.classId})
      and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp())
      and g.person_id <> all ((select sec.unable_to_sign_in())::uuid[])
      and not exists (select from app.exclusions e where e.school_id = g.school_id and e.person_id = g.person_id
        and e.pupil_id = ${pupil.id} and e.ends_at is null)) as remains`.execute(trx);
  return rows[0]?.remains ?? false;
}
