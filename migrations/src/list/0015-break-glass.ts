import type { Migration } from '../migration.ts';

/**
 * Break-glass: what the access table marks with `!` is opened for one pupil and thirty minutes, against a written reason and the password
 * given again, and somebody else reviews it.
 *
 * Today that is one thing: why an alert was raised, for a school leader who is not on duty. It opens the reasons of alerts which the
 * leader lists anyway, so that it never tells of an alert, nor (by a refusal) of an exclusion. What nobody was told of opens nothing.
 */
export const breakGlass: Migration = {
  name: '0015-break-glass',
  up: `
alter table app.sessions drop constraint sessions_step_up_purpose_check;
alter table app.sessions add constraint sessions_step_up_purpose_check
  check (step_up_purpose in ('urgent_help', 'follow_up', 'verify_report', 'data_request', 'break_glass'));

create table app.break_glass (
  school_id int not null references app.schools (id),
  id uuid not null,
  pupil_id uuid not null,
  person_id uuid not null,
  category text not null check (category in ('danger_now', 'missing_pupil', 'outside_help', 'official_request', 'other')),
  reason bytea not null,
  opened_at timestamptz(3) not null default statement_timestamp(),
  expires_at timestamptz(3) not null default statement_timestamp() + interval '30 minutes',
  ended_at timestamptz,
  review_due_at timestamptz not null,
  primary key (school_id, id),
  unique (school_id, id, pupil_id),
  check (expires_at <= opened_at + interval '30 minutes'),
  check (review_due_at > opened_at and review_due_at <= opened_at + interval '16 days'),
  foreign key (school_id, pupil_id) references app.pupils (school_id, id),
  foreign key (school_id, person_id) references app.people (school_id, id)
);
create index break_glass_pupil on app.break_glass (school_id, pupil_id);
create index break_glass_person on app.break_glass (school_id, person_id, expires_at);
create index break_glass_opened on app.break_glass (school_id, opened_at desc, id);
create index outbox_break_glass on app.outbox (school_id, subject_id) where topic = 'break_glass.opened';
comment on table app.break_glass is 'P3: who opened what is closed to them about one pupil, for which kind of need, and why in their own words (encrypted)';
comment on column app.break_glass.opened_at is 'Security time, as everything here: always real; to the millisecond, as cursors count';
comment on column app.break_glass.ended_at is 'When the person ended it before its time';
comment on column app.break_glass.review_due_at is 'By when somebody else must have judged it: two working days of the school';

create table app.break_glass_reviews (
  school_id int not null,
  id uuid not null,
  glass_id uuid not null,
  pupil_id uuid not null,
  reviewer_id uuid not null,
  verdict text not null check (verdict in ('justified', 'not_justified', 'needs_talk')),
  note bytea,
  reviewed_at timestamptz not null default statement_timestamp(),
  primary key (school_id, id),
  foreign key (school_id, glass_id, pupil_id) references app.break_glass (school_id, id, pupil_id),
  foreign key (school_id, reviewer_id) references app.people (school_id, id)
);
create index break_glass_reviews_glass on app.break_glass_reviews (school_id, glass_id, pupil_id);
create index break_glass_reviews_reviewer on app.break_glass_reviews (school_id, reviewer_id);
comment on table app.break_glass_reviews is 'P3: what somebody else found of it; only ever added to, the newest counts';
comment on column app.break_glass_reviews.note is 'Words, encrypted';
comment on column app.break_glass_reviews.reviewed_at is 'Security time';

alter table app.break_glass enable row level security;
alter table app.break_glass force row level security;
alter table app.break_glass_reviews enable row level security;
alter table app.break_glass_reviews force row level security;

create function sec.glass_pupils() returns uuid[]
language sql stable parallel restricted security definer set search_path = '' as $$
  select coalesce(array_agg(g.pupil_id), '{}') from app.break_glass g
  where g.school_id = (select sec.school()) and g.person_id = (select sec.uid())
    and g.ended_at is null and g.expires_at > statement_timestamp() and (select sec.has_role('school_leader'))
    and exists (select from app.outbox o where o.school_id = g.school_id and o.topic = 'break_glass.opened' and o.subject_id = g.id) $$;
comment on function sec.glass_pupils() is 'The pupils for whom the person who asks has broken the glass now, and of which others are being told; empty for nearly everybody';

create policy break_glass_own on app.break_glass for select to shaodian_app
  using (school_id = (select sec.school()) and person_id = (select sec.uid()));
create policy break_glass_overseen on app.break_glass for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('lead_counsellor', 'data_protection_officer')));
create policy break_glass_opened on app.break_glass for insert to shaodian_app with check (school_id = (select sec.school())
  and person_id = (select sec.uid()) and (select sec.purpose()) = 'break_glass' and (select sec.has_role('school_leader'))
  and pupil_id = any (array(select a.pupil_id from app.alerts a
    where a.school_id = (select sec.school()) and a.leader_listed and not a.counsellor_only)));
create policy break_glass_ended on app.break_glass for update to shaodian_app
  using (school_id = (select sec.school()) and person_id = (select sec.uid()) and ended_at is null)
  with check (school_id = (select sec.school()) and person_id = (select sec.uid()) and ended_at is not null);
create policy break_glass_excluded on app.break_glass as restrictive for all to shaodian_app using (school_id = (select sec.school())
  and pupil_id <> all ((select sec.excluded_pupils())::uuid[]));
create policy break_glass_for_lookup on app.break_glass for select to shaodian_owner using (true);
create policy break_glass_of_delivery on app.break_glass for select to shaodian_worker using (school_id = (select sec.school()));
create policy break_glass_exchanged on app.break_glass for update to shaodian_worker
  using (school_id = (select sec.school()) and (select sec.is_system()));

create policy break_glass_reviews_read on app.break_glass_reviews for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('lead_counsellor', 'data_protection_officer')));
create policy break_glass_reviews_made on app.break_glass_reviews for insert to shaodian_app with check (school_id = (select sec.school())
  and reviewer_id = (select sec.uid()) and (select sec.has_role('lead_counsellor', 'data_protection_officer'))
  and glass_id = any (array(select g.id from app.break_glass g where g.school_id = (select sec.school()) and g.person_id <> (select sec.uid()))));
create policy break_glass_reviews_excluded on app.break_glass_reviews as restrictive for all to shaodian_app using (school_id = (select sec.school())
  and pupil_id <> all ((select sec.excluded_pupils())::uuid[]));
create policy break_glass_reviews_exchanged on app.break_glass_reviews for all to shaodian_worker
  using (school_id = (select sec.school()) and (select sec.is_system()));

grant select, insert (school_id, id, pupil_id, person_id, category, reason, review_due_at), update (ended_at) on app.break_glass to shaodian_app;
grant select, insert (school_id, id, glass_id, pupil_id, reviewer_id, verdict, note) on app.break_glass_reviews to shaodian_app;
grant select (school_id, id, pupil_id, reason), update (reason) on app.break_glass to shaodian_worker;
grant select (school_id, id, pupil_id, note), update (note) on app.break_glass_reviews to shaodian_worker;

create policy alert_reasons_glass on app.alert_reasons for select to shaodian_app using (school_id = (select sec.school())
  and not counsellor_only and pupil_id = any ((select sec.glass_pupils())::uuid[])
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school())
    and a.leader_listed and a.pupil_id = any ((select sec.glass_pupils())::uuid[]))));

-- Until now anybody signed in could have told the lead counsellor of a break-glass that never was.
drop policy outbox_break_glass_told on app.outbox;
create policy outbox_break_glass_told on app.outbox for insert to shaodian_app with check (school_id = (select sec.school())
  and topic = 'break_glass.opened' and subject_id = any (array(select g.id from app.break_glass g
    where g.school_id = (select sec.school()) and g.person_id = (select sec.uid())
      and g.ended_at is null and g.expires_at > (select statement_timestamp()))));

-- As with alerts: a notice is there for as long as its reader may see what it is about.
drop policy notices_about_access on app.notices;
drop policy notices_about_access_seen on app.notices;
create policy notices_about_access on app.notices for select to shaodian_app using (school_id = (select sec.school())
  and person_id = (select sec.uid()) and alert_id is null
  and (kind <> 'break_glass_opened' or subject_id = any (array(select g.id from app.break_glass g where g.school_id = (select sec.school())))));
create policy notices_about_access_seen on app.notices for update to shaodian_app using (school_id = (select sec.school())
  and person_id = (select sec.uid()) and alert_id is null
  and (kind <> 'break_glass_opened' or subject_id = any (array(select g.id from app.break_glass g where g.school_id = (select sec.school())))));

-- One purpose opens one thing.
drop policy reporter_openings_made on app.reporter_openings;
create policy reporter_openings_made on app.reporter_openings for insert to shaodian_app
  with check (school_id = (select sec.school()) and opened_by = (select sec.uid()) and purpose = (select sec.purpose())
    and purpose <> 'break_glass' and (select sec.has_role('counsellor', 'lead_counsellor')));

revoke all on all functions in schema sec from public;
grant execute on function sec.glass_pupils() to shaodian_app;
`,
  down: `
drop policy reporter_openings_made on app.reporter_openings;
create policy reporter_openings_made on app.reporter_openings for insert to shaodian_app
  with check (school_id = (select sec.school()) and opened_by = (select sec.uid()) and purpose = (select sec.purpose())
    and (select sec.has_role('counsellor', 'lead_counsellor')));
drop policy notices_about_access_seen on app.notices;
drop policy notices_about_access on app.notices;
create policy notices_about_access on app.notices for select to shaodian_app using (school_id = (select sec.school())
  and person_id = (select sec.uid()) and alert_id is null);
create policy notices_about_access_seen on app.notices for update to shaodian_app using (school_id = (select sec.school())
  and person_id = (select sec.uid()) and alert_id is null);
drop policy outbox_break_glass_told on app.outbox;
create policy outbox_break_glass_told on app.outbox for insert to shaodian_app with check (school_id = (select sec.school())
  and topic = 'break_glass.opened' and (select sec.uid() is not null));
drop policy alert_reasons_glass on app.alert_reasons;
drop table app.break_glass_reviews;
drop table app.break_glass;
drop function sec.glass_pupils();
drop index app.outbox_break_glass;
alter table app.sessions no force row level security;
update app.sessions set stepped_up_until = null, step_up_purpose = null where step_up_purpose = 'break_glass';
alter table app.sessions force row level security;
alter table app.sessions drop constraint sessions_step_up_purpose_check;
alter table app.sessions add constraint sessions_step_up_purpose_check
  check (step_up_purpose in ('urgent_help', 'follow_up', 'verify_report', 'data_request'));
`,
};
