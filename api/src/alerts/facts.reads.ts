import type {
  AboutWhom,
  ClockKey,
  Colour,
  Fact,
  IndicatorCode,
  KnownBy,
  SourceKind,
  Tier,
} from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';

/**
 * Everything that was reported about one pupil. Inside `asEvaluation` only: nobody sees all of it otherwise.
 *
 * An alert that only counsellors know of judges nothing for the rest: closing it must not show in the other one.
 * @param counsellorOnly for which of the pupil's two alerts
 */
export async function listPupilFacts(
  trx: ActorTransaction,
  schoolId: number,
  pupilId: string,
  counsellorOnly: boolean,
): Promise<Fact[]> {
  const judged = await listJudged(trx, schoolId, pupilId, counsellorOnly);
  const rows = await trx
    .selectFrom('observations as o')
    .innerJoin('observation_details as d', (on) =>
      on.onRef('d.school_id', '=', 'o.school_id').onRef('d.observation_id', '=', 'o.id'),
    )
    .select([
      'o.id',
      'o.indicators',
      'o.conditions_met',
      'd.source_kind',
      'd.reporter_mark',
      'd.known_by',
      'd.about_whom',
      'd.observed_on',
      'd.received_at',
    ])
    .where('o.school_id', '=', schoolId)
    .where('o.pupil_id', '=', pupilId)
    .execute();
  return rows.flatMap((row) =>
    row.indicators.map((code) => ({
      observationId: row.id,
      code: code as IndicatorCode,
      sourceKind: row.source_kind as SourceKind,
      reporter: row.reporter_mark,
      knownBy: row.known_by as KnownBy,
      aboutWhom: row.about_whom as AboutWhom | null,
      observedOn: row.observed_on,
      receivedAt: row.received_at.toISOString(),
      conditionMet: row.conditions_met.includes(code),
      judgedBefore: judged.has(row.id),
    })),
  );
}

/** What an alert stood on that a person has closed. */
async function listJudged(
  trx: ActorTransaction,
  schoolId: number,
  pupilId: string,
  counsellorOnly: boolean,
): Promise<ReadonlySet<string>> {
  const rows = await trx
    .selectFrom('alert_evidence as e')
    .innerJoin('alerts as a', (on) =>
      on.onRef('a.school_id', '=', 'e.school_id').onRef('a.id', '=', 'e.alert_id'),
    )
    .select('e.observation_id')
    .where('e.school_id', '=', schoolId)
    .where('e.pupil_id', '=', pupilId)
    .where('a.status', '=', 'closed')
    .$if(!counsellorOnly, (query) => query.where('a.counsellor_only', '=', false))
    .execute();
  return new Set(rows.map((row) => row.observation_id));
}

export interface OpenAlert {
  readonly id: string;
  readonly colour: Colour;
  readonly tier: Tier;
  readonly clock: ClockKey;
  readonly acknowledged: boolean;
}

/** The alert that is open on a pupil; at most one for counsellors alone and one for the rest. Inside `asEvaluation`. */
export async function findOpenAlert(
  trx: ActorTransaction,
  schoolId: number,
  pupilId: string,
  counsellorOnly: boolean,
): Promise<OpenAlert | undefined> {
  const row = await trx
    .selectFrom('alerts')
    .select(['id', 'colour', 'tier', 'ack_clock', 'status'])
    .where('school_id', '=', schoolId)
    .where('pupil_id', '=', pupilId)
    .where('counsellor_only', '=', counsellorOnly)
    .where('status', '<>', 'closed')
    .forUpdate()
    .executeTakeFirst();
  return (
    row && {
      id: row.id,
      colour: row.colour as Colour,
      tier: row.tier as Tier,
      clock: row.ack_clock as ClockKey,
      acknowledged: row.status === 'acknowledged',
    }
  );
}
