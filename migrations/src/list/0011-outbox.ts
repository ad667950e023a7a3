import type { Migration } from '../migration.ts';

/**
 * What must be told to somebody, written in the transaction that makes it true, and the notices that tell it.
 *
 * The worker takes a row with `FOR UPDATE SKIP LOCKED` and keeps its transaction open while it delivers: the lock is the claim, so a
 * worker that dies gives the row back at once and nothing has to time out. It reads behind a context for one school, signed like a person's.
 */
export const outbox: Migration = {
  name: '0011-outbox',
  up: `
create table app.outbox (
  school_id int not null references app.schools (id),
  id uuid not null,
  topic text not null check (topic in ('alert.clock_started', 'alert.needs_review', 'break_glass.opened')),
  subject_id uuid not null,
  at timestamptz not null,
  next_at timestamptz not null default statement_timestamp(),
  attempts int not null default 0,
  last_fault text check (length(last_fault) <= 80),
  delivered_at timestamptz,
  stuck boolean not null generated always as (delivered_at is null and attempts >= 5) stored,
  primary key (school_id, id)
);
create index outbox_due on app.outbox (next_at) where delivered_at is null;
create index outbox_stuck on app.outbox (school_id) where stuck;
comment on table app.outbox is 'P2: what is to be told, as a topic and the id it is about; no words, no names, no receiver';
comment on column app.outbox.at is 'Domain time of what happened';
comment on column app.outbox.next_at is 'Real time of the next attempt';
comment on column app.outbox.last_fault is 'Name or code of the last error, never its text';
comment on column app.outbox.stuck is 'Failed five times: people are shown it, and it is still tried';

create table app.notices (
  school_id int not null,
  id uuid not null,
  outbox_id uuid not null,
  person_id uuid not null,
  kind text not null check (kind in ('alert_to_acknowledge', 'alert_to_review', 'alert_to_know', 'break_glass_opened')),
  subject_id uuid not null,
  alert_id uuid generated always as (case when kind <> 'break_glass_opened' then subject_id end) stored,
  at timestamptz not null,
  seen_at timestamptz,
  primary key (school_id, id),
  unique (school_id, outbox_id, person_id),
  foreign key (school_id, outbox_id) references app.outbox (school_id, id),
  foreign key (school_id, person_id) references app.people (school_id, id),
  foreign key (school_id, alert_id) references app.alerts (school_id, id)
);
create index notices_person on app.notices (school_id, person_id, at desc, id);
create index notices_alert on app.notices (school_id, alert_id);
comment on table app.notices is 'P2: something to look at, for one person, as a kind and the id it is about';
comment on column app.notices.outbox_id is 'With the person, the key by which a second delivery is recognised';

alter table app.outbox enable row level security;
alter table app.outbox force row level security;
alter table app.notices enable row level security;
alter table app.notices force row level security;

create policy outbox_alert_told on app.outbox for insert to shaodian_app with check (school_id = (select sec.school())
  and topic = any (array['alert.clock_started', 'alert.needs_review'])
  and subject_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()) and a.pupil_id = (select sec.evaluated_pupil()))));
create policy outbox_break_glass_told on app.outbox for insert to shaodian_app with check (school_id = (select sec.school())
  and topic = 'break_glass.opened' and (select sec.uid() is not null));
create policy outbox_stuck_read on app.outbox for select to shaodian_app using (school_id = (select sec.school())
  and stuck and (select sec.has_role('lead_counsellor', 'administrator', 'data_protection_officer')));
create policy outbox_for_lookup on app.outbox for all to shaodian_owner using (true);
create policy outbox_of_delivery on app.outbox for select to shaodian_worker using (school_id = (select sec.school()));
create policy outbox_settled on app.outbox for update to shaodian_worker using (school_id = (select sec.school()));

-- A notice about an alert is there for as long as its reader may see the alert: one and the same check.
create policy notices_about_alert on app.notices for select to shaodian_app using (school_id = (select sec.school())
  and person_id = (select sec.uid()) and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()))));
create policy notices_about_access on app.notices for select to shaodian_app using (school_id = (select sec.school())
  and person_id = (select sec.uid()) and alert_id is null);
create policy notices_about_alert_seen on app.notices for update to shaodian_app using (school_id = (select sec.school())
  and person_id = (select sec.uid()) and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()))));
create policy notices_about_access_seen on app.notices for update to shaodian_app using (school_id = (select sec.school())
  and person_id = (select sec.uid()) and alert_id is null);
create policy notices_delivered on app.notices for insert to shaodian_worker with check (school_id = (select sec.school()));

create policy alerts_of_delivery on app.alerts for select to shaodian_worker using (school_id = (select sec.school()));
create policy grants_of_delivery on app.grants for select to shaodian_worker using (school_id = (select sec.school()));

grant insert (school_id, id, topic, subject_id, at) on app.outbox to shaodian_app;
grant select (school_id, id, topic, at, next_at, attempts, last_fault, stuck) on app.outbox to shaodian_app;
grant select on app.notices to shaodian_app;
grant update (seen_at) on app.notices to shaodian_app;
grant select on app.outbox to shaodian_worker;
grant update (next_at, attempts, last_fault, delivered_at) on app.outbox to shaodian_worker;
grant insert (school_id, id, outbox_id, person_id, kind, subject_id, at) on app.notices to shaodian_worker;
grant select (school_id, id, grade_id, class_id, counsellor_only, leader_listed, holder_id, ack_clock) on app.alerts to shaodian_worker;
grant select (school_id, person_id, role, scope, grade_id, class_id, starts_at, ends_at) on app.grants to shaodian_worker;

create function sec.take_outbox() returns table (school_id int, id uuid, topic text, subject_id uuid, at timestamptz, attempts int)
language sql volatile security definer set search_path = '' as $$
  select o.school_id, o.id, o.topic, o.subject_id, o.at, o.attempts from app.outbox o
  where o.delivered_at is null and o.next_at <= pg_catalog.clock_timestamp()
  order by o.next_at limit 1 for update skip locked $$;
comment on function sec.take_outbox() is 'The row that has been due longest and that nobody holds, of any school; held until this transaction ends';

create function sec.tell_outbox_filled() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform pg_catalog.pg_notify('shaodian_outbox', '');
  return null;
end $$;
comment on function sec.tell_outbox_filled() is 'Wakes the workers at commit; says nothing about what is in it';
create trigger outbox_told after insert on app.outbox for each statement execute function sec.tell_outbox_filled();

create function sec.tell_notice_arrived() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform pg_catalog.pg_notify('shaodian_notices', new.school_id || ':' || new.id || ':' || new.person_id);
  return null;
end $$;
comment on function sec.tell_notice_arrived() is 'Names the notice and whom it is for to listening API processes at commit; ids only';
create trigger notices_told after insert on app.notices for each row execute function sec.tell_notice_arrived();

revoke all on all functions in schema sec from public;
grant execute on function sec.take_outbox() to shaodian_worker;
`,
  down: `
drop policy grants_of_delivery on app.grants;
drop policy alerts_of_delivery on app.alerts;
revoke select (grade_id, class_id, counsellor_only, leader_listed, holder_id, ack_clock) on app.alerts from shaodian_worker;
revoke select (school_id, person_id, role, scope, grade_id, class_id, starts_at, ends_at) on app.grants from shaodian_worker;
drop table app.notices;
drop table app.outbox;
drop function sec.tell_notice_arrived();
drop function sec.tell_outbox_filled();
drop function sec.take_outbox();
`,
};
