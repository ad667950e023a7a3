import type { Migration } from '../migration.ts';

/** Monthly reports and observations. What a homeroom teacher may see and what stays sealed lie in different tables. */
export const reports: Migration = {
  name: '0005-reports',
  up: `
create table app.data_keys (
  school_id int not null references app.schools (id),
  id uuid not null,
  subject_kind text not null check (subject_kind in ('pupil', 'report', 'roster_import')),
  subject_id uuid not null,
  kek_id text not null,
  wrapped bytea not null,
  primary key (school_id, id),
  unique (school_id, subject_kind, subject_id)
);
comment on table app.data_keys is 'A data key per pupil and per report, wrapped by the school key that lives outside the database; erasing is deleting the row';

create table app.reporter_seals (
  school_id int not null references app.schools (id),
  mark text not null,
  sealed_person bytea not null,
  primary key (school_id, mark)
);
comment on table app.reporter_seals is 'P3: maps a reporter mark back to a person, encrypted; nobody may read it through the app';

create table app.monthly_reports (
  school_id int not null,
  id uuid not null,
  grade_id int not null,
  class_id int not null,
  month date not null check (extract(day from month) = 1),
  late boolean not null,
  primary key (school_id, id),
  foreign key (school_id, grade_id) references app.grades (school_id, id),
  foreign key (school_id, class_id) references app.classes (school_id, id)
);
create index monthly_reports_class on app.monthly_reports (school_id, class_id, month);
create index monthly_reports_grade on app.monthly_reports (school_id, grade_id, month);
comment on table app.monthly_reports is 'That a report arrived: no seat, no hour, no content, so that it does not give away who wrote it';

create table app.monthly_report_bodies (
  school_id int not null,
  report_id uuid not null,
  class_id int not null,
  grade_id int not null,
  month date not null,
  seat text not null check (seat in ('A', 'B')),
  reporter_mark text not null,
  submitted_at timestamptz not null,
  own_until timestamptz not null default statement_timestamp() + interval '48 hours',
  zero_report boolean not null,
  kindness bytea,
  primary key (school_id, report_id),
  unique (school_id, class_id, month, seat),
  foreign key (school_id, report_id) references app.monthly_reports (school_id, id),
  foreign key (school_id, class_id) references app.classes (school_id, id),
  foreign key (school_id, grade_id) references app.grades (school_id, id)
);
create index monthly_report_bodies_grade on app.monthly_report_bodies (school_id, grade_id);
create index monthly_report_bodies_mark on app.monthly_report_bodies (school_id, reporter_mark, month);
comment on column app.monthly_report_bodies.submitted_at is 'Domain time';
comment on column app.monthly_report_bodies.own_until is 'Security time until which the reporter reads it again';

create table app.observations (
  school_id int not null,
  id uuid not null,
  pupil_id uuid not null,
  grade_id int not null,
  class_id int not null,
  week date not null check (extract(isodow from week) = 1),
  source text not null check (source in ('someone_at_school', 'staff', 'counsellor', 'pupil', 'guardian', 'screening')),
  indicators text[] not null check (cardinality(indicators) between 1 and 13),
  counsellor_only boolean not null,
  grade_may_read boolean not null default false,
  primary key (school_id, id),
  unique (school_id, id, pupil_id),
  foreign key (school_id, pupil_id) references app.pupils (school_id, id),
  foreign key (school_id, grade_id) references app.grades (school_id, id),
  foreign key (school_id, class_id) references app.classes (school_id, id)
);
create index observations_pupil on app.observations (school_id, pupil_id, week);
create index observations_class on app.observations (school_id, class_id, week);
create index observations_grade on app.observations (school_id, grade_id, week);
comment on table app.observations is 'Signs about one pupil: codes, the week, and "someone at school"';
comment on column app.observations.counsellor_only is 'About school staff: hidden from every other member of staff';
comment on column app.observations.grade_may_read is 'An alert of yellow or higher stands on it';

create table app.observation_details (
  school_id int not null,
  observation_id uuid not null,
  pupil_id uuid not null,
  grade_id int not null,
  class_id int not null,
  report_id uuid,
  source_kind text not null check (source_kind in ('peer', 'staff', 'counsellor', 'pupil', 'guardian', 'screening')),
  counsellor_only boolean not null,
  reporter_mark text not null,
  observed_on date not null,
  received_at timestamptz not null,
  own_until timestamptz not null default statement_timestamp() + interval '48 hours',
  known_by text not null check (known_by in ('seen', 'told_by_pupil', 'told_by_others')),
  since_when text not null check (since_when in ('today', 'this_week', 'this_month', 'longer', 'unknown')),
  how_often text not null check (how_often in ('once', 'several', 'often', 'unknown')),
  about_whom text check (about_whom in ('family', 'school_staff', 'classmate', 'online_or_outside', 'unknown')),
  words bytea,
  primary key (school_id, observation_id),
  foreign key (school_id, observation_id, pupil_id) references app.observations (school_id, id, pupil_id),
  foreign key (school_id, report_id) references app.monthly_reports (school_id, id),
  foreign key (school_id, class_id) references app.classes (school_id, id),
  foreign key (school_id, grade_id) references app.grades (school_id, id)
);
create index observation_details_pupil on app.observation_details (school_id, pupil_id, observed_on);
create index observation_details_class on app.observation_details (school_id, class_id, observed_on);
create index observation_details_grade on app.observation_details (school_id, grade_id);
create index observation_details_mark on app.observation_details (school_id, reporter_mark, received_at);
create index observation_details_report on app.observation_details (school_id, report_id);
comment on table app.observation_details is 'P3: the day, the words (encrypted), and the mark of the reporter';

alter table app.data_keys enable row level security;
alter table app.data_keys force row level security;
alter table app.reporter_seals enable row level security;
alter table app.reporter_seals force row level security;
alter table app.monthly_reports enable row level security;
alter table app.monthly_reports force row level security;
alter table app.monthly_report_bodies enable row level security;
alter table app.monthly_report_bodies force row level security;
alter table app.observations enable row level security;
alter table app.observations force row level security;
alter table app.observation_details enable row level security;
alter table app.observation_details force row level security;

create policy data_keys_of_school on app.data_keys for select to shaodian_app using (school_id = (select sec.school()));
create policy data_keys_created on app.data_keys for insert to shaodian_app with check (school_id = (select sec.school()));
create policy reporter_seals_created on app.reporter_seals for insert to shaodian_app
  with check (school_id = (select sec.school()) and mark = (select sec.mark()));

create policy monthly_reports_state on app.monthly_reports for select to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('homeroom_teacher', 'grade_head', 'counsellor', 'lead_counsellor'))::int[]));
create policy monthly_reports_own on app.monthly_reports for select to shaodian_app using (school_id = (select sec.school())
  and id = any (array(select b.report_id from app.monthly_report_bodies b
    where b.school_id = (select sec.school()) and b.reporter_mark = (select sec.mark()))));
create policy monthly_reports_created on app.monthly_reports for insert to shaodian_app
  with check (school_id = (select sec.school()) and class_id = any ((select sec.classes_as('committee_member'))::int[]));

create policy monthly_report_bodies_own on app.monthly_report_bodies for select to shaodian_app
  using (school_id = (select sec.school()) and reporter_mark = (select sec.mark()) and own_until > (select statement_timestamp()));
create policy monthly_report_bodies_read on app.monthly_report_bodies for select to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('counsellor', 'lead_counsellor'))::int[]));
create policy monthly_report_bodies_created on app.monthly_report_bodies for insert to shaodian_app
  with check (school_id = (select sec.school()) and reporter_mark = (select sec.mark())
    and class_id = any ((select sec.classes_as('committee_member'))::int[])
    and exists (select from app.committee_seats s where s.school_id = monthly_report_bodies.school_id
      and s.class_id = monthly_report_bodies.class_id and s.seat = monthly_report_bodies.seat
      and s.person_id = (select sec.uid()) and s.ends_on is null));

create policy observation_details_own on app.observation_details for select to shaodian_app
  using (school_id = (select sec.school()) and reporter_mark = (select sec.mark()) and own_until > (select statement_timestamp()));
create policy observation_details_counsellor on app.observation_details for select to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('counsellor', 'lead_counsellor'))::int[]));
create policy observation_details_from_staff on app.observation_details for select to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('homeroom_teacher'))::int[]) and source_kind = 'staff' and not counsellor_only);
create policy observation_details_evaluated on app.observation_details for select to shaodian_app
  using (school_id = (select sec.school()) and pupil_id = (select sec.evaluated_pupil()));
create policy observation_details_created on app.observation_details for insert to shaodian_app
  with check (school_id = (select sec.school()) and reporter_mark = (select sec.mark())
    and class_id = any ((select sec.classes_as('committee_member', 'homeroom_teacher', 'grade_head', 'counsellor', 'lead_counsellor'))::int[]));

create policy observations_class on app.observations for select to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('homeroom_teacher'))::int[]) and not counsellor_only);
create policy observations_grade on app.observations for select to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('grade_head'))::int[]) and grade_may_read and not counsellor_only);
create policy observations_counsellor on app.observations for select to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('counsellor', 'lead_counsellor'))::int[]));
create policy observations_own on app.observations for select to shaodian_app using (school_id = (select sec.school())
  and id = any (array(select d.observation_id from app.observation_details d
    where d.school_id = (select sec.school()) and d.reporter_mark = (select sec.mark()) and d.own_until > (select statement_timestamp()))));
create policy observations_evaluated on app.observations for select to shaodian_app
  using (school_id = (select sec.school()) and pupil_id = (select sec.evaluated_pupil()));
create policy observations_created on app.observations for insert to shaodian_app
  with check (school_id = (select sec.school())
    and class_id = any ((select sec.classes_as('committee_member', 'homeroom_teacher', 'grade_head', 'counsellor', 'lead_counsellor'))::int[])
    and exists (select from app.pupils p where p.school_id = observations.school_id and p.id = observations.pupil_id
      and p.class_id = observations.class_id and p.grade_id = observations.grade_id));
create policy observations_judged on app.observations for update to shaodian_app
  using (school_id = (select sec.school()) and pupil_id = (select sec.evaluated_pupil()));

grant select, insert on app.data_keys, app.monthly_reports, app.monthly_report_bodies, app.observations, app.observation_details to shaodian_app;
grant insert on app.reporter_seals to shaodian_app;
grant update (grade_may_read) on app.observations to shaodian_app;

create function sec.submission_counts(for_month date) returns table (grade_id int, seats int, submitted int, late int)
language sql stable security definer set search_path = '' as $$
  select s.grade_id, count(*)::int, count(b.report_id)::int, count(b.report_id) filter (where r.late)::int
  from app.committee_seats s
  left join app.monthly_report_bodies b on b.school_id = s.school_id and b.class_id = s.class_id and b.seat = s.seat and b.month = for_month
  left join app.monthly_reports r on r.school_id = b.school_id and r.id = b.report_id
  where s.school_id = (select sec.school()) and s.ends_on is null
    and (select sec.has_role('school_leader', 'counsellor', 'lead_counsellor', 'data_protection_officer'))
  group by s.grade_id $$;
comment on function sec.submission_counts(date) is 'How many seats of each grade handed in the report of a month; for those who see the school''s board';
create policy monthly_reports_for_lookup on app.monthly_reports for select to shaodian_owner using (true);
create policy monthly_report_bodies_for_lookup on app.monthly_report_bodies for select to shaodian_owner using (true);

create function sec.my_report_months() returns table (report_id uuid, month date, submitted_at timestamptz)
language sql stable security definer set search_path = '' as $$
  select b.report_id, b.month, b.submitted_at from app.monthly_report_bodies b
  where b.school_id = (select sec.school()) and b.reporter_mark = (select sec.mark()) $$;
comment on function sec.my_report_months() is 'That I handed in, and when, after the 48 hours in which I may read it again';

revoke all on all functions in schema sec from public;
grant execute on function sec.submission_counts(date), sec.my_report_months() to shaodian_app;
`,
  down: `
drop function sec.my_report_months();
drop function sec.submission_counts(date);
drop table app.observation_details cascade;
drop table app.observations;
drop table app.monthly_report_bodies cascade;
drop table app.monthly_reports;
drop table app.reporter_seals;
drop table app.data_keys;
`,
};
