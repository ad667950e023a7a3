import { allow, forbid } from '../allowed-values.ts';
import type { Migration } from '../migration.ts';

const missedTold = (more: string) =>
  `drop policy outbox_missed_told on app.outbox;
create policy outbox_missed_told on app.outbox for insert to shaodian_worker with check (school_id = (select sec.school())
  and (select sec.is_delivery()) and topic = any (array['alert.climbed', 'alert.step_overdue', 'alert.outside', 'alert.needs_review'${more}]));`;

/**
 * A drill: a red alert about nobody that goes through everybody on the list, one after the other, whether or not the earlier ones answer. There is no
 * pupil in it, so it has tables of its own; what it sends goes the way of every message.
 */
export const drills: Migration = {
  name: '0037-drills',
  up: `
create table app.drills (
  school_id int not null references app.schools (id),
  id uuid not null,
  started_by uuid not null,
  started_at timestamptz not null,
  every_minutes int not null check (every_minutes in (1, 2, 5, 10)),
  with_outside boolean not null,
  rung text not null default 'school' check (rung in ('school', 'outside')),
  asked uuid[] not null default '{}',
  next_at timestamptz,
  finished_at timestamptz,
  stopped_at timestamptz,
  stopped_by uuid,
  primary key (school_id, id),
  check ((stopped_at is null) = (stopped_by is null)),
  check ((next_at is null) = (finished_at is not null or stopped_at is not null)),
  foreign key (school_id, started_by) references app.people (school_id, id),
  foreign key (school_id, stopped_by) references app.people (school_id, id)
);
create unique index drills_one_runs on app.drills (school_id) where next_at is not null;
create index drills_due on app.drills (next_at) where next_at is not null;
create index drills_started_by on app.drills (school_id, started_by);
create index drills_stopped_by on app.drills (school_id, stopped_by);
comment on table app.drills is 'A red alert about nobody, run through everybody who would be asked';
comment on column app.drills.next_at is 'Domain time at which the next one is asked; null when it is over';
alter table app.drills enable row level security;
alter table app.drills force row level security;

create table app.drill_calls (
  school_id int not null,
  id uuid not null,
  drill_id uuid not null,
  position int not null,
  person_id uuid,
  outside_id uuid,
  asked_at timestamptz not null,
  answered_at timestamptz,
  primary key (school_id, id),
  unique (school_id, drill_id, position),
  unique (school_id, drill_id, person_id),
  check ((person_id is null) <> (outside_id is null)),
  foreign key (school_id, drill_id) references app.drills (school_id, id),
  foreign key (school_id, person_id) references app.people (school_id, id),
  foreign key (school_id, outside_id) references app.outside_contacts (school_id, id)
);
create index drill_calls_person on app.drill_calls (school_id, person_id);
create index drill_calls_outside on app.drill_calls (school_id, outside_id);
comment on table app.drill_calls is 'Who was asked in a drill, when, and when they answered; domain time';
alter table app.drill_calls enable row level security;
alter table app.drill_calls force row level security;

create policy drills_read on app.drills for select to shaodian_app using (school_id = (select sec.school())
  and (select sec.has_role('lead_counsellor', 'school_leader', 'administrator')));
create policy drills_started on app.drills for insert to shaodian_app with check (school_id = (select sec.school())
  and started_by = (select sec.uid()) and (select sec.has_role('lead_counsellor', 'school_leader')));
create policy drills_stopped on app.drills for update to shaodian_app using (school_id = (select sec.school())
  and (select sec.has_role('lead_counsellor', 'school_leader')));
create policy drills_of_delivery on app.drills for select to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_delivery()));
create policy drills_carried on app.drills for update to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_delivery()));
create policy drills_for_lookup on app.drills for select to shaodian_owner using (true);
create policy drill_calls_read on app.drill_calls for select to shaodian_app using (school_id = (select sec.school())
  and (select sec.has_role('lead_counsellor', 'school_leader', 'administrator')));
create policy drill_calls_own on app.drill_calls for select to shaodian_app using (school_id = (select sec.school()) and person_id = (select sec.uid()));
create policy drill_calls_answered on app.drill_calls for update to shaodian_app using (school_id = (select sec.school()) and person_id = (select sec.uid()));
create policy drill_calls_of_delivery on app.drill_calls for select to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_delivery()));
create policy drill_calls_made on app.drill_calls for insert to shaodian_worker with check (school_id = (select sec.school()) and (select sec.is_delivery()));
grant select, insert (school_id, id, started_by, started_at, every_minutes, with_outside, next_at) on app.drills to shaodian_app;
grant update (next_at, stopped_at, stopped_by) on app.drills to shaodian_app;
grant select on app.drill_calls to shaodian_app;
grant update (answered_at) on app.drill_calls to shaodian_app;
grant select on app.drills to shaodian_worker;
grant update (rung, asked, next_at, finished_at) on app.drills to shaodian_worker;
grant select, insert on app.drill_calls to shaodian_worker;

alter table app.messages add column drill_id uuid;
alter table app.messages add foreign key (school_id, drill_id) references app.drills (school_id, id);
alter table app.messages add check ((drill_id is not null) = (kind = 'drill'));
create index messages_drill on app.messages (school_id, drill_id);
create policy messages_of_drill_settled on app.messages for update to shaodian_owner using (drill_id is not null);
${allow('messages', 'messages_kind_check', 'drill')}
${allow('notices', 'notices_kind_check', 'drill_to_answer')}
${allow('outbox', 'outbox_topic_check', 'drill.called')}
${missedTold(", 'drill.called'")}

create function sec.due_drills(until timestamptz) returns table (school_id int, drill_id uuid)
language sql stable security definer set search_path = '' as $$
  select d.school_id, d.id from app.drills d where d.next_at <= until order by d.next_at limit 20 $$;
comment on function sec.due_drills(timestamptz) is 'Drills in which the next one is to be asked, of any school; not held: the worker locks the drill';

create function sec.drill_messages(drill uuid) returns table (person_id uuid, outside_id uuid, channel_kind text, state text, sent_at timestamptz,
  delivered_at timestamptz, opened_at timestamptz)
language sql stable security definer set search_path = '' as $$
  select m.person_id, m.outside_id, m.channel_kind, m.state, m.sent_at, m.delivered_at, m.opened_at from app.messages m
  where m.school_id = (select sec.school()) and m.drill_id = drill and (select sec.has_role('lead_counsellor', 'school_leader', 'administrator'))
  order by m.sent_at nulls last, m.id $$;
comment on function sec.drill_messages(uuid) is 'How far each message of a drill came, for those who run drills and keep the channels';

create function sec.open_drill_message(message uuid) returns uuid
language sql volatile security definer set search_path = '' as $$
  update app.messages m set opened_at = coalesce(m.opened_at, pg_catalog.statement_timestamp()),
    state = case when m.state in ('sent', 'delivered') then 'opened' else m.state end
  where m.school_id = (select sec.school()) and m.id = message and m.person_id = (select sec.uid()) and m.drill_id is not null
  returning m.drill_id $$;
comment on function sec.open_drill_message(uuid) is 'The link of one''s own message of a drill was followed';

create function sec.settle_drill_messages(drill uuid) returns void
language sql volatile security definer set search_path = '' as $$
  update app.messages m set acknowledged_at = pg_catalog.statement_timestamp(), state = case when m.state = 'queued' then 'stopped' else 'acknowledged' end
  where m.school_id = (select sec.school()) and m.drill_id = drill and m.person_id = (select sec.uid()) and m.state <> 'failed' $$;
comment on function sec.settle_drill_messages(uuid) is 'One''s own messages of a drill are answered, and nothing more is sent';

revoke all on all functions in schema sec from public;
grant execute on function sec.due_drills(timestamptz) to shaodian_worker;
grant execute on function sec.drill_messages(uuid), sec.open_drill_message(uuid), sec.settle_drill_messages(uuid) to shaodian_app;
`,
  down: `
drop function sec.settle_drill_messages(uuid);
drop function sec.open_drill_message(uuid);
drop function sec.drill_messages(uuid);
drop function sec.due_drills(timestamptz);
drop policy messages_of_drill_settled on app.messages;
alter table app.messages no force row level security;
delete from app.messages where kind = 'drill';
alter table app.messages force row level security;
alter table app.messages drop column drill_id;
alter table app.notices no force row level security;
delete from app.notices where kind = 'drill_to_answer';
alter table app.notices force row level security;
alter table app.outbox no force row level security;
delete from app.outbox where topic = 'drill.called';
alter table app.outbox force row level security;
${forbid('messages', 'messages_kind_check', 'drill')}
${forbid('notices', 'notices_kind_check', 'drill_to_answer')}
${forbid('outbox', 'outbox_topic_check', 'drill.called')}
${missedTold('')}
drop table app.drill_calls;
drop table app.drills;
`,
};
