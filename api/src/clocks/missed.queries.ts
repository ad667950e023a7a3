import { sql } from 'kysely';
import type { ClockKey, Colour, Rung, Standing, StepKind, Tier } from '@shaodian/rules';
import type { WorkerTransaction } from '../db/worker-database.ts';
import type { OutboxTopic } from '../notifications/enqueue.ts';

interface DueClock {
  readonly schoolId: number;
  readonly alertId: string;
  readonly kind: StepKind;
}

/** A clock that ran out, with the alert it is of. The alert is locked. */
export interface Missed extends DueClock {
  readonly pupilId: string;
  readonly classId: number;
  readonly gradeId: number;
  readonly colour: Colour;
  readonly tier: Tier;
  readonly clock: ClockKey;
  readonly counsellorOnly: boolean;
  readonly guardianLocked: boolean;
  readonly isAcknowledged: boolean;
  readonly standing: Standing;
}

/** Clocks that ran out, of any school, those that wait longest first. Works before `actForSchool`: which school is not known yet. */
export async function listDue(trx: WorkerTransaction, until: Date): Promise<DueClock[]> {
  const { rows } = await sql<{
    school_id: number;
    alert_id: string;
    kind: StepKind;
  }>`select * from sec.due_clocks(${until})`.execute(trx);
  return rows.map((row) => ({ schoolId: row.school_id, alertId: row.alert_id, kind: row.kind }));
}

/**
 * Locks the alert, and only then looks at the clock: whoever acts on an alert locks it first, so what they changed is seen here.
 * Undefined where somebody else holds the alert, or the clock does not run any more.
 */
export async function findMissed(
  trx: WorkerTransaction,
  { schoolId, alertId, kind }: DueClock,
  until: Date,
): Promise<Missed | undefined> {
  const alert = await trx
    .selectFrom('alerts')
    .select([
      'pupil_id',
      'class_id',
      'grade_id',
      'colour',
      'tier',
      'ack_clock',
      'counsellor_only',
      'guardian_locked',
      'status',
      'rung',
      'asked',
      'holder_id',
    ])
    .where('school_id', '=', schoolId)
    .where('id', '=', alertId)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (!alert) return undefined;
  const clock = await trx
    .selectFrom('alert_clocks')
    .select(['rung', 'asked', 'holder_id'])
    .where('school_id', '=', schoolId)
    .where('alert_id', '=', alertId)
    .where('kind', '=', kind)
    .where('state', '=', 'running')
    .where('due_at', '<=', until)
    .executeTakeFirst();
  if (!clock) return undefined;
  const climbing = clock.rung === null ? alert : clock;
  return {
    schoolId,
    alertId,
    kind,
    pupilId: alert.pupil_id,
    classId: alert.class_id,
    gradeId: alert.grade_id,
    colour: alert.colour as Colour,
    tier: alert.tier as Tier,
    clock: alert.ack_clock as ClockKey,
    counsellorOnly: alert.counsellor_only,
    guardianLocked: alert.guardian_locked,
    isAcknowledged: alert.status === 'acknowledged',
    standing: {
      rung: climbing.rung as Rung,
      asked: climbing.asked ?? [],
      holder: climbing.holder_id,
    },
  };
}

interface StoredMiss {
  readonly missed: Missed;
  readonly next: Standing;
  readonly tier: Tier;
  /** ISO instant at which it is missed again. */
  readonly dueAt: string;
  readonly at: Date;
  readonly eventId: string;
  readonly kind: 'climbed' | 'step_missed';
}

/** The clock runs on for whoever is next, the alert is theirs, and the event says so. */
export async function storeMiss(trx: WorkerTransaction, stored: StoredMiss): Promise<void> {
  const { missed, next } = stored;
  const standing = { rung: next.rung, asked: [...next.asked], holder_id: next.holder };
  const climbsAlone = missed.kind === 'mandatory_report';
  await updateClock(trx, missed)
    .set({
      due_at: stored.dueAt,
      missed: sql<number>`missed + 1`,
      ...(climbsAlone && standing),
    })
    .execute();
  await trx
    .updateTable('alerts')
    .set({
      version: sql<number>`version + 1`,
      ...(!climbsAlone && { ...standing, tier: stored.tier }),
      ...(missed.kind === 'acknowledge' && { ack_due_at: stored.dueAt }),
      ...(!climbsAlone &&
        next.holder === null && {
          needs_review: sql<string>`coalesce(needs_review, 'no-holder')`,
        }),
    })
    .where('school_id', '=', missed.schoolId)
    .where('id', '=', missed.alertId)
    .execute();
  await trx
    .insertInto('alert_events')
    .values({
      school_id: missed.schoolId,
      id: stored.eventId,
      alert_id: missed.alertId,
      grade_id: missed.gradeId,
      class_id: missed.classId,
      counsellor_only: missed.counsellorOnly,
      at: stored.at,
      kind: stored.kind,
      colour: missed.colour,
      step: missed.kind,
      rung: next.rung,
    })
    .execute();
}

const updateClock = (trx: WorkerTransaction, { schoolId, alertId, kind }: DueClock) =>
  trx
    .updateTable('alert_clocks')
    .where('school_id', '=', schoolId)
    .where('alert_id', '=', alertId)
    .where('kind', '=', kind);

/** What could not be carried out is tried again then, and a person looks meanwhile. */
export async function setBack(trx: WorkerTransaction, missed: Missed, until: Date): Promise<void> {
  await updateClock(trx, missed).set({ due_at: until }).execute();
  await trx
    .updateTable('alerts')
    .set({ needs_review: sql<string>`coalesce(needs_review, 'evaluation-failed')` })
    .where('school_id', '=', missed.schoolId)
    .where('id', '=', missed.alertId)
    .execute();
}

/** Writes down that somebody must be told; who, is found on delivery. */
export async function tell(
  deps: { readonly newId: () => string },
  trx: WorkerTransaction,
  missed: Missed,
  topic: OutboxTopic,
  at: Date,
): Promise<void> {
  await trx
    .insertInto('outbox')
    .values({
      school_id: missed.schoolId,
      id: deps.newId(),
      topic,
      subject_id: missed.alertId,
      at,
    })
    .execute();
}
