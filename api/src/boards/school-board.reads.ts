import { sql } from 'kysely';
import { colours, localDate, monthlyReportDueOn } from '@shaodian/rules';
import type { Colour, SchoolCalendar, Tier } from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { lastReportMonth } from '../monthly-reports/open-months.ts';
import { readCalendar } from '../schools/calendar.reads.ts';

/**
 * The school's board. Alerts are counted through row security: a reader counts those they may list, and no others,
 * so small numbers hide nobody from this reader. @throws Refusal action.not-allowed
 */
export function readSchoolBoard(deps: Pick<Deps, 'db' | 'now'>, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    const may = await sql<{
      may: boolean;
    }>`select sec.has_role('school_leader', 'counsellor', 'lead_counsellor') as may`.execute(trx);
    if (!may.rows[0]?.may) refuse('action.not-allowed');
    const calendar = await readCalendar(trx, actor.schoolId);
    const now = deps.now();
    const alerts = await countAlerts(trx, actor, now);
    const submissions = await countSubmissions(trx, actor, calendar, now);
    return {
      asOf: now.toISOString(),
      alerts: alerts.summary,
      submissions: submissions.total,
      byGrade: submissions.byGrade.map((grade) => ({
        ...grade,
        open: alerts.openByGrade.get(grade.grade.id) ?? 0,
      })),
      months: await countMonths(trx, actor, calendar, now),
    };
  });
}

async function countAlerts(trx: ActorTransaction, actor: Actor, now: Date) {
  const rows = await trx
    .selectFrom('alerts')
    .select([
      'colour',
      'tier',
      'grade_id',
      sql<number>`count(*) filter (where status = 'open')::int`.as('open'),
      sql<number>`count(*) filter (where status = 'acknowledged')::int`.as('acknowledged'),
      sql<number>`count(*) filter (where status = 'open' and ack_due_at < ${now})::int`.as(
        'overdue',
      ),
      sql<number>`count(*) filter (where acknowledged_at <= ack_due_at)::int`.as('in_time'),
      sql<number>`count(*) filter (where acknowledged_at is not null)::int`.as('answered'),
    ])
    .where('school_id', '=', actor.schoolId)
    .where('status', '<>', 'closed')
    .groupBy(['colour', 'tier', 'grade_id'])
    .execute();
  const sum = (pick: (row: (typeof rows)[number]) => number) =>
    rows.reduce((total, row) => total + pick(row), 0);
  const cells = new Map<
    string,
    { colour: Colour; tier: Tier; open: number; acknowledged: number }
  >();
  for (const row of rows) {
    const key = `${row.colour}/${row.tier}`;
    const cell = cells.get(key) ?? {
      colour: row.colour as Colour,
      tier: row.tier as Tier,
      open: 0,
      acknowledged: 0,
    };
    cells.set(key, {
      ...cell,
      open: cell.open + row.open,
      acknowledged: cell.acknowledged + row.acknowledged,
    });
  }
  const openByGrade = new Map<number, number>();
  for (const row of rows)
    openByGrade.set(row.grade_id, (openByGrade.get(row.grade_id) ?? 0) + row.open);
  return {
    openByGrade,
    summary: {
      byColourTier: [...cells.values()].sort(
        (a, b) =>
          colours.indexOf(b.colour) - colours.indexOf(a.colour) || a.tier.localeCompare(b.tier),
      ),
      unacknowledged: sum((row) => row.open),
      overdue: sum((row) => row.overdue),
      acknowledgedWithinClock: { n: sum((row) => row.in_time), of: sum((row) => row.answered) },
    },
  };
}

async function countSubmissions(
  trx: ActorTransaction,
  actor: Actor,
  calendar: SchoolCalendar,
  now: Date,
) {
  const today = localDate(now.toISOString(), calendar.timeZone);
  const month = lastReportMonth(calendar, today);
  const counts = await sql<{ grade_id: number; seats: number; submitted: number; late: number }>`
    select * from sec.submission_counts(${`${month}-01`})`.execute(trx);
  const grades = await trx
    .selectFrom('grades')
    .select(['id', 'name'])
    .where('school_id', '=', actor.schoolId)
    .orderBy('ordinal')
    .execute();
  const byGrade = grades.map((grade) => {
    const row = counts.rows.find((one) => one.grade_id === grade.id);
    return { grade, seats: row?.seats ?? 0, submitted: row?.submitted ?? 0, late: row?.late ?? 0 };
  });
  const sum = (pick: (row: (typeof byGrade)[number]) => number) =>
    byGrade.reduce((total, row) => total + pick(row), 0);
  const [seats, submitted] = [sum((row) => row.seats), sum((row) => row.submitted)];
  return {
    total: {
      month,
      dueOn: monthlyReportDueOn(calendar, month),
      seats,
      submitted,
      late: sum((row) => row.late),
      missing: seats - submitted,
    },
    byGrade: byGrade.map(({ grade, seats: all, submitted: arrived }) => ({
      grade,
      seats: all,
      submitted: arrived,
    })),
  };
}

async function countMonths(
  trx: ActorTransaction,
  actor: Actor,
  calendar: SchoolCalendar,
  now: Date,
) {
  const rows = await trx
    .selectFrom('alerts')
    .select([
      sql<string>`to_char(first_raised_at at time zone ${calendar.timeZone}, 'YYYY-MM')`.as(
        'month',
      ),
      'colour',
      sql<number>`count(*)::int`.as('n'),
    ])
    .where('school_id', '=', actor.schoolId)
    .where('first_raised_at', '>', new Date(now.getTime() - 200 * 86_400_000))
    .groupBy(['month', 'colour'])
    .execute();
  const today = localDate(now.toISOString(), calendar.timeZone);
  const months = Array.from({ length: 6 }, (_, back) => monthBack(today.slice(0, 7), 5 - back));
  return months.map((month) => {
    const count = (colour: Colour) =>
      rows.find((row) => row.month === month && row.colour === colour)?.n ?? 0;
    return {
      month,
      blue: count('blue'),
      yellow: count('yellow'),
      orange: count('orange'),
      red: count('red'),
    };
  });
}

const monthBack = (month: string, count: number): string => {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 - count, 1)).toISOString().slice(0, 7);
};
