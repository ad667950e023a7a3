import { sql } from 'kysely';
import { findIndicator, localDate, monthlyReportDueOn } from '@shaodian/rules';
import type { Role } from '@shaodian/rules';
import { listOwnGrants } from '../access/own-grants.reads.ts';
import type { OwnGrant } from '../access/own-grants.reads.ts';
import { findDataKeys } from '../crypto/data-keys.ts';
import { unsealText } from '../crypto/seal.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { readCalendar } from '../schools/calendar.reads.ts';
import { findOwnSeat } from '../sign-in/session.reads.ts';
import { lastReportMonth, openMonths } from './open-months.ts';

/** The committee member's home: which months are due, and whether an adult answered. Never an outcome. */
export function readOwnReports(deps: Pick<Deps, 'db' | 'now'>, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    const seat = (await findOwnSeat(trx, actor)) ?? refuse('monthly-report.no-seat');
    const calendar = await readCalendar(trx, actor.schoolId);
    const today = localDate(deps.now().toISOString(), calendar.timeZone);
    const handedIn = await listHandedIn(trx);
    return {
      seat: { classId: seat.classId, className: seat.className, seat: seat.seat },
      months: openMonths(calendar, today).map((month) => {
        const dueOn = monthlyReportDueOn(calendar, month);
        const submittedAt = handedIn.get(month) ?? null;
        const state = submittedAt
          ? ('submitted' as const)
          : today > dueOn
            ? ('late' as const)
            : ('due' as const);
        return { month, dueOn, state, submittedAt: submittedAt?.toISOString() ?? null };
      }),
      recent: await listRecent(trx, actor),
    };
  });
}

async function listHandedIn(trx: ActorTransaction): Promise<Map<string, Date>> {
  const rows = await sql<{
    month: string;
    submitted_at: Date;
  }>`select month, submitted_at from sec.my_report_months()`.execute(trx);
  return new Map(rows.rows.map((row) => [row.month.slice(0, 7), row.submitted_at]));
}

async function listRecent(trx: ActorTransaction, actor: Actor) {
  const rows = await trx
    .selectFrom('observation_details as d')
    .innerJoin('observations as o', (on) =>
      on.onRef('o.school_id', '=', 'd.school_id').onRef('o.id', '=', 'd.observation_id'),
    )
    .select([
      'd.observation_id',
      'd.received_at',
      'o.indicators',
      sql<Date | null>`sec.answered(d.observation_id)`.as('answered_at'),
    ])
    .where('d.school_id', '=', actor.schoolId)
    .where('d.reporter_mark', '=', actor.mark)
    .orderBy('d.received_at', 'desc')
    .limit(20)
    .execute();
  return rows.map((row) => ({
    id: row.observation_id,
    submittedAt: row.received_at.toISOString(),
    answered: row.answered_at !== null,
    emergency: row.indicators.some((code) => findIndicator(code)?.tier === 'emergency'),
  }));
}

const arrivalReaders: readonly Role[] = [
  'homeroom_teacher',
  'grade_head',
  'counsellor',
  'lead_counsellor',
];

// More people see the seats than the reports: to them a class would look as if nothing had arrived.
const seesArrivals = (grant: OwnGrant, row: { id: number; grade_id: number }): boolean =>
  arrivalReaders.includes(grant.role) &&
  (grant.scope === 'school' ||
    (grant.scope === 'class' && grant.scopeId === row.id) ||
    (grant.scope === 'grade' && grant.scopeId === row.grade_id));

/** Per class: how many reports of a month arrived. The reader's own classes only. */
export function readArrivals(
  deps: Pick<Deps, 'db' | 'now'>,
  actor: Actor,
  asked: string | undefined,
) {
  return deps.db.asActor(actor, async (trx) => {
    const calendar = await readCalendar(trx, actor.schoolId);
    const today = localDate(deps.now().toISOString(), calendar.timeZone);
    const month = asked ?? lastReportMonth(calendar, today);
    const rows = await trx
      .selectFrom('classes as c')
      .innerJoin('committee_seats as s', (on) =>
        on
          .onRef('s.school_id', '=', 'c.school_id')
          .onRef('s.class_id', '=', 'c.id')
          .on('s.ends_on', 'is', null),
      )
      .select((eb) => [
        'c.id',
        'c.name',
        'c.grade_id',
        eb.fn.countAll<string>().as('seats'),
        eb
          .selectFrom('monthly_reports as r')
          .whereRef('r.school_id', '=', 'c.school_id')
          .whereRef('r.class_id', '=', 'c.id')
          .where('r.month', '=', `${month}-01`)
          .select(sql<string>`count(*)`.as('n'))
          .as('arrived'),
        eb
          .selectFrom('monthly_reports as r')
          .whereRef('r.school_id', '=', 'c.school_id')
          .whereRef('r.class_id', '=', 'c.id')
          .where('r.month', '=', `${month}-01`)
          .where('r.late', '=', true)
          .select(sql<string>`count(*)`.as('n'))
          .as('late'),
      ])
      .where('c.school_id', '=', actor.schoolId)
      .groupBy(['c.school_id', 'c.id', 'c.name', 'c.grade_id', 'c.number'])
      .orderBy('c.grade_id')
      .orderBy('c.number')
      .execute();
    const grants = await listOwnGrants(trx, actor);
    const own = rows.filter((row) => grants.some((grant) => seesArrivals(grant, row)));
    return {
      month,
      dueOn: monthlyReportDueOn(calendar, month),
      items: own.map((row) => ({
        class: { id: row.id, name: row.name },
        seats: Number(row.seats),
        arrived: Number(row.arrived),
        late: Number(row.late),
      })),
    };
  });
}

/** What I handed in, for 48 hours. @throws Refusal resource.not-found */
export function readOwnReport(deps: Pick<Deps, 'db' | 'master'>, actor: Actor, reportId: string) {
  return deps.db.asActor(actor, async (trx) => {
    const row = await trx
      .selectFrom('monthly_report_bodies')
      .select(['report_id', 'month', 'submitted_at', 'zero_report', 'kindness', 'reporter_mark'])
      .where('school_id', '=', actor.schoolId)
      .where('report_id', '=', reportId)
      .executeTakeFirst();
    if (!row) return refuse('resource.not-found');
    const own = row.reporter_mark === actor.mark;
    recordAct(trx, {
      action: 'monthly-report.read',
      resource: own ? '' : `monthly-report:${reportId}`,
      why: own ? 'own' : 'counsellor',
    });
    const key =
      row.kindness &&
      (await findDataKeys(trx, deps.master, {
        schoolId: actor.schoolId,
        kind: 'report',
        id: reportId,
      }));
    const observations = await trx
      .selectFrom('observation_details')
      .select((eb) => eb.fn.countAll<string>().as('n'))
      .where('school_id', '=', actor.schoolId)
      .where('report_id', '=', reportId)
      .executeTakeFirstOrThrow();
    const place = {
      table: 'monthly_report_bodies',
      column: 'kindness',
      row: reportId,
      schoolId: actor.schoolId,
    };
    return {
      id: row.report_id,
      month: row.month.slice(0, 7),
      submittedAt: row.submitted_at.toISOString(),
      zeroReport: row.zero_report,
      kindness: row.kindness && key ? unsealText(row.kindness, key, place) : null,
      observations: Number(observations.n),
    };
  });
}
