import { sql } from 'kysely';
import type {
  ClockKey,
  Colour,
  NextStep,
  Role,
  RuleId,
  Rung,
  StepKind,
  Tier,
} from '@shaodian/rules';
import type { IndicatorCode } from '@shaodian/rules';
import { defaultPolicy } from '@shaodian/rules';
import { readAlertActs } from '../alert-acts/proposals.reads.ts';
import type { ClosingOutcome } from '../alert-acts/proposals.schemas.ts';
import { listClocks } from '../clocks/clocks.reads.ts';
import { findDataKeys } from '../crypto/data-keys.ts';
import { unsealText } from '../crypto/seal.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { shownWhy, whyText } from '../access/why.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { listMessages } from '../messages/messages.reads.ts';
import type { AlertEventKind, AlertQuery, StepWay } from './alerts.schemas.ts';
import { isCounsellor, whyMayAcknowledge, whyMayReadReasons, whyMaySeeAlert } from './why-may.ts';

type ReadDeps = Pick<Deps, 'db' | 'master' | 'now'>;

const alertsWithNames = (trx: ActorTransaction, actor: Actor) =>
  trx
    .selectFrom('alerts as a')
    .leftJoin('pupils as p', (on) =>
      on.onRef('p.school_id', '=', 'a.school_id').onRef('p.id', '=', 'a.pupil_id'),
    )
    .innerJoin('classes as c', (on) =>
      on.onRef('c.school_id', '=', 'a.school_id').onRef('c.id', '=', 'a.class_id'),
    )
    .leftJoin('staff as h', (on) =>
      on.onRef('h.school_id', '=', 'a.school_id').onRef('h.id', '=', 'a.holder_id'),
    )
    .leftJoin('staff as k', (on) =>
      on.onRef('k.school_id', '=', 'a.school_id').onRef('k.id', '=', 'a.acknowledged_by'),
    )
    .where('a.school_id', '=', actor.schoolId)
    .select([
      'a.id',
      'a.colour',
      'a.tier',
      'a.status',
      'a.pupil_id',
      'p.name as pupil_name',
      'a.class_id',
      'a.grade_id',
      'c.name as class_name',
      'a.raised_at',
      'a.ack_due_at',
      'a.ack_clock',
      'a.acknowledged_at',
      'a.holder_id',
      'h.name as holder_name',
      'k.name as acknowledged_name',
      'a.next_step',
      'a.note',
      'a.needs_review',
      'a.counsellor_only',
      'a.guardian_locked',
      'a.mandatory_report',
      'a.version',
      'a.rung',
      'a.outcome',
    ]);

type Row = Awaited<ReturnType<ReturnType<typeof alertsWithNames>['execute']>>[number];

function rowOf(row: Row, actor: Actor, now: Date) {
  return {
    id: row.id,
    colour: row.colour as Colour,
    tier: row.tier as Tier,
    status: row.status as 'open' | 'acknowledged' | 'closed',
    pupil: { id: row.pupil_id, name: row.pupil_name ?? '—' },
    class: { id: row.class_id, name: row.class_name },
    raisedAt: row.raised_at.toISOString(),
    ackDueAt: row.ack_due_at.toISOString(),
    overdue: row.status === 'open' && row.ack_due_at < now,
    holder: row.holder_id
      ? { name: row.holder_name ?? '—', me: row.holder_id === actor.personId }
      : null,
    acknowledgedAt: row.acknowledged_at?.toISOString() ?? null,
    needsReview: row.needs_review !== null,
    counsellorOnly: row.counsellor_only,
    version: row.version,
  };
}

/** The alerts the reader may list, those whose clock ends first at the top. */
export function listAlerts(deps: ReadDeps, actor: Actor, query: AlertQuery) {
  return deps.db.asActor(actor, async (trx) => {
    let select = alertsWithNames(trx, actor)
      .orderBy('a.ack_due_at')
      .orderBy('a.id')
      .limit(query.limit + 1);
    if (query.status) select = select.where('a.status', '=', query.status);
    if (query.colour) select = select.where('a.colour', '=', query.colour);
    if (query.cursor) {
      const [due = '', id = ''] = decodeCursor(query.cursor, ['timestamp', 'uuid']);
      select = select.where((eb) =>
        eb(eb.refTuple('a.ack_due_at', 'a.id'), '>', eb.tuple(new Date(due), id)),
      );
    }
    const rows = await select.execute();
    const items = rows.slice(0, query.limit);
    const last = items.at(-1);
    return {
      items: items.map((row) => rowOf(row, actor, deps.now())),
      nextCursor:
        rows.length > items.length && last
          ? encodeCursor([last.ack_due_at.toISOString(), last.id])
          : null,
    };
  });
}

/** One alert as its reader may see it. @throws Refusal resource.not-found */
export function readAlert(deps: ReadDeps, actor: Actor, alertId: string) {
  return deps.db.asActor(actor, (trx) => readAlertWithin(deps, trx, actor, alertId));
}

