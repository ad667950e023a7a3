import { ackDueAt, askedForHelp, attachHelp, localDate } from '@shaodian/rules';
import { listOwnGrants } from '../access/own-grants.reads.ts';
import { applyChange } from '../alerts/judge-pupil.ts';
import { findOpenAlert } from '../alerts/facts.reads.ts';
import { asEvaluation, recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { readCalendar } from '../schools/calendar.reads.ts';

type HelpDeps = Pick<Deps, 'db' | 'now' | 'newId'>;

/** R10: a pupil would like to talk. An alert that only counsellors know of, or the one they have open on this pupil. */
export function askForHelp(deps: HelpDeps, actor: Actor, request: OnceRequest) {
  return once(deps.db, actor, request, (trx) => askWithin(deps, trx, actor));
}

/** The same inside a transaction that is already open, for whoever ticks it in a monthly report. */
export async function askWithin(deps: HelpDeps, trx: ActorTransaction, actor: Actor) {
  const grants = await listOwnGrants(trx, actor);
  // The members of the committee are the pupils who have accounts.
  if (!grants.some(({ role }) => role === 'committee_member')) refuse('action.not-allowed');
  const at = deps.now();
  const calendar = await readCalendar(trx, actor.schoolId);
  const decision = askedForHelp(localDate(at.toISOString(), calendar.timeZone));
  await asEvaluation(trx, actor.personId, async () => {
    const pupil = (await findSelf(trx, actor)) ?? refuse('action.not-allowed');
    const open = await findOpenAlert(trx, actor.schoolId, pupil.id, true);
    const judgement = { pupil, calendar, newObservationId: null, asOf: at };
    const change = attachHelp(open, decision);
    await applyChange(deps, trx, actor.schoolId, judgement, {
      open,
      decision,
      change,
      failed: false,
    });
  });
  // The chain says no more than of any report: who asked for help would stand there by name.
  recordAct(trx, { action: 'observation.recorded' });
  return {
    askedAt: at.toISOString(),
    seenBy: ackDueAt(decision.clock, at.toISOString(), calendar),
  };
}

async function findSelf(trx: ActorTransaction, actor: Actor) {
  const row = await trx
    .selectFrom('pupils')
    .select(['id', 'class_id', 'grade_id'])
    .where('school_id', '=', actor.schoolId)
    .where('id', '=', actor.personId)
    .where('erased_at', 'is', null)
    .executeTakeFirst();
  return row && { id: row.id, classId: row.class_id, gradeId: row.grade_id };
}
