import { allow, forbid } from '../allowed-values.ts';
import type { Migration } from '../migration.ts';

/**
 * Clusters: several pupils of a class, a grade or the school with serious signs close together, raised by the rules beside each pupil's own alert.
 *
 * Whoever sees a cluster sees where and how many; who they are, counsellors alone. Whoever is kept away from one of the pupils sees nothing of it.
 */
export const clusters: Migration = {
  name: '0040-clusters',
  up: `
create table app.cluster_alerts (
  school_id int not null references app.schools (id),
  id uuid not null,
  subject text not null check (subject in ('class', 'grade', 'school')),
  class_id int,
  grade_id int,
  colour text not null check (colour in ('blue', 'yellow', 'orange', 'red')),
  status text not null check (status in ('open', 'acknowledged', 'closed')),
  counsellor_only boolean not null,
  pupil_count int not null check (pupil_count >= 2),
  seen_from date not null,
  seen_to date not null check (seen_to >= seen_from),
  holder_id uuid,
  rung text not null check (rung in ('class', 'grade', 'school', 'outside')),
  asked uuid[] not null,
  first_raised_at timestamptz not null,
  raised_at timestamptz not null,
  ack_due_at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by uuid,
  meeting_due_at timestamptz not null,
  met_at timestamptz,
  met_by uuid,
  missed int not null default 0,
  version int not null default 1,
  primary key (school_id, id),
  check ((subject = 'class') = (class_id is not null)),
  check ((subject = 'school') = (grade_id is null)),
  check ((acknowledged_at is null) = (acknowledged_by is null)),
  check ((met_at is null) = (met_by is null)),
  foreign key (school_id, class_id) references app.classes (school_id, id),
  foreign key (school_id, grade_id) references app.grades (school_id, id),
  foreign key (school_id, holder_id) references app.people (school_id, id),
  foreign key (school_id, acknowledged_by) references app.people (school_id, id),
  foreign key (school_id, met_by) references app.people (school_id, id)
);
create unique index cluster_alerts_one_open on app.cluster_alerts (school_id, class_id, grade_id, counsellor_only) nulls not distinct where status <> 'closed';
create index cluster_alerts_class on app.cluster_alerts (school_id, class_id);
create index cluster_alerts_grade on app.cluster_alerts (school_id, grade_id);
create index cluster_alerts_holder on app.cluster_alerts (school_id, holder_id);
create index cluster_alerts_acknowledged_by on app.cluster_alerts (school_id, acknowledged_by);
create index cluster_alerts_met_by on app.cluster_alerts (school_id, met_by);
create index cluster_alerts_ack_due on app.cluster_alerts (ack_due_at) where status = 'open';
create index cluster_alerts_meeting_due on app.cluster_alerts (meeting_due_at) where met_at is null and status <> 'closed';
comment on table app.cluster_alerts is 'P2: a call to act on several pupils together: where, how many, who holds it and until when; no pupil';
comment on column app.cluster_alerts.seen_from is 'First day of the signs that count';
comment on column app.cluster_alerts.raised_at is 'Domain time at which the acknowledgement clock last started';
comment on column app.cluster_alerts.meeting_due_at is 'Domain time by which those who work with the pupils have met; later by each miss';
comment on column app.cluster_alerts.met_at is 'When somebody recorded that the meeting was held';
comment on column app.cluster_alerts.asked is 'Who was asked since somebody last acknowledged, or since it was raised: nobody twice';
comment on column app.cluster_alerts.missed is 'How often a clock was missed';

create table app.cluster_members (
  school_id int not null,
  cluster_id uuid not null,
  pupil_id uuid not null,
  joined_at timestamptz not null,
  primary key (school_id, cluster_id, pupil_id),
  foreign key (school_id, cluster_id) references app.cluster_alerts (school_id, id),
  foreign key (school_id, pupil_id) references app.pupils (school_id, id)
);
create index cluster_members_pupil on app.cluster_members (school_id, pupil_id);
comment on table app.cluster_members is 'P3: whose signs a cluster stands on; for counsellors alone';

alter table app.cluster_alerts enable row level security;
alter table app.cluster_alerts force row level security;
alter table app.cluster_members enable row level security;
alter table app.cluster_members force row level security;

create policy cluster_members_for_lookup on app.cluster_members for select to shaodian_owner using (true);
create policy cluster_alerts_for_lookup on app.cluster_alerts for select to shaodian_owner using (true);
create policy observations_for_lookup on app.observations for select to shaodian_owner using (true);

create function sec.clusters_kept_from() returns uuid[]
language sql stable parallel restricted security definer set search_path = '' as $$
  select coalesce(array_agg(distinct m.cluster_id), '{}') from app.cluster_members m
  where m.school_id = (select sec.school()) and m.pupil_id = any ((select sec.excluded_pupils())::uuid[]) $$;
comment on function sec.clusters_kept_from() is 'Clusters with a pupil from whom the one who asks is kept away: deny wins, also over the number';

create function sec.cluster_facts(codes text[])
returns table (pupil_id uuid, class_id int, grade_id int, observation_id uuid, indicators text[], conditions_met text[],
  about_whom text, observed_on date, received_at timestamptz)
language sql stable security definer set search_path = '' as $$
  select o.pupil_id, o.class_id, o.grade_id, o.id, o.indicators, o.conditions_met, d.about_whom, d.observed_on, d.received_at
  from app.observations o join app.observation_details d on d.school_id = o.school_id and d.observation_id = o.id
  where o.school_id = (select sec.school()) and (select sec.evaluated_pupil()) is not null and o.indicators && codes $$;
comment on function sec.cluster_facts(text[]) is 'Signs of these codes of every pupil of the school; for the rules while they judge, and empty for everybody else';

create function sec.due_clusters(until timestamptz) returns table (school_id int, cluster_id uuid)
language sql stable security definer set search_path = '' as $$
  select c.school_id, c.id from app.cluster_alerts c
  where (c.status = 'open' and c.ack_due_at <= until) or (c.status <> 'closed' and c.met_at is null and c.meeting_due_at <= until)
  order by least(c.ack_due_at, c.meeting_due_at), c.id limit 50 $$;
comment on function sec.due_clusters(timestamptz) is 'Clusters of which a clock ran out, of any school; not held: the worker locks the cluster';

create policy cluster_alerts_counsellor on app.cluster_alerts for select to shaodian_app using (school_id = (select sec.school())
  and (select sec.has_role('counsellor', 'lead_counsellor')));
create policy cluster_alerts_leader on app.cluster_alerts for select to shaodian_app using (school_id = (select sec.school())
  and not counsellor_only and (select sec.has_role('school_leader')));
create policy cluster_alerts_grade_head on app.cluster_alerts for select to shaodian_app using (school_id = (select sec.school())
  and not counsellor_only and grade_id = any (array(select c.grade_id from app.classes c where c.school_id = (select sec.school())
    and c.id = any ((select sec.classes_as('grade_head'))::int[]))));
create policy cluster_alerts_held on app.cluster_alerts for select to shaodian_app using (school_id = (select sec.school())
  and holder_id = (select sec.uid()));
create policy cluster_alerts_evaluated on app.cluster_alerts for all to shaodian_app using (school_id = (select sec.school())
  and (select sec.evaluated_pupil()) is not null);
create policy cluster_alerts_acted_by_counsellor on app.cluster_alerts for update to shaodian_app using (school_id = (select sec.school())
  and (select sec.has_role('counsellor', 'lead_counsellor')));
create policy cluster_alerts_acted_by_holder on app.cluster_alerts for update to shaodian_app using (school_id = (select sec.school())
  and holder_id = (select sec.uid()));
create policy cluster_alerts_excluded on app.cluster_alerts as restrictive for all to shaodian_app using (school_id = (select sec.school())
  and id <> all ((select sec.clusters_kept_from())::uuid[]));
create policy cluster_alerts_of_delivery on app.cluster_alerts for select to shaodian_worker
  using (school_id = (select sec.school()) and (select sec.is_delivery()));
create policy cluster_alerts_climbed on app.cluster_alerts for update to shaodian_worker
  using (school_id = (select sec.school()) and (select sec.is_delivery()));

create policy cluster_members_counsellor on app.cluster_members for select to shaodian_app using (school_id = (select sec.school())
  and (select sec.has_role('counsellor', 'lead_counsellor')));
create policy cluster_members_evaluated on app.cluster_members for all to shaodian_app using (school_id = (select sec.school())
  and (select sec.evaluated_pupil()) is not null);
create policy cluster_members_excluded on app.cluster_members as restrictive for all to shaodian_app using (school_id = (select sec.school())
  and cluster_id <> all ((select sec.clusters_kept_from())::uuid[]));
create policy cluster_members_of_delivery on app.cluster_members for select to shaodian_worker
  using (school_id = (select sec.school()) and (select sec.is_delivery()));

grant select, insert on app.cluster_alerts to shaodian_app;
grant update (status, pupil_count, seen_from, seen_to, holder_id, rung, asked, raised_at, ack_due_at, acknowledged_at, acknowledged_by,
  meeting_due_at, met_at, met_by, version) on app.cluster_alerts to shaodian_app;
grant select, insert on app.cluster_members to shaodian_app;
grant select on app.cluster_alerts to shaodian_worker;
grant update (holder_id, rung, asked, ack_due_at, meeting_due_at, missed, version) on app.cluster_alerts to shaodian_worker;
grant select on app.cluster_members to shaodian_worker;

${allow('outbox', 'outbox_topic_check', 'cluster.raised')}
${allow('outbox', 'outbox_topic_check', 'cluster.climbed')}
create policy outbox_cluster_told on app.outbox for insert to shaodian_app with check (school_id = (select sec.school())
  and topic = 'cluster.raised' and (select sec.evaluated_pupil()) is not null
  and subject_id = any (array(select c.id from app.cluster_alerts c where c.school_id = (select sec.school()))));
create policy outbox_cluster_missed on app.outbox for insert to shaodian_worker with check (school_id = (select sec.school())
  and (select sec.is_delivery()) and topic = any (array['cluster.climbed', 'cluster.raised']));
${allow('notices', 'notices_kind_check', 'cluster_raised')}
revoke all on all functions in schema sec from public;
grant execute on function sec.clusters_kept_from(), sec.cluster_facts(text[]) to shaodian_app;
grant execute on function sec.due_clusters(timestamptz) to shaodian_worker;
`,
  down: `
alter table app.notices no force row level security;
alter table app.outbox no force row level security;
delete from app.notices where kind = 'cluster_raised';
delete from app.outbox where topic in ('cluster.raised', 'cluster.climbed');
alter table app.outbox force row level security;
alter table app.notices force row level security;
${forbid('notices', 'notices_kind_check', 'cluster_raised')}
drop policy outbox_cluster_missed on app.outbox;
drop policy outbox_cluster_told on app.outbox;
${forbid('outbox', 'outbox_topic_check', 'cluster.climbed')}
${forbid('outbox', 'outbox_topic_check', 'cluster.raised')}
drop policy observations_for_lookup on app.observations;
drop function sec.due_clusters(timestamptz);
drop function sec.cluster_facts(text[]);
drop table app.cluster_members;
drop table app.cluster_alerts;
drop function sec.clusters_kept_from();
`,
};
