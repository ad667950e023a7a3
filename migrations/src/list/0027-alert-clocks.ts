import type { Migration } from '../migration.ts';

/**
 * The clocks of an alert as rows, each carried out once by a worker that may die at any time, and the way up when nobody answers.
 *
 * The alert's row is the lock of all its clocks: who acts and who carries out a miss lock it first, so that an answer and a miss never cross.
 */
export const alertClocks: Migration = {
  name: '0027-alert-clocks',
  up: `
create function sec.is_delivery() returns boolean language sql stable parallel restricted security definer set search_path = ''
as $$ select coalesce((sec.context())[2] = 'delivery', false) $$;
comment on function sec.is_delivery() is 'Whether the worker asks, for one school: it tells what happened and carries out missed clocks';

create table app.outside_contacts (
  school_id int not null references app.schools (id),
  id uuid not null,
  position int not null check (position between 1 and 20),
  name text not null check (length(name) between 1 and 60),
  phone text check (length(phone) between 3 and 32),
  email text check (length(email) between 3 and 254),
  added_at timestamptz not null default statement_timestamp(),
  added_by uuid not null,
  ended_at timestamptz,
  ended_by uuid,
  primary key (school_id, id),
  check (phone is not null or email is not null),
  check ((ended_at is null) = (ended_by is null)),
  foreign key (school_id, added_by) references app.people (school_id, id),
  foreign key (school_id, ended_by) references app.people (school_id, id)
);
create index outside_contacts_added_by on app.outside_contacts (school_id, added_by);
create index outside_contacts_ended_by on app.outside_contacts (school_id, ended_by);
comment on table app.outside_contacts is 'Whom an alert reaches when nobody at school answers, such as the education office on duty; told that one waits, and nothing else of it';
alter table app.outside_contacts enable row level security;
alter table app.outside_contacts force row level security;
create policy outside_contacts_read on app.outside_contacts for select to shaodian_app using (school_id = (select sec.school())
  and (select sec.has_role('counsellor', 'lead_counsellor', 'school_leader', 'administrator', 'data_protection_officer')));
create policy outside_contacts_added on app.outside_contacts for insert to shaodian_app with check (school_id = (select sec.school())
  and added_by = (select sec.uid()) and (select sec.has_role('lead_counsellor', 'school_leader', 'administrator')));
create policy outside_contacts_ended on app.outside_contacts for update to shaodian_app using (school_id = (select sec.school())
  and (select sec.has_role('lead_counsellor', 'school_leader', 'administrator')));
create policy outside_contacts_of_delivery on app.outside_contacts for select to shaodian_worker
  using (school_id = (select sec.school()) and (select sec.is_delivery()));
grant select, insert on app.outside_contacts to shaodian_app;
grant update (ended_at, ended_by) on app.outside_contacts to shaodian_app;
grant select (school_id, id, position, phone, email, ended_at) on app.outside_contacts to shaodian_worker;

alter table app.alerts add column rung text not null default 'school' check (rung in ('class', 'grade', 'school', 'outside'));
alter table app.alerts add column asked uuid[] not null default '{}';
alter table app.alerts no force row level security;
update app.alerts set rung = tier, asked = case when holder_id is null then '{}' else array[holder_id] end;
alter table app.alerts force row level security;
comment on column app.alerts.rung is 'How far it has climbed; the tier, or outside the school';
comment on column app.alerts.asked is 'Who was asked since somebody last acknowledged, or since it was raised: nobody twice';

create table app.alert_clocks (
  school_id int not null,
  alert_id uuid not null,
  kind text not null check (kind in ('acknowledge', 'see_evidence', 'mandatory_report', 'contact', 'assessment', 'guardian', 'team')),
  pupil_id uuid not null,
  started_at timestamptz not null,
  due_at timestamptz not null,
  state text not null check (state in ('running', 'met', 'stopped')),
  missed int not null default 0,
  ended_at timestamptz,
  rung text check (rung in ('class', 'grade', 'school', 'outside')),
  asked uuid[],
  holder_id uuid,
  primary key (school_id, alert_id, kind),
  check ((state = 'running') = (ended_at is null)),
  check ((kind = 'mandatory_report') = (rung is not null and asked is not null)),
  check (holder_id is null or kind = 'mandatory_report'),
  foreign key (school_id, alert_id, pupil_id) references app.alerts (school_id, id, pupil_id),
  foreign key (school_id, holder_id) references app.people (school_id, id)
);
create index alert_clocks_due on app.alert_clocks (due_at) where state = 'running';
create index alert_clocks_pupil on app.alert_clocks (school_id, pupil_id);
create index alert_clocks_alert on app.alert_clocks (school_id, alert_id, pupil_id);
create index alert_clocks_holder on app.alert_clocks (school_id, holder_id);
comment on table app.alert_clocks is 'P2: what must be done about an alert until when, in domain time; who did it is among its events';
comment on column app.alert_clocks.missed is 'How often it was missed and climbed';
comment on column app.alert_clocks.holder_id is 'Who must make the mandatory report, which climbs by itself; the other steps are of whoever holds the alert';
alter table app.alert_clocks no force row level security;
alter table app.alerts no force row level security;
insert into app.alert_clocks (school_id, alert_id, kind, pupil_id, started_at, due_at, state)
  select school_id, id, 'acknowledge', pupil_id, raised_at, ack_due_at, 'running' from app.alerts where status = 'open';
insert into app.alert_clocks (school_id, alert_id, kind, pupil_id, started_at, due_at, state, ended_at)
  select school_id, id, 'acknowledge', pupil_id, raised_at, ack_due_at, 'met', acknowledged_at from app.alerts where status = 'acknowledged';
alter table app.alerts force row level security;
alter table app.alert_clocks enable row level security;
alter table app.alert_clocks force row level security;
create policy alert_clocks_listed on app.alert_clocks for select to shaodian_app using (school_id = (select sec.school())
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()))));
create policy alert_clocks_evaluated on app.alert_clocks for all to shaodian_app using (school_id = (select sec.school())
  and pupil_id = (select sec.evaluated_pupil()));
create policy alert_clocks_carried_out on app.alert_clocks for select to shaodian_worker
  using (school_id = (select sec.school()) and (select sec.is_delivery()));
create policy alert_clocks_climbed on app.alert_clocks for update to shaodian_worker
  using (school_id = (select sec.school()) and (select sec.is_delivery()));
create policy alert_clocks_for_lookup on app.alert_clocks for select to shaodian_owner using (true);
grant select, insert on app.alert_clocks to shaodian_app;
grant update (started_at, due_at, state, missed, ended_at, rung, asked, holder_id) on app.alert_clocks to shaodian_app;
grant select on app.alert_clocks to shaodian_worker;
grant update (due_at, missed, rung, asked, holder_id) on app.alert_clocks to shaodian_worker;

create function sec.due_clocks(until timestamptz) returns table (school_id int, alert_id uuid, kind text)
language sql stable security definer set search_path = '' as $$
  select c.school_id, c.alert_id, c.kind from app.alert_clocks c
  where c.state = 'running' and c.due_at <= until order by c.due_at, c.alert_id limit 50 $$;
comment on function sec.due_clocks(timestamptz) is 'Clocks that ran out, of any school, those that wait longest first; not held: the worker locks the alert';

alter table app.alert_events add column way text check (way in ('beside', 'voice', 'police_asked', 'in_person', 'call', 'message',
  'confirmed', 'less_than_feared', 'more_than_feared'));
alter table app.alert_events add column step text check (step in ('acknowledge', 'see_evidence', 'mandatory_report', 'contact', 'assessment', 'guardian', 'team'));
alter table app.alert_events add column rung text check (rung in ('class', 'grade', 'school', 'outside'));
comment on column app.alert_events.way is 'How contact was made or the guardian told, or what the assessment says';
comment on column app.alert_events.step is 'Which step was done, or whose clock was missed';
comment on column app.alert_events.rung is 'How far a missed clock climbed';
alter table app.alert_events drop constraint alert_events_kind_check;
alter table app.alert_events add constraint alert_events_kind_check check (kind in ('raised', 'fresh_emergency', 'raised_higher', 'evidence_attached',
  'acknowledged', 'with_pupil', 'handed_over', 'climbed', 'step_missed', 'step_done', 'reported'));
alter table app.alert_events add constraint alert_events_step_check1 check ((kind in ('climbed', 'step_missed', 'step_done', 'reported')) = (step is not null));
create policy alert_events_step_done on app.alert_events for insert to shaodian_app with check (school_id = (select sec.school())
  and person_id = (select sec.uid()) and kind = 'step_done'
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school())
    and (a.holder_id = (select sec.uid()) or a.class_id = any ((select sec.classes_as('counsellor', 'lead_counsellor'))::int[])
      or (a.colour = 'red' and a.status <> 'closed' and not a.counsellor_only and (select sec.on_duty('red')))))));
create policy alert_events_reported on app.alert_events for insert to shaodian_app with check (school_id = (select sec.school())
  and person_id = (select sec.uid()) and kind = 'reported'
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()))));
create policy alert_events_missed on app.alert_events for insert to shaodian_worker with check (school_id = (select sec.school())
  and (select sec.is_delivery()) and person_id is null and kind = any (array['climbed', 'step_missed']));
grant insert (school_id, id, alert_id, grade_id, class_id, counsellor_only, at, kind, colour, step, rung) on app.alert_events to shaodian_worker;

create policy alerts_climbed on app.alerts for update to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_delivery()));
grant select (colour, tier, rung, asked, needs_review, mandatory_report, guardian_locked, raised_at, ack_due_at, acknowledged_at, version) on app.alerts to shaodian_worker;
grant update (tier, rung, asked, holder_id, ack_due_at, needs_review, version) on app.alerts to shaodian_worker;
grant update (rung, asked) on app.alerts to shaodian_app;

create policy duty_slots_of_delivery on app.duty_slots for select to shaodian_worker using (school_id = (select sec.school()));
grant select (school_id, duty, position, person_id, starts_at, ends_at) on app.duty_slots to shaodian_worker;
grant select (id) on app.grants to shaodian_worker;
create policy schools_of_delivery on app.schools for select to shaodian_worker using (id = (select sec.school()));
grant select (id, time_zone, bell_starts_at, bell_ends_at) on app.schools to shaodian_worker;
create policy terms_of_delivery on app.terms for select to shaodian_worker using (school_id = (select sec.school()));
grant select (school_id, starts_on, ends_on) on app.terms to shaodian_worker;
create policy calendar_of_delivery on app.calendar_days for select to shaodian_worker using (school_id = (select sec.school()));
grant select (school_id, day, kind) on app.calendar_days to shaodian_worker;

create or replace function sec.unable_to_sign_in() returns uuid[]
language sql stable parallel restricted security definer set search_path = '' as $$
  select coalesce(array_agg(s.id), '{}') from app.staff s
  where s.school_id = (select sec.school()) and ((select sec.evaluated_pupil()) is not null or (select sec.is_delivery()))
    and not exists (select from app.accounts a where a.school_id = s.school_id and a.person_id = s.id and a.disabled_at is null) $$;

alter table app.outbox drop constraint outbox_topic_check;
alter table app.outbox add constraint outbox_topic_check check (topic in ('alert.clock_started', 'alert.needs_review', 'break_glass.opened',
  'second_factor.reset', 'grant.proposed', 'grant.decided', 'exclusion.counsellor', 'alert.climbed', 'alert.step_overdue', 'alert.outside'));
${alertTopics(['alert.clock_started', 'alert.needs_review', 'alert.outside'])}
create policy outbox_missed_told on app.outbox for insert to shaodian_worker with check (school_id = (select sec.school())
  and (select sec.is_delivery()) and topic = any (array['alert.climbed', 'alert.step_overdue', 'alert.outside', 'alert.needs_review']));
grant insert (school_id, id, topic, subject_id, at) on app.outbox to shaodian_worker;
${noticeKinds(['alert_step_overdue'])}
revoke all on all functions in schema sec from public;
grant execute on function sec.is_delivery() to shaodian_app, shaodian_worker;
grant execute on function sec.unable_to_sign_in(), sec.due_clocks(timestamptz) to shaodian_worker;
`,
  down: `
alter table app.notices no force row level security;
delete from app.notices where kind = 'alert_step_overdue';
alter table app.notices force row level security;
${noticeKinds([])}
${alertTopics(['alert.clock_started', 'alert.needs_review'])}
drop policy outbox_missed_told on app.outbox;
revoke insert (school_id, id, topic, subject_id, at) on app.outbox from shaodian_worker;
alter table app.outbox no force row level security;
alter table app.notices no force row level security;
delete from app.notices n using app.outbox o where o.school_id = n.school_id and o.id = n.outbox_id and o.topic in ('alert.climbed', 'alert.step_overdue', 'alert.outside');
delete from app.outbox where topic in ('alert.climbed', 'alert.step_overdue', 'alert.outside');
alter table app.notices force row level security;
alter table app.outbox force row level security;
alter table app.outbox drop constraint outbox_topic_check;
alter table app.outbox add constraint outbox_topic_check check (topic in ('alert.clock_started', 'alert.needs_review', 'break_glass.opened',
  'second_factor.reset', 'grant.proposed', 'grant.decided', 'exclusion.counsellor'));
revoke execute on function sec.unable_to_sign_in() from shaodian_worker;
create or replace function sec.unable_to_sign_in() returns uuid[]
language sql stable parallel restricted security definer set search_path = '' as $$
  select coalesce(array_agg(s.id), '{}') from app.staff s
  where s.school_id = (select sec.school()) and (select sec.evaluated_pupil()) is not null
    and not exists (select from app.accounts a where a.school_id = s.school_id and a.person_id = s.id and a.disabled_at is null) $$;
drop policy calendar_of_delivery on app.calendar_days;
revoke select (school_id, day, kind) on app.calendar_days from shaodian_worker;
drop policy terms_of_delivery on app.terms;
revoke select (school_id, starts_on, ends_on) on app.terms from shaodian_worker;
drop policy schools_of_delivery on app.schools;
revoke select (id, time_zone, bell_starts_at, bell_ends_at) on app.schools from shaodian_worker;
revoke select (id) on app.grants from shaodian_worker;
drop policy duty_slots_of_delivery on app.duty_slots;
revoke select (school_id, duty, position, person_id, starts_at, ends_at) on app.duty_slots from shaodian_worker;
drop policy alerts_climbed on app.alerts;
revoke select (colour, tier, needs_review, mandatory_report, guardian_locked, raised_at, ack_due_at, acknowledged_at, version) on app.alerts from shaodian_worker;
revoke update (tier, holder_id, ack_due_at, needs_review, version) on app.alerts from shaodian_worker;
drop policy alert_events_missed on app.alert_events;
drop policy alert_events_reported on app.alert_events;
drop policy alert_events_step_done on app.alert_events;
revoke insert (school_id, id, alert_id, grade_id, class_id, counsellor_only, at, kind, colour) on app.alert_events from shaodian_worker;
alter table app.alert_events no force row level security;
delete from app.alert_events where kind in ('climbed', 'step_missed', 'step_done', 'reported');
alter table app.alert_events force row level security;
alter table app.alert_events drop constraint alert_events_step_check1;
alter table app.alert_events drop constraint alert_events_kind_check;
alter table app.alert_events add constraint alert_events_kind_check
  check (kind in ('raised', 'fresh_emergency', 'raised_higher', 'evidence_attached', 'acknowledged', 'with_pupil', 'handed_over'));
alter table app.alert_events drop column way, drop column step, drop column rung;
drop function sec.due_clocks(timestamptz);
drop table app.alert_clocks;
alter table app.alerts drop column rung, drop column asked;
drop table app.outside_contacts;
drop function sec.is_delivery();
`,
};

/** What the rules tell while they judge a pupil. */
function alertTopics(topics: readonly string[]): string {
  return `
drop policy outbox_alert_told on app.outbox;
create policy outbox_alert_told on app.outbox for insert to shaodian_app with check (school_id = (select sec.school())
  and topic = any (array[${topics.map((topic) => `'${topic}'`).join(', ')}])
  and subject_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()) and a.pupil_id = (select sec.evaluated_pupil()))));
`;
}

/** As before, and these besides. */
function noticeKinds(more: readonly string[]): string {
  const list = (kinds: readonly string[]) =>
    [...kinds, ...more].map((kind) => `'${kind}'`).join(', ');
  const aboutAlerts = ['alert_to_acknowledge', 'alert_to_review', 'alert_to_know'];
  const others = [
    'break_glass_opened',
    'own_factor_reset',
    'factor_reset',
    'grant_to_decide',
    'grant_decided',
    'counsellor_kept_away',
  ];
  return `
alter table app.notices drop constraint notices_kind_check;
alter table app.notices add constraint notices_kind_check check (kind in (${list([...aboutAlerts, ...others])}));
alter table app.notices alter column alert_id set expression as (case when kind in (${list(aboutAlerts)}) then subject_id end);
`;
}
