import { sql } from 'kysely';
import { glassReviewDueAt } from '@shaodian/rules';
import { getDataKey } from '../crypto/data-keys.ts';
import { sealText } from '../crypto/seal.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { enqueue } from '../notifications/enqueue.ts';
import { readCalendar } from '../schools/calendar.reads.ts';
import type { GlassInput } from './break-glass.schemas.ts';
import { findActiveGlass } from './glass.reads.ts';

type OpenDeps = Pick<Deps, 'db' | 'master' | 'newId' | 'now'>;

/**
 * Breaks the glass: for thirty minutes a school leader reads why the alerts on one pupil were raised. The lead counsellor and the
 * data-protection officer are told in the same transaction, and one of them reviews it.
 *
 * Where the leader lists no alert on the pupil there is nothing to open, and the answer is that of a pupil who never was; so whoever
 * is kept away from the pupil learns nothing from it.
 * @throws Refusal resource.not-found, session.step-up-required, break-glass.already-open
 */
export function openGlass(
  deps: OpenDeps,
  actor: Actor,
  pupilId: string,
  input: GlassInput,
  request: OnceRequest,
) {
  return once(deps.db, actor, request, async (trx) => {
    if (!(await leadsWithAlert(trx, actor, pupilId))) refuse('resource.not-found');
    if (actor.steppedUp?.purpose !== 'break_glass') refuse('session.step-up-required');
    await mustHaveNoneOpen(trx, actor);
    const id = await insertGlass(deps, trx, actor, pupilId, input);
    await enqueue(deps, trx, {
      schoolId: actor.schoolId,
      topic: 'break_glass.opened',
      subjectId: id,
      at: deps.now(),
    });
    recordAct(trx, {
      action: 'break-glass.opened',
      pupils: [pupilId],
      resource: `break-glass:${id}`,
      why: 'school_leader',
      purpose: 'break_glass',
    });
    return { id };
  });
}

/**
 * The alerts that a leader lists, and no other: the teacher of a class who is a leader too reads the reasons anyway. About an erased
 * pupil nothing is opened: the reason would need a key of theirs.
 */
async function leadsWithAlert(
  trx: ActorTransaction,
  actor: Actor,
  pupilId: string,
): Promise<boolean> {
  const { rows } = await sql<{ leads: boolean }>`
    select sec.has_role('school_leader') and exists (select from app.alerts a where a.school_id = ${actor.schoolId}
      and a.pupil_id = ${pupilId} and a.leader_listed and not a.counsellor_only)
      and not exists (select from app.pupils p where p.school_id = ${actor.schoolId} and p.id = ${pupilId} and p.erased_at is not null) as leads`.execute(
    trx,
  );
  return rows[0]?.leads ?? false;
}

/** One at a time, so that what is open is always what the banner says. */
async function mustHaveNoneOpen(trx: ActorTransaction, actor: Actor): Promise<void> {
  const name = `break-glass/${actor.schoolId}/${actor.personId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(trx);
  if (await findActiveGlass(trx, actor)) refuse('break-glass.already-open');
}

async function insertGlass(
  deps: OpenDeps,
  trx: ActorTransaction,
  actor: Actor,
  pupilId: string,
  input: GlassInput,
): Promise<string> {
  const { schoolId } = actor;
  const id = deps.newId();
  const key = await getDataKey(trx, deps.master, { schoolId, kind: 'pupil', id: pupilId });
  const place = { table: 'break_glass', column: 'reason', row: id, schoolId };
  await trx
    .insertInto('break_glass')
    .values({
      school_id: schoolId,
      id,
      pupil_id: pupilId,
      person_id: actor.personId,
      category: input.category,
      reason: sealText(input.reason, key, place),
      review_due_at: glassReviewDueAt(
        await readSecurityTime(trx),
        await readCalendar(trx, schoolId),
      ),
    })
    .execute();
  return id;
}

// That of the database, which writes when it was opened and when it ends.
async function readSecurityTime(trx: ActorTransaction): Promise<string> {
  const { rows } = await sql<{ at: Date }>`select statement_timestamp() as at`.execute(trx);
  return (rows[0]?.at ?? refuse('service.unavailable')).toISOString();
}
