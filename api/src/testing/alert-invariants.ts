import type { Sql } from 'postgres';

/** What holds at every instant, whatever happened and in which order; each counts what breaks it. `at` is domain time, with everything due carried out. */
const rules = {
  'an open alert that nobody is accountable for, and nobody was asked to look at': `select a.id from app.alerts a
    where a.status <> 'closed' and a.holder_id is null and a.needs_review is null`,
  'an alert held by somebody who is kept away from the pupil': `select a.id from app.alerts a
    join app.exclusions x on x.school_id = a.school_id and x.pupil_id = a.pupil_id and x.person_id = a.holder_id
    where a.status <> 'closed' and x.ends_at is null`,
  'an alert held by somebody who is absent': `select a.id from app.alerts a
    join app.absences x on x.school_id = a.school_id and x.person_id = a.holder_id and x.starts_at <= $1 and x.ends_at > $1
    where a.status = 'open' and a.rung <> 'outside' and a.needs_review is null`,
  'a clock that ran out and was not carried out': `select c.alert_id as id from app.alert_clocks c
    where c.state = 'running' and c.due_at <= $1`,
  'a clock that runs in a closed alert': `select c.alert_id as id from app.alert_clocks c
    join app.alerts a on a.school_id = c.school_id and a.id = c.alert_id where c.state = 'running' and a.status = 'closed'`,
  'an open alert without its acknowledgement clock': `select a.id from app.alerts a where a.status = 'open' and not exists (
    select from app.alert_clocks c where c.school_id = a.school_id and c.alert_id = a.id and c.kind = 'acknowledge' and c.state = 'running')`,
  'a miss that no event tells of': `select c.alert_id as id from app.alert_clocks c where c.missed > (select count(*) from app.alert_events e
    where e.school_id = c.school_id and e.alert_id = c.alert_id and e.step = c.kind and e.kind = any (array['climbed', 'step_missed']))`,
  'somebody who was asked twice in one climb': `select a.id from app.alerts a
    where cardinality(a.asked) <> (select count(distinct x) from unnest(a.asked) x)`,
  'something that was told to nobody': `select o.id from app.outbox o where o.delivered_at is null`,
  'a notice that came twice': `select n.outbox_id as id from app.notices n group by n.school_id, n.outbox_id, n.person_id having count(*) > 1`,
  'a message that asks after somebody acknowledged': `select m.id from app.messages m
    join app.alerts a on a.school_id = m.school_id and a.id = m.alert_id
    where m.kind = any (array['alert_to_acknowledge', 'alert_outside']) and m.state = 'queued' and a.status <> 'open' and m.not_before <= $1
      and m.next_at <= clock_timestamp()`,
  'an alert lowered or closed by fewer people than it needs': `select p.id from app.alert_proposals p where p.state = 'agreed'
    and p.colour_was = any (array['orange', 'red']) and (p.decided_by is null or p.decided_by = p.proposed_by)`,
} as const;

/** The ids that break each rule; only the rules that are broken. */
export async function findBroken(admin: Sql, at: Date): Promise<Record<string, string[]>> {
  const broken: Record<string, string[]> = {};
  for (const [name, text] of Object.entries(rules)) {
    const rows = await admin.unsafe<{ id: string }[]>(text, text.includes('$1') ? [at] : []);
    if (rows.length > 0) broken[name] = rows.map(({ id }) => id);
  }
  return broken;
}

/** How an alert stands, to compare two moments. */
export interface Seen {
  readonly colour: string;
  readonly rung: string;
  readonly status: string;
  /** Starts anew with every acknowledgement and every fresh clock. */
  readonly climb: string;
  readonly lowerings: number;
}

export async function lookAtAlerts(admin: Sql): Promise<ReadonlyMap<string, Seen>> {
  const rows = await admin<(Seen & { id: string })[]>`
    select a.id, a.colour, a.rung, a.status, concat(a.raised_at, '/', a.acknowledged_at) as climb,
      (select count(*)::int from app.alert_proposals p where p.school_id = a.school_id and p.alert_id = a.id and p.state = 'agreed') as lowerings
    from app.alerts a`;
  return new Map(rows.map(({ id, ...seen }) => [id, seen]));
}

const colours = ['blue', 'yellow', 'orange', 'red'];
const rungs = ['class', 'grade', 'school', 'outside'];

/** What went down between two moments although nobody agreed on it, or vanished. */
export function findFallen(
  before: ReadonlyMap<string, Seen>,
  after: ReadonlyMap<string, Seen>,
): string[] {
  return [...before].flatMap(([id, was]) => {
    const is = after.get(id);
    if (!is) return [`${id} is gone`];
    const agreed = is.lowerings > was.lowerings;
    if (colours.indexOf(is.colour) < colours.indexOf(was.colour) && !agreed)
      return [`${id} fell from ${was.colour} to ${is.colour}`];
    if (was.status !== 'closed' && is.status === 'closed' && !agreed)
      return [`${id} was closed by nobody`];
    const sameClimb = is.climb === was.climb && is.status === 'open';
    if (sameClimb && rungs.indexOf(is.rung) < rungs.indexOf(was.rung))
      return [`${id} climbed down from ${was.rung} to ${is.rung}`];
    return [];
  });
}
