import type { IndicatorCode, SourceKind } from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';
import type { Actor } from '../http/types.ts';
import type { ObservationInput } from './observations.schemas.ts';

export interface StoredObservation {
  readonly id: string;
  readonly pupil: { readonly id: string; readonly classId: number; readonly gradeId: number };
  readonly indicators: readonly IndicatorCode[];
  readonly sourceKind: SourceKind;
  readonly counsellorOnly: boolean;
  readonly week: string;
  readonly receivedAt: Date;
  readonly reportId: string | null;
  readonly words: Buffer | null;
  readonly input: ObservationInput;
}

/** What everybody entitled sees, and what stays sealed, in two tables. */
export async function insertObservation(
  trx: ActorTransaction,
  actor: Actor,
  stored: StoredObservation,
): Promise<void> {
  const place = {
    school_id: actor.schoolId,
    pupil_id: stored.pupil.id,
    grade_id: stored.pupil.gradeId,
    class_id: stored.pupil.classId,
  };
  await trx
    .insertInto('observations')
    .values({
      ...place,
      id: stored.id,
      week: stored.week,
      source: stored.sourceKind === 'peer' ? 'someone_at_school' : stored.sourceKind,
      indicators: [...stored.indicators],
      conditions_met: [...new Set(stored.input.conditionsMet)],
      counsellor_only: stored.counsellorOnly,
    })
    .execute();
  await trx
    .insertInto('observation_details')
    .values({
      ...place,
      observation_id: stored.id,
      report_id: stored.reportId,
      source_kind: stored.sourceKind,
      counsellor_only: stored.counsellorOnly,
      reporter_mark: actor.mark,
      observed_on: stored.input.observedOn,
      received_at: stored.receivedAt,
      known_by: stored.input.knownBy,
      since_when: stored.input.sinceWhen,
      how_often: stored.input.howOften,
      about_whom: stored.input.aboutWhom,
      words: stored.words,
    })
    .execute();
}

/** Keeps the way back from a mark to a person, sealed; a second report of the same person changes nothing. */
export async function insertReporterSeal(
  trx: ActorTransaction,
  actor: Actor,
  seal: { kek_id: string; sealed_person: Buffer },
): Promise<void> {
  await trx
    .insertInto('reporter_seals')
    .values({ school_id: actor.schoolId, mark: actor.mark, ...seal })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
