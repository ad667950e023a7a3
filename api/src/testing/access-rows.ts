import type { Sql } from 'postgres';
import type { AccessRow } from './access-oracle.ts';

const place = { school: 't.school_id', grade: 't.grade_id', class: 't.class_id' };
const alert = {
  ...place,
  grade: 'a.grade_id',
  class: 'a.class_id',
  pupil: 'a.pupil_id',
  holder: 'a.holder_id',
  colour: 'a.colour',
  tier: 'a.tier',
  closed: "a.status = 'closed'",
  about_staff: 'a.counsellor_only',
  alert: 'a.id',
};
const joinAlert = 'join app.alerts a on a.school_id = t.school_id and a.id = t.alert_id';

// An alert that the grade head may see stands on it, and is or was yellow or higher.
const yellow = `exists (select from app.alert_evidence e join app.alerts x on x.school_id = e.school_id and x.id = e.alert_id
  where e.school_id = t.school_id and e.observation_id = OBSERVATION and x.colour <> 'blue' and not x.counsellor_only)`;

const membersOf = (cluster: string) =>
  `(select array_agg(x.pupil_id) from app.cluster_members x where x.school_id = t.school_id and x.cluster_id = ${cluster})`;

type Parts = Partial<Record<Exclude<keyof AccessRow, 'key'>, string>> & { from?: string };

/** How each table answers the questions of the access table. Read behind row security. */
const parts: Readonly<Record<string, Parts>> = {
  schools: { school: 't.id' },
  grades: { grade: 't.id' },
  classes: { grade: 't.grade_id', class: 't.id' },
  people: { person: 't.id' },
  staff: { person: 't.id' },
  pupils: { ...place, person: 't.id', pupil: 't.id' },
  pupil_records: { ...place, person: 't.pupil_id', pupil: 't.pupil_id' },
  accounts: { person: 't.person_id' },
  sessions: { person: 't.person_id' },
  second_factors: { person: 't.person_id' },
  recovery_codes: { person: 't.person_id' },
  grants: {
    person: 't.person_id',
    granted_by: 't.granted_by',
    closed: 'coalesce(t.ends_at <= now(), false)',
  },
  grant_proposals: {
    ...place,
    person: 't.person_id',
    granted_by: 't.proposed_by',
    kind: 't.role',
    seat: 't.seat',
    closed: 't.decision is not null',
    no_leader: `not exists (select from app.grants l where l.school_id = t.school_id and l.role = 'school_leader'
      and l.starts_at <= now() and (l.ends_at is null or l.ends_at > now()) and l.person_id <> t.person_id and l.person_id <> t.proposed_by
      and exists (select from app.accounts k where k.school_id = l.school_id and k.person_id = l.person_id and k.disabled_at is null))`,
  },
  committee_seats: { ...place, person: 't.person_id', seat: 't.seat' },
  channels: { granted_by: 't.created_by' },
  contact_points: { person: 't.person_id' },
  messages: {
    ...alert,
    person: 't.person_id',
    stuck: "t.state = 'failed'",
    from: `left ${joinAlert}`,
  },
  drills: { granted_by: 't.started_by', closed: 't.next_at is null' },
  drill_calls: { person: 't.person_id', report: 't.drill_id' },
  outside_contacts: { granted_by: 't.added_by', closed: 't.ended_at is not null' },
  duty_slots: {
    person: 't.person_id',
    closed: 'coalesce(t.ends_at <= greatest(now(), t.starts_at), false)',
  },
  absences: { person: 't.person_id', closed: 't.ends_at <= greatest(now(), t.starts_at)' },
  exclusions: {
    ...place,
    person: 't.person_id',
    pupil: 't.pupil_id',
    granted_by: 't.decided_by',
    closed: 't.ends_at is not null',
  },
  reporter_openings: { person: 't.opened_by', pupil: 't.pupil_id' },
  break_glass: {
    person: 't.person_id',
    pupil: 't.pupil_id',
    closed: 't.ended_at is not null',
    fresh: 't.expires_at > now()',
  },
  break_glass_reviews: {
    person: 't.reviewer_id',
    pupil: 't.pupil_id',
    opener: 'g.person_id',
    report: 't.glass_id',
    from: 'join app.break_glass g on g.school_id = t.school_id and g.id = t.glass_id',
  },
  reporter_seals: { mark: 't.mark' },
  monthly_reports: {
    ...place,
    mark: 'b.reporter_mark',
    fresh: 'b.own_until > now()',
    from: 'join app.monthly_report_bodies b on b.school_id = t.school_id and b.report_id = t.id',
  },
  monthly_report_bodies: { ...place, mark: 't.reporter_mark', fresh: 't.own_until > now()' },
  observations: {
    ...place,
    pupil: 't.pupil_id',
    about_staff: "coalesce(d.about_whom = 'school_staff', false)",
    yellow: yellow.replace('OBSERVATION', 't.id'),
    mark: 'd.reporter_mark',
    fresh: 'd.own_until > now()',
    from: 'join app.observation_details d on d.school_id = t.school_id and d.observation_id = t.id',
  },
  observation_details: {
    ...place,
    pupil: 't.pupil_id',
    about_staff: "coalesce(t.about_whom = 'school_staff', false)",
    from_staff: "t.source_kind = 'staff'",
    from_peer: "t.source_kind = 'peer'",
    report: 't.report_id',
    mark: 't.reporter_mark',
    fresh: 't.own_until > now()',
  },
  alerts: {
    ...alert,
    acknowledged_by: 'a.acknowledged_by',
    from: 'join app.alerts a on a.school_id = t.school_id and a.id = t.id',
  },
  cluster_alerts: {
    ...place,
    members: membersOf('t.id'),
    holder: 't.holder_id',
    closed: "t.status = 'closed'",
    about_staff: 't.counsellor_only',
  },
  cluster_members: { pupil: 't.pupil_id', members: membersOf('t.cluster_id') },
  alert_reasons: { ...alert, from: joinAlert },
  alert_decisions: { ...alert, from: joinAlert },
  alert_events: { ...alert, person: 't.person_id', kind: 't.kind', from: joinAlert },
  alert_clocks: { ...alert, from: joinAlert },
  alert_proposals: { ...alert, person: 't.proposed_by', from: joinAlert },
  alert_evidence: {
    ...alert,
    about_staff: "a.counsellor_only or coalesce(d.about_whom = 'school_staff', false)",
    yellow: yellow.replace('OBSERVATION', 't.observation_id'),
    from: `${joinAlert} join app.observation_details d on d.school_id = t.school_id and d.observation_id = t.observation_id`,
  },
  idempotency_records: { mark: 't.mark' },
  audit_entries: { person: 't.person_id', mark: 't.mark', kind: 't.kind', area: 't.area' },
  roster_imports: { person: 't.created_by' },
  erasures: { person: 't.requested_by' },
  outbox: { stuck: 't.stuck' },
  notices: {
    ...alert,
    person: 't.person_id',
    pupil: 'coalesce(a.pupil_id, g.pupil_id)',
    opener: 'g.person_id',
    from: `left join app.alerts a on a.school_id = t.school_id and a.id = t.alert_id
      left join app.break_glass g on g.school_id = t.school_id and g.id = t.subject_id and t.alert_id is null`,
  },
};

