import type { Migration } from '../migration.ts';

/**
 * Conflicts of interest: who is kept away from everything about the wellbeing of a pupil, whatever their roles.
 *
 * Deny wins, so these are restrictive policies. A set of pupils is read once for each statement; most people have an empty one. What is
 * reached through `app.alerts` (events, evidence, notices) is hidden with the alert and needs no policy of its own.
 */
export const trust: Migration = {
  name: '0012-trust',
  up: `
create table app.exclusions (
  school_id int not null references app.schools (id),
  id uuid not null,
  person_id uuid not null,
  pupil_id uuid not null,
  grade_id int not null,
  class_id int not null,
  kind text not null check (kind in ('is_the_concern', 'relative', 'declined')),
  starts_at timestamptz not null default statement_timestamp(),
  ends_at timestamptz,
  decided_by uuid not null,
  ended_by uuid,
  primary key (school_id, id),
  check ((ends_at is null) = (ended_by is null)),
  foreign key (school_id, person_id) references app.staff (school_id, id),
  foreign key (school_id, pupil_id) references app.pupils (school_id, id),
  foreign key (school_id, grade_id) references app.grades (school_id, id),
  foreign key (school_id, class_id) references app.classes (school_id, id)
);
create unique index exclusions_one_a_person on app.exclusions (school_id, pupil_id, person_id) where ends_at is null;
create index exclusions_person on app.exclusions (school_id, person_id);
create index exclusions_pupil on app.exclusions (school_id, pupil_id);
create index exclusions_class on app.exclusions (school_id, class_id);
create index exclusions_grade on app.exclusions (school_id, grade_id);
comment on table app.exclusions is 'P3: a conflict of interest between a member of staff and a pupil, as a code; the one concerned never learns that it is there';
comment on column app.exclusions.starts_at is 'Security time, always real';

alter table app.exclusions enable row level security;
alter table app.exclusions force row level security;

create function sec.excluded_pupils() returns uuid[]
language sql stable parallel restricted security definer set search_path = '' as $$
  select coalesce(array_agg(e.pupil_id), '{}') from app.exclusions e
  where e.school_id = (select sec.school()) and e.person_id = (select sec.uid())
    and e.starts_at <= statement_timestamp() and (e.ends_at is null or e.ends_at > statement_timestamp()) $$;
comment on function sec.excluded_pupils() is 'The pupils whom the person who asks is kept away from now; empty for nearly everybody';

-- With the alerts of the excluded pupils instead of a pupil on each reason, 200,000 reasons took 6 s instead of 0.1 s.
alter table app.alert_reasons add column pupil_id uuid;
alter table app.alert_reasons no force row level security;
alter table app.alerts no force row level security;
update app.alert_reasons r set pupil_id = a.pupil_id from app.alerts a where a.school_id = r.school_id and a.id = r.alert_id;
alter table app.alerts force row level security;
alter table app.alert_reasons force row level security;
alter table app.alert_reasons alter column pupil_id set not null;
alter table app.alert_reasons drop constraint alert_reasons_school_id_alert_id_fkey;
alter table app.alert_reasons add constraint alert_reasons_school_id_alert_id_pupil_id_fkey
  foreign key (school_id, alert_id, pupil_id) references app.alerts (school_id, id, pupil_id);
create index alert_reasons_pupil on app.alert_reasons (school_id, pupil_id, alert_id);

create policy exclusions_for_lookup on app.exclusions for select to shaodian_owner using (true);
create policy exclusions_read on app.exclusions for select to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('counsellor', 'lead_counsellor'))::int[]));
create policy exclusions_evaluated on app.exclusions for select to shaodian_app
  using (school_id = (select sec.school()) and pupil_id = (select sec.evaluated_pupil()));
create policy exclusions_decided on app.exclusions for insert to shaodian_app with check (school_id = (select sec.school())
  and decided_by = (select sec.uid()) and class_id = any ((select sec.classes_as('counsellor', 'lead_counsellor'))::int[])
  and exists (select from app.pupils p where p.school_id = exclusions.school_id and p.id = exclusions.pupil_id
    and p.class_id = exclusions.class_id and p.grade_id = exclusions.grade_id));
create policy exclusions_ended on app.exclusions for update to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('lead_counsellor'))::int[]));
create policy exclusions_of_delivery on app.exclusions for select to shaodian_worker using (school_id = (select sec.school()));

-- Nobody sees or ends their own, not even one that is over; nor decides about others where they are kept away themselves.
create policy exclusions_hidden on app.exclusions as restrictive for all to shaodian_app
  using (school_id = (select sec.school()) and person_id is distinct from (select sec.uid())
    and pupil_id <> all ((select sec.excluded_pupils())::uuid[]))
  with check (school_id = (select sec.school()) and pupil_id <> all ((select sec.excluded_pupils())::uuid[]));

create policy alerts_excluded on app.alerts as restrictive for all to shaodian_app using (school_id = (select sec.school())
  and pupil_id <> all ((select sec.excluded_pupils())::uuid[]));
create policy alert_decisions_excluded on app.alert_decisions as restrictive for all to shaodian_app using (school_id = (select sec.school())
  and pupil_id <> all ((select sec.excluded_pupils())::uuid[]));
create policy alert_reasons_excluded on app.alert_reasons as restrictive for all to shaodian_app using (school_id = (select sec.school())
  and pupil_id <> all ((select sec.excluded_pupils())::uuid[]));
-- What one reported oneself stays readable for its 48 hours, and may still be reported: a refusal or a gap would tell of the exclusion.
create policy observation_details_excluded on app.observation_details as restrictive for select to shaodian_app using (school_id = (select sec.school())
  and (pupil_id <> all ((select sec.excluded_pupils())::uuid[])
    or (reporter_mark = (select sec.mark()) and own_until > (select statement_timestamp()))));
create policy observations_excluded on app.observations as restrictive for select to shaodian_app using (school_id = (select sec.school())
  and (pupil_id <> all ((select sec.excluded_pupils())::uuid[])
    or id = any (array(select d.observation_id from app.observation_details d
      where d.school_id = (select sec.school()) and d.reporter_mark = (select sec.mark()) and d.own_until > (select statement_timestamp())))));

grant select, insert on app.exclusions to shaodian_app;
grant update (ends_at, ended_by) on app.exclusions to shaodian_app;
grant select (school_id, person_id, pupil_id, starts_at, ends_at) on app.exclusions to shaodian_worker;

alter table app.alert_events drop constraint alert_events_kind_check;
alter table app.alert_events add constraint alert_events_kind_check
  check (kind in ('raised', 'fresh_emergency', 'raised_higher', 'evidence_attached', 'acknowledged', 'with_pupil', 'handed_over'));
drop policy alert_events_raised on app.alert_events;
create policy alert_events_raised on app.alert_events for insert to shaodian_app with check (school_id = (select sec.school())
  and person_id is null and kind = any (array['raised', 'fresh_emergency', 'raised_higher', 'evidence_attached', 'handed_over'])
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()) and a.pupil_id = (select sec.evaluated_pupil()))));

drop function sec.duty_phones();
create function sec.duty_phones(about_pupil uuid) returns table (name text, phone text)
language sql stable security definer set search_path = '' as $$
  select s.name, d.phone from app.duty_slots d
  join app.staff s on s.school_id = d.school_id and s.id = d.person_id
  where d.school_id = (select sec.school()) and d.phone is not null
    and d.starts_at <= statement_timestamp() and (d.ends_at is null or d.ends_at > statement_timestamp())
    and not exists (select from app.exclusions e where e.school_id = d.school_id and e.person_id = d.person_id and e.pupil_id = about_pupil
      and e.starts_at <= statement_timestamp() and (e.ends_at is null or e.ends_at > statement_timestamp()))
    and ((select sec.has_role('homeroom_teacher', 'grade_head', 'counsellor', 'lead_counsellor', 'school_leader')) or (select sec.on_duty('red')))
  group by s.name, d.phone order by min(d.position), s.name limit 10 $$;
comment on function sec.duty_phones(uuid) is 'Whom a person in a corridor rings now about this pupil; for everyone an alert can reach';

revoke all on all functions in schema sec from public;
grant execute on function sec.excluded_pupils(), sec.duty_phones(uuid) to shaodian_app;
`,
  down: `
drop function sec.duty_phones(uuid);
create function sec.duty_phones() returns table (name text, phone text)
language sql stable security definer set search_path = '' as $$
  select s.name, d.phone from app.duty_slots d
  join app.staff s on s.school_id = d.school_id and s.id = d.person_id
  where d.school_id = (select sec.school()) and d.phone is not null
    and d.starts_at <= statement_timestamp() and (d.ends_at is null or d.ends_at > statement_timestamp())
    and ((select sec.has_role('homeroom_teacher', 'grade_head', 'counsellor', 'lead_counsellor', 'school_leader')) or (select sec.on_duty('red')))
  group by s.name, d.phone order by min(d.position), s.name limit 10 $$;
comment on function sec.duty_phones() is 'Whom a person in a corridor rings now; for everyone an alert can reach';
revoke all on function sec.duty_phones() from public;
grant execute on function sec.duty_phones() to shaodian_app;
drop policy alert_events_raised on app.alert_events;
create policy alert_events_raised on app.alert_events for insert to shaodian_app with check (school_id = (select sec.school())
  and person_id is null and kind = any (array['raised', 'fresh_emergency', 'raised_higher', 'evidence_attached'])
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()) and a.pupil_id = (select sec.evaluated_pupil()))));
alter table app.alert_events no force row level security;
delete from app.alert_events where kind = 'handed_over';
alter table app.alert_events force row level security;
alter table app.alert_events drop constraint alert_events_kind_check;
alter table app.alert_events add constraint alert_events_kind_check
  check (kind in ('raised', 'fresh_emergency', 'raised_higher', 'evidence_attached', 'acknowledged', 'with_pupil'));
drop policy observations_excluded on app.observations;
drop policy observation_details_excluded on app.observation_details;
drop policy alert_reasons_excluded on app.alert_reasons;
drop index app.alert_reasons_pupil;
alter table app.alert_reasons drop constraint alert_reasons_school_id_alert_id_pupil_id_fkey;
alter table app.alert_reasons drop column pupil_id;
alter table app.alert_reasons add constraint alert_reasons_school_id_alert_id_fkey
  foreign key (school_id, alert_id) references app.alerts (school_id, id);
drop policy alert_decisions_excluded on app.alert_decisions;
drop policy alerts_excluded on app.alerts;
drop policy exclusions_hidden on app.exclusions;
drop table app.exclusions cascade;
drop function sec.excluded_pupils();
`,
};
