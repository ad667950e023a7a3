import { climb, climbedDueAt, defaultPolicy, holderOf, tiers } from '@shaodian/rules';
import type { ClockKey, Standing, Tier } from '@shaodian/rules';
import { listLadder } from '../alerts/find-holder.ts';
import { actForSchool, orTakeBack } from '../db/worker-database.ts';
import type { WorkerDatabase, WorkerTransaction } from '../db/worker-database.ts';
import { faultOf } from '../log/fault.ts';
import type { Log } from '../log/log.ts';
import { readCalendar } from '../schools/calendar.reads.ts';
import { findMissed, listDue, setBack, storeMiss, tell } from './missed.queries.ts';
import type { Missed } from './missed.queries.ts';

export interface ClockDeps {
  readonly worker: WorkerDatabase;
  /** Domain time. */
  readonly now: () => Date;
  readonly newId: () => string;
  readonly log: Log;
}

/**
 * Carries out the clock that ran out longest ago: on to the next of the list, the next tier, or the contact outside; and says so.
 *
 * Everything is one transaction that holds the alert's row: a worker that dies has changed nothing, and two never carry out the same miss.
 * What cannot be carried out asks for a person's look and is tried again; it never stands in the way of the others.
 */
export function carryOutNext(deps: ClockDeps): Promise<'carried' | 'idle'> {
  return deps.worker.transaction(async (trx) => {
    const at = deps.now();
    for (const due of await listDue(trx, at)) {
      await actForSchool(trx, due.schoolId);
      const missed = await findMissed(trx, due, at);
      if (!missed) continue;
      const fault = await orTakeBack(trx, () => carryOut(deps, trx, missed, at));
      if (fault) {
        deps.log.error(
          { alert: missed.alertId, step: missed.kind, ...faultOf(fault) },
          'a missed clock could not be carried out; a person must look',
        );
        await setBack(trx, missed, new Date(at.getTime() + 60_000));
        await tell(deps, trx, missed, 'alert.needs_review', at);
      }
      return 'carried';
    }
    return 'idle';
  });
}

async function carryOut(
  deps: ClockDeps,
  trx: WorkerTransaction,
  missed: Missed,
  at: Date,
): Promise<void> {
  const next = mayClimb(missed) ? await nextStanding(trx, missed, at) : missed.standing;
  const calendar = await readCalendar(trx, missed.schoolId);
  const dueAt = climbedDueAt(clockOf(missed), next.rung, at.toISOString(), calendar);
  const moved = next.rung !== missed.standing.rung || next.holder !== missed.standing.holder;
  await storeMiss(trx, {
    missed,
    next,
    tier: tierAt(missed.tier, next),
    dueAt,
    at,
    eventId: deps.newId(),
    kind: moved ? 'climbed' : 'step_missed',
  });
  const topic = missed.kind === 'acknowledge' ? 'alert.climbed' : 'alert.step_overdue';
  await tell(deps, trx, missed, topic, at);
  if (next.rung === 'outside') await tell(deps, trx, missed, 'alert.outside', at);
  if (next.holder === null) await tell(deps, trx, missed, 'alert.needs_review', at);
}

/** While nobody has acknowledged, the later steps remind whoever is asked to; the acknowledgement is climbing already. */
const mayClimb = ({ kind, isAcknowledged }: Missed): boolean =>
  isAcknowledged || kind === 'acknowledge' || kind === 'mandatory_report';

const clockOf = ({ kind, clock }: Missed): ClockKey =>
  kind === 'mandatory_report' ? defaultPolicy.mandatoryReport.clock : clock;

async function nextStanding(trx: WorkerTransaction, missed: Missed, at: Date): Promise<Standing> {
  const key =
    missed.kind === 'mandatory_report' && !missed.counsellorOnly
      ? defaultPolicy.mandatoryReport.holder
      : holderOf(missed.colour, missed);
  const { schoolId, counsellorOnly, pupilId, classId, gradeId } = missed;
  const question = { schoolId, key, counsellorOnly, pupilIds: [pupilId], classId, gradeId, at };
  return climb(missed.standing, await listLadder(trx, question));
}

/** The tier follows the climb, and never down. */
const tierAt = (tier: Tier, { rung }: Standing): Tier =>
  rung === 'outside' || tiers.indexOf(rung) < tiers.indexOf(tier) ? tier : rung;