const questions = [
  'grade',
  'class',
  'person',
  'pupil',
  'members',
  'mark',
  'holder',
  'colour',
  'tier',
  'closed',
  'about_staff',
  'from_staff',
  'yellow',
  'fresh',
  'seat',
  'granted_by',
  'acknowledged_by',
  'kind',
  'area',
  'stuck',
  'no_leader',
  'alert',
  'report',
  'from_peer',
  'opener',
] as const;

/** A row that answers no question; candidates for INSERT start from it. */
export const blankRow = {
  key: '',
  school: 0,
  ...(Object.fromEntries(questions.map((question) => [question, null])) as Record<
    (typeof questions)[number],
    null
  >),
};

/** Every table of schema app, with the expression that names one row of it. */
export async function listTables(admin: Sql): Promise<{ name: string; key: string }[]> {
  return admin<{ name: string; key: string }[]>`
    select c.relname as name, (select format('concat_ws(''/'', %s)', string_agg(format('t.%I', a.attname), ', ' order by x.ord))
      from pg_index i, unnest(i.indkey) with ordinality x (attnum, ord), pg_attribute a
      where i.indrelid = c.oid and i.indisprimary and a.attrelid = c.oid and a.attnum = x.attnum) as key
    from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') order by 1`;
}

/** All rows of a table, of all schools, as the oracle reads them. */
export async function readRows(
  admin: Sql,
  table: { name: string; key: string },
): Promise<AccessRow[]> {
  const own = parts[table.name] ?? {};
  const columns = questions.map((question) => `${own[question] ?? 'null'} as ${question}`);
  return admin.unsafe<AccessRow[]>(
    `select ${table.key} as key, ${own.school ?? 't.school_id'} as school, ${columns.join(', ')}
     from app.${table.name} t ${own.from ?? ''}`,
  );
}
