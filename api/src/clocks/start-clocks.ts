import { sql } from 'kysely';
import { seeEvidenceDueAt, stepsDueAt } from '@shaodian/rules';
import type { ClockKey, SchoolCalendar, Standing, StepKind } from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';
import { endClock } from './end-clock.ts';

interface OneAlert {
  readonly schoolId: number;
  readonly alertId: string;
}

export interface ClocksToStart extends OneAlert {
  readonly pupilId: string;
  readonly clock: ClockKey;
  readonly guardianLocked: boolean;
  readonly mandatoryReport: boolean;
  /** Domain time. */
  readonly at: Date;
  readonly calendar: SchoolCalendar;
  /** Whether a deadline that nobody has met yet may move later: only an emergency starts afresh. */
  readonly afresh: boolean;
  /** Who must make the mandatory report, and how far that has climbed. */
  readonly reporting: Standing | null;
}

/** Starts every clock of an alert, or starts it again. Inside `asEvaluation`, with the alert locked or new. */
export async function startClocks(trx: ActorTransaction, start: ClocksToStart): Promise<void> {
  for (const { kind, dueAt } of stepsDueAt(start, start.at.toISOString(), start.calendar))
    await startClock(trx, start, kind, dueAt);
  if (start.guardianLocked) await endClock(trx, start, 'guardian', 'stopped', start.at);
}

/** More of the same on an alert that somebody has acknowledged: its holder must see it. Inside `asEvaluation`. */
export async function startEvidenceClock(
  trx: ActorTransaction,
  start: ClocksToStart,
): Promise<void> {
  await startClock(
    trx,
    start,
    'see_evidence',
    seeEvidenceDueAt(start.at.toISOString(), start.calendar),
  );
}

/** One clock, from now. Inside `asEvaluation`, with the alert locked. */
export async function startClock(
  trx: ActorTransaction,
  start: OneAlert & Pick<ClocksToStart, 'pupilId' | 'at' | 'afresh' | 'reporting'>,
  kind: StepKind,
  dueAt: string,
): Promise<void> {
  const climbing =
    kind === 'mandatory_report'
      ? {
          rung: start.reporting?.rung ?? 'outside',
          asked: [...(start.reporting?.asked ?? [])],
          holder_id: start.reporting?.holder ?? null,
        }
      : { rung: null, asked: null, holder_id: null };
  await trx
    .insertInto('alert_clocks')
    .values({
      school_id: start.schoolId,
      alert_id: start.alertId,
      kind,
      pupil_id: start.pupilId,
      started_at: start.at,
      due_at: dueAt,
      state: 'running',
      ...climbing,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['school_id', 'alert_id', 'kind'])
        .doUpdateSet((eb) => ({
          started_at: eb.ref('excluded.started_at'),
          due_at: start.afresh
            ? eb.ref('excluded.due_at')
            : sql<Date>`case alert_clocks.state when 'running' then least(alert_clocks.due_at, excluded.due_at) else excluded.due_at end`,
          state: 'running',
          ended_at: null,
          // A report that was made, or is climbing, is not asked for from the beginning.
          ...(kind === 'mandatory_report' ? {} : { missed: 0 }),
        }))
        .where((eb) =>
          kind === 'mandatory_report' ? eb('alert_clocks.state', '=', 'stopped') : eb.lit(true),
        ),
    )
    .execute();
}