export async function readAlertWithin(
  deps: ReadDeps,
  trx: ActorTransaction,
  actor: Actor,
  alertId: string,
) {
  const row = await alertsWithNames(trx, actor).where('a.id', '=', alertId).executeTakeFirst();
  if (!row) return refuse('resource.not-found');
  const alert = {
    colour: row.colour as Colour,
    classId: row.class_id,
    gradeId: row.grade_id,
    holderId: row.holder_id,
    counsellorOnly: row.counsellor_only,
  };
  const seen = (await whyMaySeeAlert(trx, actor, alert)) ?? refuse('resource.not-found');
  const why = await whyMayReadReasons(trx, row.pupil_id, seen);
  const mayAct = (await whyMayAcknowledge(trx, actor, alert)) !== null;
  const events = await listEvents(trx, actor, alertId);
  const reasons = await listReasons(trx, actor, alertId);
  const clocks = await listClocks(trx, { schoolId: actor.schoolId, alertId });
  recordAct(trx, {
    action: 'alert.read',
    pupils: [row.pupil_id],
    resource: `alert:${alertId}`,
    why: whyText(why),
  });
  return {
    ...rowOf(row, actor, deps.now()),
    why: shownWhy(why),
    reasons,
    reasonsClosed: reasons.length === 0 && why.role === 'school_leader',
    guardianLocked: row.guardian_locked,
    mandatoryReport: row.mandatory_report,
    informed: row.counsellor_only ? [] : informedBy(row.ack_clock),
    acknowledgement: await acknowledgementOf(deps, trx, actor, row, mayAct),
    // The hour of each further report would tell who was at the shared device: for counsellors only.
    events: (await isCounsellor(trx))
      ? events
      : events.filter((one) => one.kind !== 'evidence_attached'),
    messages: await listMessages(trx, actor, alertId),
    rung: row.rung as Rung,
    clocks: clocks.map((clock) => ({
      step: clock.kind as StepKind,
      state: clock.state as 'running' | 'met' | 'stopped',
      dueAt: clock.due_at.toISOString(),
      endedAt: clock.ended_at?.toISOString() ?? null,
      missed: clock.missed,
      overdue: clock.state === 'running' && (clock.missed > 0 || clock.due_at < deps.now()),
    })),
    acts: await readAlertActs(
      deps,
      trx,
      actor,
      {
        id: alertId,
        pupilId: row.pupil_id,
        colour: row.colour as Colour,
        status: row.status,
        holderId: row.holder_id,
        guardianLocked: row.guardian_locked,
      },
      mayAct,
    ),
    outcome: row.outcome as ClosingOutcome | null,
    canRecordSteps: row.status !== 'closed' && mayAct,
    canAcknowledge: row.status === 'open' && mayAct,
    dutyPhones: await listDutyPhones(trx, row.pupil_id),
  };
}

// Mentors cannot see an alert yet, so no screen may say that they do.
const informedBy = (clock: string): Role[] =>
  defaultPolicy.informed[clock as ClockKey].filter((role) => role !== 'mentor');

async function listReasons(trx: ActorTransaction, actor: Actor, alertId: string) {
  const rows = await trx
    .selectFrom('alert_reasons')
    .select(['rule', 'colour', 'tier', 'codes', 'weeks'])
    .where('school_id', '=', actor.schoolId)
    .where('alert_id', '=', alertId)
    .orderBy('position')
    .execute();
  return rows.map((row) => ({
    rule: row.rule as RuleId,
    colour: row.colour as Colour,
    tier: row.tier as Tier,
    codes: row.codes as IndicatorCode[],
    weeks: row.weeks as unknown as string[],
  }));
}

// The note was written for those who act; others see that somebody did, and the step.
async function acknowledgementOf(
  deps: ReadDeps,
  trx: ActorTransaction,
  actor: Actor,
  row: Row,
  mayAct: boolean,
) {
  if (!row.acknowledged_at || !row.next_step) return null;
  const key =
    mayAct &&
    row.note &&
    (await findDataKeys(trx, deps.master, {
      schoolId: actor.schoolId,
      kind: 'pupil',
      id: row.pupil_id,
    }));
  const place = { table: 'alerts', column: 'note', row: row.id, schoolId: actor.schoolId };
  return {
    by: row.acknowledged_name ?? '—',
    at: row.acknowledged_at.toISOString(),
    nextStep: row.next_step as NextStep,
    note: row.note && key ? unsealText(row.note, key, place) : null,
  };
}

async function listEvents(trx: ActorTransaction, actor: Actor, alertId: string) {
  const rows = await trx
    .selectFrom('alert_events as e')
    .leftJoin('staff as s', (on) =>
      on.onRef('s.school_id', '=', 'e.school_id').onRef('s.id', '=', 'e.person_id'),
    )
    .select(['e.at', 'e.kind', 'e.colour', 'e.step', 'e.way', 'e.rung', 's.name'])
    .where('e.school_id', '=', actor.schoolId)
    .where('e.alert_id', '=', alertId)
    .orderBy('e.at')
    .orderBy('e.id')
    .execute();
  return rows.map((row) => ({
    at: row.at.toISOString(),
    kind: row.kind as AlertEventKind,
    step: row.step as StepKind | null,
    way: row.way as StepWay | null,
    rung: row.rung as Rung | null,
    colour: row.colour as Colour,
    by: row.name,
  }));
}

// A function of its own: whoever stands in a corridor with an alert needs the numbers, not the duty roster.
async function listDutyPhones(trx: ActorTransaction, pupilId: string) {
  const rows = await sql<{ name: string; phone: string }>`
    select name, phone from sec.duty_phones(${pupilId}::uuid)`.execute(trx);
  return rows.rows;
}
