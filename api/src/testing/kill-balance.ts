import type { Sql } from 'postgres';
import type { SentRequest } from './kill-load.ts';

/** What is stored, counted. */
export interface Stored {
  readonly keys: number;
  readonly reports: number;
  readonly observations: number;
  readonly acknowledgements: number;
  readonly auditedReports: number;
  readonly auditedObservations: number;
  readonly auditedAcknowledgements: number;
}

export async function countStored(admin: Sql): Promise<Stored> {
  const [row] = await admin<Stored[]>`
    select (select count(*) from app.idempotency_records)::int as keys,
      (select count(*) from app.monthly_report_bodies)::int as reports,
      (select count(*) from app.observation_details)::int as observations,
      (select count(*) from app.alert_events where kind = 'acknowledged')::int as acknowledgements,
      (select count(*) from app.audit_entries where action = 'monthly-report.submitted')::int as "auditedReports",
      (select count(*) from app.audit_entries where action = 'observation.recorded')::int as "auditedObservations",
      (select count(*) from app.audit_entries where action = 'alert.acknowledged')::int as "auditedAcknowledgements"`;
  if (!row) throw new Error('a count has a row');
  return row;
}

/** What was promised with 201: one of each for each acknowledged request, and nothing besides. */
export function countPromised(requests: readonly SentRequest[]): Stored {
  const done = requests.filter((one) => one.ids.size > 0);
  const of = (kind: SentRequest['kind']) => done.filter((one) => one.kind === kind).length;
  const observations = done.reduce((sum, one) => sum + one.observations, 0);
  return {
    keys: done.length,
    reports: of('report'),
    observations,
    acknowledgements: of('acknowledgement'),
    auditedReports: of('report'),
    auditedObservations: observations,
    auditedAcknowledgements: of('acknowledgement'),
  };
}

export const minus = (after: Stored, before: Stored): Stored =>
  Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, value - before[name as keyof Stored]]),
  ) as unknown as Stored;

/** Acknowledged requests of which the database knows nothing, or another id: what was lost. */
export async function listLost(
  admin: Sql,
  requests: readonly SentRequest[],
): Promise<readonly SentRequest[]> {
  const done = requests.filter((one) => one.ids.size > 0);
  const rows = await admin<{ key: string; id: string }[]>`
    select r.key, r.answer ->> 'id' as id from app.idempotency_records r
    where r.key = any (${done.map((one) => one.key)}::uuid[])
      and (exists (select from app.monthly_report_bodies b where b.report_id::text = r.answer ->> 'id')
        or exists (select from app.observation_details d where d.observation_id::text = r.answer ->> 'id')
        or exists (select from app.alert_events e where e.alert_id::text = r.answer ->> 'id' and e.kind = 'acknowledged'))`;
  const stored = new Map(rows.map((row) => [row.key, row.id]));
  return done.filter((one) => !one.ids.has(stored.get(one.key) ?? ''));
}

const inconsistencies = {
  'an observation that an alert does not stand on': `select count(*)::int as n from app.observation_details d
    where not exists (select from app.alert_evidence e where e.school_id = d.school_id and e.observation_id = d.observation_id)`,
  'a report without its body, or a body without its observations': `select count(*)::int as n from app.monthly_reports m
    left join app.monthly_report_bodies b on b.school_id = m.school_id and b.report_id = m.id
    where b.report_id is null or (not b.zero_report and not exists (
      select from app.observation_details d where d.school_id = m.school_id and d.report_id = m.id))`,
  'an alert that was not raised exactly once': `select count(*)::int as n from app.alerts a
    where (select count(*) from app.alert_events e where e.school_id = a.school_id and e.alert_id = a.id and e.kind = 'raised') <> 1`,
  'an alert without reasons or without a decision for each event of its own': `select count(*)::int as n from app.alerts a
    where not exists (select from app.alert_reasons r where r.school_id = a.school_id and r.alert_id = a.id)
      or (select count(*) from app.alert_decisions d where d.school_id = a.school_id and d.alert_id = a.id)
        <> (select count(*) from app.alert_events e where e.school_id = a.school_id and e.alert_id = a.id
          and e.kind = any (array['raised', 'fresh_emergency', 'raised_higher', 'evidence_attached']))`,
  'a clock that started without an entry in the outbox': `select count(*)::int as n from app.alert_events e
    where e.kind = any (array['raised', 'fresh_emergency', 'raised_higher']) and 1 <> (
      select count(*) from app.outbox o where o.school_id = e.school_id and o.subject_id = e.alert_id and o.at = e.at)`,
  'an entry of the outbox that was not delivered, or to nobody': `select count(*)::int as n from app.outbox o
    where (o.delivered_at is null or not exists (select from app.notices n where n.school_id = o.school_id and n.outbox_id = o.id))
      -- What is for those outside tells nobody inside. A role on which somebody has decided before the news of it was carried round asks nobody any more.
      and not (o.delivered_at is not null and o.topic = any (array['alert.acknowledged', 'alert.outside']))
      and not (o.topic = 'grant.proposed' and not exists (select from app.grant_proposals g
        where g.school_id = o.school_id and g.batch_id = o.subject_id and g.decision is null))`,
  'a notice that came twice': `select count(*)::int as n from (
    select from app.notices group by school_id, outbox_id, person_id having count(*) > 1) x`,
  'a holder who was not told': `select count(*)::int as n from app.alerts a where a.holder_id is not null
    -- Whoever acknowledged need not be told that it is theirs.
    and a.acknowledged_by is distinct from a.holder_id and not exists (
    select from app.notices n where n.school_id = a.school_id and n.alert_id = a.id and n.person_id = a.holder_id)`,
} as const;

/** How many rows break each of the rules that hold whatever was killed when; only those that are broken. */
export async function findInconsistencies(admin: Sql): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [name, text] of Object.entries(inconsistencies)) {
    const [row] = await admin.unsafe<{ n: number }[]>(text);
    if (row?.n !== 0) found[name] = row?.n ?? -1;
  }
  return found;
}
