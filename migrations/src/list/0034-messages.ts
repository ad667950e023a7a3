import type { Migration } from '../migration.ts';

/**
 * What goes outside: the channels of a school, where its people are reached, and a row for each message with how far it came.
 *
 * The channel's row is the lock of everything that goes through it: one message at a time, at the pace that the other side takes, whatever
 * number of workers there is. A worker that dies gives it back at once.
 */
export const messages: Migration = {
  name: '0034-messages',
  up: `
create table app.channels (
  school_id int not null references app.schools (id),
  id uuid not null,
  kind text not null check (kind in ('email', 'wecom', 'dingtalk', 'feishu', 'ringing', 'webhook')),
  name text not null check (length(name) between 1 and 60),
  kek_id text not null,
  config bytea not null,
  enabled boolean not null default true,
  version int not null default 1,
  created_at timestamptz not null default statement_timestamp(),
  created_by uuid not null,
  last_ok_at timestamptz,
  last_fault text check (length(last_fault) <= 40),
  last_fault_at timestamptz,
  primary key (school_id, id),
  foreign key (school_id, created_by) references app.people (school_id, id)
);
create index channels_created_by on app.channels (school_id, created_by);
comment on table app.channels is 'How a school is reached outside the program; no wellbeing content goes through any';
comment on column app.channels.config is 'Addresses and secrets, sealed with the school key';
alter table app.channels enable row level security;
alter table app.channels force row level security;
create policy channels_read on app.channels for select to shaodian_app using (school_id = (select sec.school())
  and (select sec.has_role('administrator', 'lead_counsellor')));
create policy channels_made on app.channels for insert to shaodian_app with check (school_id = (select sec.school())
  and created_by = (select sec.uid()) and (select sec.has_role('administrator', 'lead_counsellor')));
create policy channels_changed on app.channels for update to shaodian_app using (school_id = (select sec.school())
  and (select sec.has_role('administrator', 'lead_counsellor')));
create policy channels_of_delivery on app.channels for select to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_delivery()));
create policy channels_settled on app.channels for update to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_delivery()));
create policy channels_exchanged on app.channels for all to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_system()));
grant select, insert (school_id, id, kind, name, kek_id, config, created_by) on app.channels to shaodian_app;
grant update (name, enabled, version, last_ok_at, last_fault, last_fault_at) on app.channels to shaodian_app;
grant select on app.channels to shaodian_worker;
grant update (kek_id, config, last_ok_at, last_fault, last_fault_at) on app.channels to shaodian_worker;

create table app.contact_points (
  school_id int not null,
  id uuid not null,
  person_id uuid not null,
  kind text not null check (kind in ('email', 'phone')),
  address text not null check (length(address) between 3 and 254),
  proof_sha256 bytea,
  proof_expires_at timestamptz,
  proof_attempts int not null default 0,
  proven_at timestamptz,
  primary key (school_id, id),
  unique (school_id, person_id, kind),
  foreign key (school_id, person_id) references app.people (school_id, id)
);
comment on table app.contact_points is 'P2: where a member of staff is reached; set and proven by that person';
comment on column app.contact_points.proven_at is 'When a code that was sent there was entered';
alter table app.contact_points enable row level security;
alter table app.contact_points force row level security;
create policy contact_points_own on app.contact_points for all to shaodian_app using (school_id = (select sec.school())
  and person_id = (select sec.uid()));
create policy contact_points_listed on app.contact_points for select to shaodian_app using (school_id = (select sec.school())
  and (select sec.has_role('administrator', 'lead_counsellor')));
create policy contact_points_of_delivery on app.contact_points for select to shaodian_worker
  using (school_id = (select sec.school()) and (select sec.is_delivery()));
grant select, insert, delete on app.contact_points to shaodian_app;
grant update (address, proof_sha256, proof_expires_at, proof_attempts, proven_at) on app.contact_points to shaodian_app;
grant select (school_id, person_id, kind, address, proven_at) on app.contact_points to shaodian_worker;

create table app.messages (
  school_id int not null,
  id uuid not null,
  outbox_id uuid not null,
  alert_id uuid,
  person_id uuid,
  outside_id uuid,
  channel_id uuid not null,
  channel_kind text not null,
  kind text not null check (kind in ('alert_to_acknowledge', 'alert_to_review', 'alert_to_know', 'alert_step_overdue', 'alert_outside', 'alert_event')),
  event text check (length(event) <= 40),
  colour text not null check (colour in ('blue', 'yellow', 'orange', 'red')),
  at timestamptz not null,
  state text not null default 'queued' check (state in ('queued', 'sent', 'delivered', 'opened', 'acknowledged', 'failed', 'stopped')),
  attempts int not null default 0,
  not_before timestamptz not null,
  next_at timestamptz not null default statement_timestamp(),
  last_fault text check (length(last_fault) <= 40),
  sent_at timestamptz,
  delivered_at timestamptz,
  opened_at timestamptz,
  acknowledged_at timestamptz,
  reference text check (length(reference) <= 120),
  primary key (school_id, id),
  unique nulls not distinct (school_id, outbox_id, channel_id, person_id, outside_id),
  check ((kind = 'alert_event') = (event is not null)),
  foreign key (school_id, outbox_id) references app.outbox (school_id, id),
  foreign key (school_id, alert_id) references app.alerts (school_id, id),
  foreign key (school_id, person_id) references app.people (school_id, id),
  foreign key (school_id, outside_id) references app.outside_contacts (school_id, id),
  foreign key (school_id, channel_id) references app.channels (school_id, id)
);
create index messages_due on app.messages (next_at) where state = 'queued';
create index messages_alert on app.messages (school_id, alert_id);
create index messages_person on app.messages (school_id, person_id);
create index messages_outside on app.messages (school_id, outside_id);
create index messages_channel on app.messages (school_id, channel_id, sent_at);
create index messages_failed on app.messages (school_id, channel_id) where state = 'failed';
comment on table app.messages is 'P2: one message to one receiver through one channel, and how far it came; no words, no address, no name';
comment on column app.messages.at is 'Domain time of what it is about';
comment on column app.messages.not_before is 'Domain time of the digest it waits for; at once otherwise';
comment on column app.messages.next_at is 'Real time of the next attempt';
comment on column app.messages.channel_kind is 'Of the channel: whoever reads the alert sees no channels';
comment on column app.messages.event is 'For a webhook: what happened';
alter table app.messages enable row level security;
alter table app.messages force row level security;
create policy messages_of_alert on app.messages for select to shaodian_app using (school_id = (select sec.school())
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()))));
create policy messages_failed on app.messages for select to shaodian_app using (school_id = (select sec.school())
  and state = 'failed' and (select sec.has_role('administrator')));
create policy messages_own_opened on app.messages for update to shaodian_app using (school_id = (select sec.school())
  and person_id = (select sec.uid()) and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()))));
create policy messages_answered on app.messages for update to shaodian_app using (school_id = (select sec.school())
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()) and a.pupil_id = (select sec.evaluated_pupil()))));
create policy messages_planned on app.messages for insert to shaodian_worker with check (school_id = (select sec.school()) and (select sec.is_delivery()));
create policy messages_taken on app.messages for select to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_delivery()));
create policy messages_settled on app.messages for update to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_delivery()));
create policy messages_for_lookup on app.messages for select to shaodian_owner using (true);
create policy channels_for_lookup on app.channels for select to shaodian_owner using (true);
grant select on app.messages to shaodian_app;
grant update (state, opened_at, acknowledged_at) on app.messages to shaodian_app;
grant select, insert on app.messages to shaodian_worker;
grant update (state, attempts, next_at, last_fault, sent_at, delivered_at, reference) on app.messages to shaodian_worker;

create function sec.due_channels(until timestamptz) returns table (school_id int, channel_id uuid)
language sql stable security definer set search_path = '' as $$
  select m.school_id, m.channel_id from app.messages m join app.channels c on c.school_id = m.school_id and c.id = m.channel_id
  where m.state = 'queued' and m.not_before <= until and m.next_at <= pg_catalog.clock_timestamp() and c.enabled
  group by m.school_id, m.channel_id order by min(m.next_at) limit 50 $$;
comment on function sec.due_channels(timestamptz) is 'Channels with messages to send, of any school; not held: the worker locks the channel';

create function sec.proving_channel(channel_kind text) returns table (id uuid, kek_id text, config bytea)
language sql stable security definer set search_path = '' as $$
  select c.id, c.kek_id, c.config from app.channels c where c.school_id = (select sec.school()) and c.kind = channel_kind and c.enabled
    and channel_kind in ('email', 'ringing') and exists (select from app.staff s where s.school_id = c.school_id and s.id = (select sec.uid()))
  order by c.created_at limit 1 $$;
comment on function sec.proving_channel(text) is 'Through which a member of staff is sent a code that proves an address; sealed, and opened by the API alone';

alter table app.outbox drop constraint outbox_topic_check;
alter table app.outbox add constraint outbox_topic_check check (topic in ('alert.clock_started', 'alert.needs_review', 'break_glass.opened',
  'second_factor.reset', 'grant.proposed', 'grant.decided', 'exclusion.counsellor', 'alert.climbed', 'alert.step_overdue', 'alert.outside', 'alert.acknowledged'));
drop policy outbox_alert_told on app.outbox;
create policy outbox_alert_told on app.outbox for insert to shaodian_app with check (school_id = (select sec.school())
  and topic = any (array['alert.clock_started', 'alert.needs_review', 'alert.outside', 'alert.acknowledged'])
  and subject_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()) and a.pupil_id = (select sec.evaluated_pupil()))));
revoke all on all functions in schema sec from public;
grant execute on function sec.due_channels(timestamptz) to shaodian_worker;
grant execute on function sec.proving_channel(text) to shaodian_app;
`,
  down: `
drop policy outbox_alert_told on app.outbox;
create policy outbox_alert_told on app.outbox for insert to shaodian_app with check (school_id = (select sec.school())
  and topic = any (array['alert.clock_started', 'alert.needs_review', 'alert.outside'])
  and subject_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()) and a.pupil_id = (select sec.evaluated_pupil()))));
drop function sec.proving_channel(text);
drop function sec.due_channels(timestamptz);
drop table app.messages;
drop table app.contact_points;
drop table app.channels;
alter table app.outbox no force row level security;
delete from app.outbox where topic = 'alert.acknowledged';
alter table app.outbox force row level security;
alter table app.outbox drop constraint outbox_topic_check;
alter table app.outbox add constraint outbox_topic_check check (topic in ('alert.clock_started', 'alert.needs_review', 'break_glass.opened',
  'second_factor.reset', 'grant.proposed', 'grant.decided', 'exclusion.counsellor', 'alert.climbed', 'alert.step_overdue', 'alert.outside'));
`,
};
