import { ackDueAt, attach, decide, defaultPolicy, findIndicator, newsIn } from '@shaodian/rules';
import type { AlertDecision, Change, Decision, Fact, News, SchoolCalendar } from '@shaodian/rules';
import { lapseProposals } from '../alert-acts/decide-proposal.ts';
import { asEvaluation } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Actor } from '../http/types.ts';
import { enqueue } from '../notifications/enqueue.ts';
import { storeJudgement } from './alerts.queries.ts';
import { findOpenAlert, listPupilFacts } from './facts.reads.ts';
import type { OpenAlert } from './facts.reads.ts';
import { findStanding } from './find-holder.ts';

export interface Judgement {
  readonly pupil: { readonly id: string; readonly classId: number; readonly gradeId: number };
  readonly calendar: SchoolCalendar;
  readonly newObservationId: string;
  readonly asOf: Date;
}

type JudgeDeps = Pick<Deps, 'newId' | 'log'>;

/**
 * Reads what is known about one pupil, lets the rules decide, and raises or attaches. Runs inside the reporter's transaction:
 * the report and its alert are stored together or not at all.
 *
 * What is about school staff is judged apart, in an alert that only counsellors see. The whole observation goes there: the other alert must
 * not change because of it, neither in its signs nor in its hour.
 */
export function judgePupil(
  deps: JudgeDeps,
  trx: ActorTransaction,
  actor: Actor,
  judgement: Judgement,
): Promise<void> {
  return asEvaluation(trx, judgement.pupil.id, async () => {
    const isNew = (fact: Fact) => fact.observationId === judgement.newObservationId;
    const isAboutStaff = (fact: Fact) => fact.aboutWhom === 'school_staff';
    const factsFor = (counsellorOnly: boolean) =>
      listPupilFacts(trx, actor.schoolId, judgement.pupil.id, counsellorOnly);
    const open = (await factsFor(false)).filter((fact) => !isAboutStaff(fact));
    if (open.some(isNew)) await judge(deps, trx, actor.schoolId, judgement, open);
    else await judge(deps, trx, actor.schoolId, judgement, await factsFor(true));
  });
}

async function judge(
  deps: JudgeDeps,
  trx: ActorTransaction,
  schoolId: number,
  judgement: Judgement,
  facts: readonly Fact[],
): Promise<void> {
  const { decision, news, failed } = decideOrReview(deps, facts, judgement);
  if (decision.outcome === 'none') return;
  const open = await findOpenAlert(trx, schoolId, judgement.pupil.id, decision.counsellorOnly);
  const change = attach(open, decision, news);
  await applyChange(deps, trx, schoolId, judgement, { open, decision, change, failed });
}

// In the alert path nothing is caught and carried on: what cannot be judged becomes an alert that a person looks at.
function decideOrReview(
  deps: JudgeDeps,
  facts: readonly Fact[],
  judgement: Judgement,
): { decision: Decision; news: News; failed: boolean } {
  const { asOf, calendar, newObservationId } = judgement;
  const isNew = (fact: Fact): boolean => fact.observationId === newObservationId;
  try {
    const decision = decide(facts, asOf.toISOString(), calendar);
    return { decision, news: newsIn(facts, isNew, calendar), failed: false };
  } catch (error) {
    deps.log.error(
      { observation: newObservationId, error: (error as Error).name },
      'the rules could not decide; a person must look',
    );
    // What could not be judged counts as serious: an alert that was answered asks for a person again.
    const emergency = facts.some((fact) => isNew(fact) && isEmergency(fact));
    return { decision: needsReview(facts), news: { emergency, serious: true }, failed: true };
  }
}

const needsReview = (facts: readonly Fact[]): AlertDecision => ({
  outcome: 'alert',
  policyVersion: 'none',
  colour: 'orange',
  tier: 'school',
  reasons: [],
  clock: 'orange-immediate',
  holder: 'counsellor_on_duty',
  informed: [],
  counsellorOnly: facts.some((fact) => fact.aboutWhom === 'school_staff'),
  guardianLocked: true,
  mandatoryReport: false,
  whatWouldLower: [],
});

interface Decided {
  readonly open: OpenAlert | undefined;
  readonly decision: AlertDecision;
  readonly change: Change;
  readonly failed: boolean;
}

/** Carries out what a decision does to the open alert: found, stored and told. Inside `asEvaluation`. */
export async function applyChange(
  deps: Pick<JudgeDeps, 'newId'>,
  trx: ActorTransaction,
  schoolId: number,
  judgement: Omit<Judgement, 'newObservationId'> & { readonly newObservationId: string | null },
  decided: Decided,
): Promise<void> {
  const { open, decision, change } = decided;
  const who = {
    schoolId,
    counsellorOnly: decision.counsellorOnly,
    pupilIds: [judgement.pupil.id],
    classId: judgement.pupil.classId,
    gradeId: judgement.pupil.gradeId,
    at: judgement.asOf,
  };
  const standing =
    change.restart && (await findStanding(trx, { ...who, key: change.restart.holder }));
  const reporting = decision.mandatoryReport
    ? await findStanding(trx, { ...who, key: defaultPolicy.mandatoryReport.holder })
    : null;
  const alertId = open?.id ?? deps.newId();
  const needsReview = decided.failed
    ? 'evaluation-failed'
    : standing?.holder === null
      ? 'no-holder'
      : null;
  await storeJudgement(trx, {
    schoolId,
    open,
    alertId,
    eventId: deps.newId(),
    decisionId: deps.newId(),
    pupil: judgement.pupil,
    decision,
    change,
    clockStart: change.restart &&
      standing && {
        standing,
        clock: change.restart.clock,
        dueAt: ackDueAt(change.restart.clock, judgement.asOf.toISOString(), judgement.calendar),
      },
    reporting,
    calendar: judgement.calendar,
    needsReview,
    at: judgement.asOf,
    newObservationId: judgement.newObservationId,
  });
  if (open) await lapseProposals(trx, { schoolId, alertId, at: judgement.asOf });
  // More of the same, while the clock runs, rings for nobody.
  const topic = needsReview ? 'alert.needs_review' : change.restart ? 'alert.clock_started' : null;
  const happened = { schoolId, subjectId: alertId, at: judgement.asOf };
  if (topic) await enqueue(deps, trx, { ...happened, topic });
  if (standing?.rung === 'outside')
    await enqueue(deps, trx, { ...happened, topic: 'alert.outside' });
}

// A code the rules do not know has no tier here; deciding has said so already.
function isEmergency(fact: Fact): boolean {
  return findIndicator(fact.code)?.tier === 'emergency';
}
