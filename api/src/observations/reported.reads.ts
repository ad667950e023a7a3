import { sql } from 'kysely';
import type { AboutWhom, AskingCode, IndicatorCode, KnownBy } from '@shaodian/rules';
import { whyMaySeePupil } from '../access/why-may-see-pupil.ts';
import { shownWhy, whyText } from '../access/why.ts';
import { findDataKeys } from '../crypto/data-keys.ts';
import { unsealText } from '../crypto/seal.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Actor } from '../http/types.ts';

export interface ReadableObservation {
  readonly id: string;
  readonly week: string;
  readonly source:
    'someone_at_school' | 'staff' | 'counsellor' | 'pupil' | 'guardian' | 'screening';
  readonly indicators: IndicatorCode[];
  readonly conditionsMet: AskingCode[];
  readonly observedOn: string | null;
  readonly knownBy: KnownBy | null;
  readonly aboutWhom: AboutWhom | null;
  readonly words: string | null;
  readonly own: boolean;
}

const most = 200;

/** What was reported about a pupil, as far as this reader may see it: the details appear only where row security gives them. */
async function listObservationsOf(
  deps: Pick<Deps, 'master'>,
  trx: ActorTransaction,
  actor: Actor,
  pupilId: string,
): Promise<ReadableObservation[]> {
  const rows = await trx
    .selectFrom('observations as o')
    .leftJoin('observation_details as d', (on) =>
      on.onRef('d.school_id', '=', 'o.school_id').onRef('d.observation_id', '=', 'o.id'),
    )
    .select([
      'o.id',
      'o.week',
      'o.source',
      'o.indicators',
      'o.conditions_met',
      'd.observed_on',
      'd.known_by',
      'd.about_whom',
      'd.words',
      'd.reporter_mark',
    ])
    .where('o.school_id', '=', actor.schoolId)
    .where('o.pupil_id', '=', pupilId)
    .orderBy('o.week', 'desc')
    .orderBy('o.id')
    .limit(most)
    .execute();
  const needsKey = rows.some((row) => row.words !== null);
  const key = needsKey
    ? await findDataKeys(trx, deps.master, { schoolId: actor.schoolId, kind: 'pupil', id: pupilId })
    : undefined;
  return rows.map((row) => ({
    id: row.id,
    week: row.week,
    source: row.source as ReadableObservation['source'],
    indicators: row.indicators as IndicatorCode[],
    conditionsMet: row.conditions_met as AskingCode[],
    observedOn: row.observed_on,
    knownBy: row.known_by as KnownBy | null,
    aboutWhom: row.about_whom as AboutWhom | null,
    words:
      row.words && key
        ? unsealText(row.words, key, {
            table: 'observation_details',
            column: 'words',
            row: row.id,
            schoolId: actor.schoolId,
          })
        : null,
    own: row.reporter_mark === actor.mark,
  }));
}

/** @throws Refusal resource.not-found when the pupil is not visible to the reader */
export function readObservationsOf(
  deps: Pick<Deps, 'db' | 'master'>,
  actor: Actor,
  pupilId: string,
) {
  return deps.db.asActor(actor, async (trx) => {
    const pupil = await trx
      .selectFrom('pupils')
      .select(['id', 'class_id', 'grade_id'])
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', pupilId)
      .executeTakeFirst();
    if (!pupil) return refuse('resource.not-found');
    const place = { id: pupil.id, classId: pupil.class_id, gradeId: pupil.grade_id };
    const why = (await whyMaySeePupil(trx, actor, place)) ?? refuse('resource.not-found');
    recordAct(trx, { action: 'observations.read', pupils: [pupilId], why: whyText(why) });
    return { why: shownWhy(why), items: await listObservationsOf(deps, trx, actor, pupilId) };
  });
}

/** Whether an adult answered what I reported. The same answer for what never was and for what is not mine: not found. */
export function readAnswered(deps: Pick<Deps, 'db'>, actor: Actor, observationId: string) {
  return deps.db.asActor(actor, async (trx) => {
    const own = await trx
      .selectFrom('observation_details')
      .select('observation_id')
      .where('school_id', '=', actor.schoolId)
      .where('observation_id', '=', observationId)
      .where('reporter_mark', '=', actor.mark)
      .executeTakeFirst();
    if (!own) refuse('resource.not-found');
    const rows = await sql<{
      at: Date | null;
    }>`select sec.answered(${observationId}) as at`.execute(trx);
    const at = rows.rows[0]?.at ?? null;
    return { answered: at !== null, answeredAt: at?.toISOString() ?? null };
  });
}
