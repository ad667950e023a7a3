import type { Migration } from '../migration.ts';

/** Alerts: what is listed, why (short), and the whole decision, in three tables for three circles of readers. */
export const alerts: Migration = {
  name: '0006-alerts',
  up: `
create table app.alerts (
  school_id int not null,
  id uuid not null,
  pupil_id uuid not null,
  grade_id int not null,
  class_id int not null,
  colour text not null check (colour in ('blue', 'yellow', 'orange', 'red')),
  tier text not null check (tier in ('class', 'grade', 'school')),
  status text not null check (status in ('open', 'acknowledged', 'closed')),
  counsellor_only boolean not null,
  guardian_locked boolean not null,
  mandatory_report boolean not null,
  needs_review text check (needs_review in ('no-holder', 'evaluation-failed')),
  leader_listed boolean not null generated always as (colour in ('orange', 'red') or tier = 'school') stored,
  holder_id uuid,
  first_raised_at timestamptz not null,
  raised_at timestamptz not null,
  ack_clock text not null check (ack_clock in ('red', 'orange-immediate', 'orange', 'yellow', 'blue')),
  ack_due_at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by uuid,
  next_step text check (next_step in ('go_to_pupil', 'call_guardian_or_110', 'talk_today', 'talk_within_three_days', 'hand_to_counsellor', 'other')),
  note bytea,
  version int not null default 1,
  primary key (school_id, id),
  unique (school_id, id, pupil_id),
  check ((acknowledged_at is null) = (acknowledged_by is null)),
  check (holder_id is not null or needs_review is not null),
  foreign key (school_id, pupil_id) references app.pupils (school_id, id),
  foreign key (school_id, grade_id) references app.grades (school_id, id),
  foreign key (school_id, class_id) references app.classes (school_id, id),
  foreign key (school_id, holder_id) references app.people (school_id, id),
  foreign key (school_id, acknowledged_by) references app.people (school_id, id)
);
create unique index alerts_one_open_a_pupil on app.alerts (school_id, pupil_id, counsellor_only) where status <> 'closed';
create index alerts_class on app.alerts (school_id, class_id, ack_due_at);
create index alerts_grade on app.alerts (school_id, grade_id);
create index alerts_pupil on app.alerts (school_id, pupil_id);
create index alerts_holder on app.alerts (school_id, holder_id);
create index alerts_raised on app.alerts (school_id, raised_at);
create index alerts_acknowledged_by on app.alerts (school_id, acknowledged_by);
comment on table app.alerts is 'P2: a call to act on one pupil: urgency (colour), who holds it (tier, holder) and the clock';
comment on column app.alerts.first_raised_at is 'Domain time of the first decision; never moves';
comment on column app.alerts.raised_at is 'Domain time at which the acknowledgement clock last started';
comment on column app.alerts.needs_review is 'A fault in the alert path or a gap in the roster: a person looks; never silence';

create table app.alert_reasons (
  school_id int not null,
  alert_id uuid not null,
  position int not null,
  grade_id int not null,
  class_id int not null,
  counsellor_only boolean not null,
  rule text not null,
  colour text not null check (colour in ('blue', 'yellow', 'orange', 'red')),
  tier text not null check (tier in ('class', 'grade', 'school')),
  codes text[] not null,
  weeks date[] not null,
  primary key (school_id, alert_id, position),
  foreign key (school_id, alert_id) references app.alerts (school_id, id),
  foreign key (school_id, grade_id) references app.grades (school_id, id),
  foreign key (school_id, class_id) references app.classes (school_id, id)
);
create index alert_reasons_class on app.alert_reasons (school_id, class_id);
create index alert_reasons_grade on app.alert_reasons (school_id, grade_id);
comment on table app.alert_reasons is 'P3, short: rules, codes and weeks; no reporter, no count, no kind of source';

create table app.alert_decisions (
  school_id int not null,
  id uuid not null,
  alert_id uuid,
  pupil_id uuid not null,
  class_id int not null,
  grade_id int not null,
  decided_at timestamptz not null,
  policy_version text not null,
  decision jsonb not null,
  primary key (school_id, id),
  foreign key (school_id, alert_id) references app.alerts (school_id, id),
  foreign key (school_id, pupil_id) references app.pupils (school_id, id),
  foreign key (school_id, grade_id) references app.grades (school_id, id),
  foreign key (school_id, class_id) references app.classes (school_id, id)
);
create index alert_decisions_alert on app.alert_decisions (school_id, alert_id, decided_at);
create index alert_decisions_pupil on app.alert_decisions (school_id, pupil_id);
create index alert_decisions_class on app.alert_decisions (school_id, class_id);
create index alert_decisions_grade on app.alert_decisions (school_id, grade_id);
comment on table app.alert_decisions is 'Each decision whole: rules, dates, counts, kinds of source, policy version, what would lower it';

create table app.alert_evidence (
  school_id int not null,
  alert_id uuid not null,
  pupil_id uuid not null,
  observation_id uuid not null,
  attached_at timestamptz not null,
  primary key (school_id, alert_id, observation_id),
  foreign key (school_id, alert_id, pupil_id) references app.alerts (school_id, id, pupil_id),
  foreign key (school_id, observation_id, pupil_id) references app.observations (school_id, id, pupil_id)
);
create index alert_evidence_observation on app.alert_evidence (school_id, observation_id, pupil_id);
create index alert_evidence_pupil on app.alert_evidence (school_id, pupil_id);

create table app.alert_events (
  school_id int not null,
  id uuid not null,
  alert_id uuid not null,
  grade_id int not null,
  class_id int not null,
  counsellor_only boolean not null,
  at timestamptz not null,
  kind text not null check (kind in ('raised', 'fresh_emergency', 'raised_higher', 'evidence_attached', 'acknowledged', 'with_pupil')),
  colour text not null check (colour in ('blue', 'yellow', 'orange', 'red')),
  person_id uuid,
  next_step text check (next_step in ('go_to_pupil', 'call_guardian_or_110', 'talk_today', 'talk_within_three_days', 'hand_to_counsellor', 'other')),
  note bytea,
  primary key (school_id, id),
  check ((kind = 'acknowledged') = (next_step is not null)),
  foreign key (school_id, alert_id) references app.alerts (school_id, id),
  foreign key (school_id, person_id) references app.people (school_id, id),
  foreign key (school_id, grade_id) references app.grades (school_id, id),
  foreign key (school_id, class_id) references app.classes (school_id, id)
);
create index alert_events_alert on app.alert_events (school_id, alert_id, at);
create index alert_events_person on app.alert_events (school_id, person_id);
create index alert_events_class on app.alert_events (school_id, class_id);
create index alert_events_grade on app.alert_events (school_id, grade_id);
comment on column app.alert_events.person_id is 'Who acted; null when the system raised';
comment on column app.alert_events.next_step is 'An acknowledgement is a recorded act: it stays when the alert asks for another';

alter table app.alerts enable row level security;
alter table app.alerts force row level security;
alter table app.alert_reasons enable row level security;
alter table app.alert_reasons force row level security;
alter table app.alert_decisions enable row level security;
alter table app.alert_decisions force row level security;
alter table app.alert_evidence enable row level security;
alter table app.alert_evidence force row level security;
alter table app.alert_events enable row level security;
alter table app.alert_events force row level security;

create policy alerts_listed on app.alerts for select to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('homeroom_teacher', 'grade_head'))::int[]) and not counsellor_only);
create policy alerts_counsellor on app.alerts for select to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('counsellor', 'lead_counsellor'))::int[]));
create policy alerts_leader on app.alerts for select to shaodian_app using (school_id = (select sec.school())
  and leader_listed and not counsellor_only and (select sec.has_role('school_leader')));
create policy alerts_red_duty on app.alerts for select to shaodian_app using (school_id = (select sec.school())
  and colour = 'red' and status <> 'closed' and not counsellor_only and (select sec.on_duty('red')));
create policy alerts_held on app.alerts for select to shaodian_app using (school_id = (select sec.school())
  and holder_id = (select sec.uid()));
create policy alerts_evaluated on app.alerts for select to shaodian_app using (school_id = (select sec.school())
  and pupil_id = (select sec.evaluated_pupil()));
create policy alerts_raised on app.alerts for insert to shaodian_app with check (school_id = (select sec.school())
  and pupil_id = (select sec.evaluated_pupil()));
create policy alerts_judged on app.alerts for update to shaodian_app using (school_id = (select sec.school())
  and pupil_id = (select sec.evaluated_pupil()));
create policy alerts_acted_by_holder on app.alerts for update to shaodian_app using (school_id = (select sec.school())
  and holder_id = (select sec.uid()));
create policy alerts_acted_by_counsellor on app.alerts for update to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('counsellor', 'lead_counsellor'))::int[]));
create policy alerts_acted_on_red_duty on app.alerts for update to shaodian_app using (school_id = (select sec.school())
  and colour = 'red' and status <> 'closed' and not counsellor_only and (select sec.on_duty('red')));

create policy alert_reasons_short on app.alert_reasons for select to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('homeroom_teacher', 'grade_head'))::int[]) and not counsellor_only);
create policy alert_reasons_counsellor on app.alert_reasons for select to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('counsellor', 'lead_counsellor'))::int[]));
create policy alert_reasons_red_duty on app.alert_reasons for select to shaodian_app using (school_id = (select sec.school())
  and not counsellor_only and (select sec.on_duty('red'))
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()) and a.colour = 'red' and a.status <> 'closed')));
create policy alert_reasons_held on app.alert_reasons for select to shaodian_app using (school_id = (select sec.school())
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()) and a.holder_id = (select sec.uid()))));
create policy alert_reasons_evaluated on app.alert_reasons for all to shaodian_app using (school_id = (select sec.school())
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()) and a.pupil_id = (select sec.evaluated_pupil()))));

create policy alert_decisions_counsellor on app.alert_decisions for select to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('counsellor', 'lead_counsellor'))::int[]));
create policy alert_decisions_stored on app.alert_decisions for insert to shaodian_app with check (school_id = (select sec.school())
  and pupil_id = (select sec.evaluated_pupil()));

create policy alert_evidence_read on app.alert_evidence for select to shaodian_app using (school_id = (select sec.school())
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school())))
  and observation_id = any (array(select o.id from app.observations o where o.school_id = (select sec.school()))));
create policy alert_evidence_attached on app.alert_evidence for insert to shaodian_app with check (school_id = (select sec.school())
  and pupil_id = (select sec.evaluated_pupil()));
create policy alert_evidence_for_lookup on app.alert_evidence for select to shaodian_owner using (true);

create policy alert_events_listed on app.alert_events for select to shaodian_app using (school_id = (select sec.school())
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()))));
create policy alert_events_with_pupil on app.alert_events for insert to shaodian_app with check (school_id = (select sec.school())
  and person_id = (select sec.uid()) and kind = 'with_pupil'
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()))));
create policy alert_events_acknowledged on app.alert_events for insert to shaodian_app with check (school_id = (select sec.school())
  and person_id = (select sec.uid()) and kind = 'acknowledged'
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()) and a.acknowledged_by = (select sec.uid()))));
create policy alert_events_raised on app.alert_events for insert to shaodian_app with check (school_id = (select sec.school())
  and person_id is null and kind = any (array['raised', 'fresh_emergency', 'raised_higher', 'evidence_attached'])
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()) and a.pupil_id = (select sec.evaluated_pupil()))));
create policy alert_events_for_lookup on app.alert_events for select to shaodian_owner using (true);
create policy staff_for_lookup on app.staff for select to shaodian_owner using (true);
create policy observation_details_for_lookup on app.observation_details for select to shaodian_owner using (true);

grant select, insert on app.alerts, app.alert_decisions, app.alert_evidence, app.alert_events to shaodian_app;
grant select, insert, delete on app.alert_reasons to shaodian_app;
grant update (colour, tier, status, counsellor_only, guardian_locked, mandatory_report, needs_review, holder_id, raised_at, ack_clock, ack_due_at,
  acknowledged_at, acknowledged_by, next_step, note, version) on app.alerts to shaodian_app;

create function sec.answered(observation uuid) returns timestamptz
language sql stable security definer set search_path = '' as $$
  select min(v.at) from app.observation_details d
  join app.alert_evidence e on e.school_id = d.school_id and e.observation_id = d.observation_id
  join app.alert_events v on v.school_id = e.school_id and v.alert_id = e.alert_id and v.counsellor_only = d.counsellor_only
  where d.school_id = (select sec.school()) and d.observation_id = observation and d.reporter_mark = (select sec.mark())
    and v.kind = 'acknowledged' and v.at >= e.attached_at $$;
comment on function sec.answered(uuid) is 'When an adult answered what I reported; nothing else about it, and only to me';

create function sec.tell_alert_changed() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform pg_catalog.pg_notify('shaodian_alerts', new.school_id || ':' || new.id);
  return null;
end $$;
comment on function sec.tell_alert_changed() is 'Names the alert to listening API processes at commit; ids only';
create trigger alerts_told after insert or update on app.alerts for each row execute function sec.tell_alert_changed();
create function sec.duty_phones() returns table (name text, phone text)
language sql stable security definer set search_path = '' as $$
  select s.name, d.phone from app.duty_slots d
  join app.staff s on s.school_id = d.school_id and s.id = d.person_id
  where d.school_id = (select sec.school()) and d.phone is not null
    and d.starts_at <= statement_timestamp() and (d.ends_at is null or d.ends_at > statement_timestamp())
    and ((select sec.has_role('homeroom_teacher', 'grade_head', 'counsellor', 'lead_counsellor', 'school_leader')) or (select sec.on_duty('red')))
  group by s.name, d.phone order by min(d.position), s.name limit 10 $$;
comment on function sec.duty_phones() is 'Whom a person in a corridor rings now; for everyone an alert can reach';
revoke all on all functions in schema sec from public;
grant execute on function sec.answered(uuid), sec.duty_phones() to shaodian_app;
`,
  down: `
drop policy staff_for_lookup on app.staff;
drop policy observation_details_for_lookup on app.observation_details;
drop table app.alert_events;
drop table app.alert_evidence;
drop table app.alert_decisions;
drop table app.alert_reasons;
drop table app.alerts;
drop function sec.tell_alert_changed();
drop function sec.duty_phones();
drop function sec.answered(uuid);
`,
};
