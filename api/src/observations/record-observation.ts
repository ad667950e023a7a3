import { asksAboutWhom, getIndicator, indicatorsFor, localDate, weekOf } from '@shaodian/rules';
import type { IndicatorCode, SourceKind } from '@shaodian/rules';
import { listOwnGrants } from '../access/own-grants.reads.ts';
import { judgePupil } from '../alerts/judge-pupil.ts';
import { judgeClusters } from '../clusters/judge-clusters.ts';
import { getDataKey } from '../crypto/data-keys.ts';
import { sealText } from '../crypto/seal.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { readCalendar } from '../schools/calendar.reads.ts';
import { insertObservation, insertReporterSeal } from './observations.queries.ts';
import type { ObservationInput } from './observations.schemas.ts';

export type ReportDeps = Pick<Deps, 'db' | 'master' | 'now' | 'newId' | 'log'>;

export interface Recorded {
  readonly id: string;
  readonly submittedAt: string;
  readonly emergency: boolean;
  readonly next: 'emergency' | 'thanks';
}

/** A peer's or teacher's observation on any day: stored, judged, and an adult told, in one transaction. */
export function recordObservation(
  deps: ReportDeps,
  actor: Actor,
  input: ObservationInput,
  request: OnceRequest,
): Promise<Recorded> {
  return once(deps.db, actor, request, async (trx) => {
    const recorded = await recordWithin(deps, trx, actor, input, null);
    await judgeClusters(deps, trx, actor, [{ ...input, id: recorded.id }]);
    return recorded;
  });
}

/** The same inside a transaction that is already open, for the observations of a monthly report. Clusters are looked for when all are in. */
export async function recordWithin(
  deps: ReportDeps,
  trx: ActorTransaction,
  actor: Actor,
  input: ObservationInput,
  reportId: string | null,
): Promise<Recorded> {
  const sourceKind = await sourceKindOf(trx, actor);
  const indicators = indicatorsOf(input);
  assertOffered(indicators, sourceKind);
  if (input.aboutWhom === null && indicators.some(asksAboutWhom))
    refuse('observation.about-whom-missing', {
      errors: [{ path: 'aboutWhom', code: 'required', message: 'about whom' }],
    });
  const receivedAt = deps.now();
  const calendar = await readCalendar(trx, actor.schoolId);
  assertDate(input.observedOn, localDate(receivedAt.toISOString(), calendar.timeZone));
  const pupil =
    (await findReportablePupil(trx, actor, input.pupilId)) ??
    refuse('observation.pupil-not-found', {
      errors: [{ path: 'pupilId', code: 'not_found', message: 'not on the class list' }],
    });

  const id = deps.newId();
  await insertObservation(trx, actor, {
    id,
    pupil,
    indicators,
    sourceKind,
    counsellorOnly: input.aboutWhom === 'school_staff',
    week: weekOf(input.observedOn),
    receivedAt,
    reportId,
    words: await sealWords(deps, trx, actor, { id, pupilId: pupil.id, words: input.words.trim() }),
    input,
  });
  await keepReporter(deps, trx, actor);
  // Of a peer the chain keeps that something was reported, not about whom: the row would say who did.
  recordAct(
    trx,
    sourceKind === 'peer'
      ? { action: 'observation.recorded' }
      : { action: 'observation.recorded', pupils: [pupil.id], resource: `observation:${id}` },
  );
  await judgePupil(deps, trx, actor, { pupil, calendar, newObservationId: id, asOf: receivedAt });
  const emergency = indicators.some((code) => getIndicator(code).tier === 'emergency');
  return {
    id,
    submittedAt: receivedAt.toISOString(),
    emergency,
    next: emergency ? 'emergency' : 'thanks',
  };
}

/** "I am very worried, a teacher should know now" is a sign like the others. */
const indicatorsOf = (input: ObservationInput): IndicatorCode[] =>
  input.veryWorried && !input.indicators.includes('WOR01')
    ? [...input.indicators, 'WOR01']
    : input.indicators;

async function sourceKindOf(trx: ActorTransaction, actor: Actor): Promise<SourceKind> {
  const roles = new Set((await listOwnGrants(trx, actor)).map((grant) => grant.role));
  if (roles.has('counsellor') || roles.has('lead_counsellor')) return 'counsellor';
  if (roles.has('homeroom_teacher') || roles.has('grade_head')) return 'staff';
  if (roles.has('committee_member')) return 'peer';
  return refuse('action.not-allowed');
}

function assertOffered(indicators: readonly IndicatorCode[], sourceKind: SourceKind): void {
  const offered = new Set(
    indicatorsFor(sourceKind === 'peer' ? 'peer' : 'staff').map((indicator) => indicator.code),
  );
  const strange = indicators.filter((code) => !offered.has(code));
  if (strange.length > 0)
    refuse('observation.indicator-not-offered', {
      errors: strange.map((code) => ({ path: 'indicators', code: 'not_offered', message: code })),
    });
}

function assertDate(observedOn: string, today: string): void {
  const yearBefore = `${Number(today.slice(0, 4)) - 1}${today.slice(4)}`;
  if (observedOn > today || observedOn < yearBefore)
    refuse('observation.date-in-future', {
      errors: [{ path: 'observedOn', code: 'out_of_range', message: today }],
    });
}

// Row security decides: a pupil who is not visible cannot be reported on. Nobody reports on themselves here.
async function findReportablePupil(trx: ActorTransaction, actor: Actor, pupilId: string) {
  if (pupilId === actor.personId) return undefined;
  const row = await trx
    .selectFrom('pupils')
    .select(['id', 'class_id', 'grade_id'])
    .where('school_id', '=', actor.schoolId)
    .where('id', '=', pupilId)
    // What is sealed would need a key again.
    .where('erased_at', 'is', null)
    .executeTakeFirst();
  return row && { id: row.id, classId: row.class_id, gradeId: row.grade_id };
}

async function sealWords(
  deps: ReportDeps,
  trx: ActorTransaction,
  actor: Actor,
  what: { id: string; pupilId: string; words: string },
): Promise<Buffer | null> {
  if (what.words === '') return null;
  const key = await getDataKey(trx, deps.master, {
    schoolId: actor.schoolId,
    kind: 'pupil',
    id: what.pupilId,
  });
  return sealText(what.words, key, {
    table: 'observation_details',
    column: 'words',
    row: what.id,
    schoolId: actor.schoolId,
  });
}

async function keepReporter(deps: ReportDeps, trx: ActorTransaction, actor: Actor): Promise<void> {
  const place = {
    table: 'reporter_seals',
    column: 'sealed_person',
    row: actor.mark,
    schoolId: actor.schoolId,
  };
  const kek = deps.master.kekOf(actor.schoolId);
  await insertReporterSeal(trx, actor, {
    kek_id: kek.id,
    sealed_person: sealText(actor.personId, kek, place),
  });
}
