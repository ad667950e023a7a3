import type { Migration } from '../migration.ts';

/** People, their accounts and grants; and the functions that turn grants into sets of classes. */
export const people: Migration = {
  name: '0003-people',
  up: `
create table app.people (
  school_id int not null references app.schools (id),
  id uuid not null,
  kind text not null check (kind in ('pupil', 'staff')),
  primary key (school_id, id)
);
comment on table app.people is 'Identity only; names are in staff and pupils, which have readers of their own';

create table app.staff (
  school_id int not null,
  id uuid not null,
  staff_no text,
  name text not null check (length(name) between 1 and 60),
  sex text not null check (sex in ('female', 'male', 'unknown')),
  title text not null default '',
  primary key (school_id, id),
  unique (school_id, staff_no),
  foreign key (school_id, id) references app.people (school_id, id)
);

create table app.pupils (
  school_id int not null,
  id uuid not null,
  name text not null check (length(name) between 1 and 60),
  sex text not null check (sex in ('female', 'male', 'unknown')),
  grade_id int not null,
  class_id int not null,
  primary key (school_id, id),
  foreign key (school_id, id) references app.people (school_id, id),
  foreign key (school_id, grade_id) references app.grades (school_id, id),
  foreign key (school_id, class_id) references app.classes (school_id, id)
);
create index pupils_class on app.pupils (school_id, class_id, id);
create index pupils_grade on app.pupils (school_id, grade_id);
comment on table app.pupils is 'P1: what a class list shows. Numbers and dates are in pupil_records';

create table app.pupil_records (
  school_id int not null,
  pupil_id uuid not null,
  grade_id int not null,
  class_id int not null,
  student_no text,
  national_id_mark text,
  national_id_last4 text check (length(national_id_last4) = 4),
  birth_date date,
  boards boolean,
  primary key (school_id, pupil_id),
  foreign key (school_id, pupil_id) references app.pupils (school_id, id),
  foreign key (school_id, grade_id) references app.grades (school_id, id),
  foreign key (school_id, class_id) references app.classes (school_id, id)
);
create unique index pupil_records_student_no on app.pupil_records (school_id, student_no);
create unique index pupil_records_national_id on app.pupil_records (school_id, national_id_mark);
create index pupil_records_class on app.pupil_records (school_id, class_id);
create index pupil_records_grade on app.pupil_records (school_id, grade_id);
comment on table app.pupil_records is 'P2: the numbers of the register, for those who may read the roster, not only list it';
comment on column app.pupil_records.national_id_mark is 'HMAC(school key, national student number); the number itself is not kept';

create table app.accounts (
  school_id int not null references app.schools (id),
  id uuid not null,
  person_id uuid not null,
  name text not null check (length(name) between 2 and 64),
  created_at timestamptz not null default statement_timestamp(),
  disabled_at timestamptz,
  primary key (school_id, id),
  unique (school_id, name),
  unique (school_id, person_id),
  foreign key (school_id, person_id) references app.people (school_id, id)
);
comment on column app.accounts.created_at is 'Security time, always real';

create table app.account_secrets (
  school_id int not null,
  account_id uuid not null,
  password_hash text not null,
  primary key (school_id, account_id),
  foreign key (school_id, account_id) references app.accounts (school_id, id)
);
comment on table app.account_secrets is 'P4: reached by functions of schema sec only';

create table app.sign_in_attempts (
  school_id int not null references app.schools (id),
  subject_sha256 bytea not null,
  device_sha256 bytea not null,
  failures int not null default 0,
  last_failure_at timestamptz not null,
  known boolean not null default false,
  primary key (school_id, subject_sha256, device_sha256)
);
comment on table app.sign_in_attempts is 'Attempts per account name and device. Names without an account are counted too, so that throttling tells nothing; all unknown devices share one count, a device that signed in before has its own';

create table app.sessions (
  school_id int not null,
  id uuid not null,
  account_id uuid not null,
  person_id uuid not null,
  token_sha256 bytea not null unique,
  device text not null default '',
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  idle_seconds int not null,
  revoked_at timestamptz,
  primary key (school_id, id),
  foreign key (school_id, account_id) references app.accounts (school_id, id),
  foreign key (school_id, person_id) references app.people (school_id, id)
);
create index sessions_person on app.sessions (school_id, person_id);
create index sessions_account on app.sessions (school_id, account_id);

create table app.grants (
  school_id int not null references app.schools (id),
  id uuid not null,
  person_id uuid not null,
  role text not null check (role in ('committee_member', 'pupil', 'homeroom_teacher', 'mentor', 'mentor_lead', 'grade_head',
    'counsellor', 'lead_counsellor', 'school_leader', 'data_protection_officer', 'expert', 'administrator', 'district_viewer')),
  scope text not null check (scope in ('school', 'grade', 'class', 'self')),
  grade_id int,
  class_id int,
  starts_at timestamptz not null,
  ends_at timestamptz,
  granted_by uuid,
  approved_by uuid,
  reason text not null default '',
  primary key (school_id, id),
  check ((scope = 'grade') = (grade_id is not null) and (scope = 'class') = (class_id is not null)),
  foreign key (school_id, person_id) references app.people (school_id, id),
  foreign key (school_id, grade_id) references app.grades (school_id, id),
  foreign key (school_id, class_id) references app.classes (school_id, id)
);
create index grants_person on app.grants (school_id, person_id, role);
create index grants_class on app.grants (school_id, class_id, role);
create index grants_grade on app.grants (school_id, grade_id, role);
comment on table app.grants is 'A role with a scope and an end; takes effect at the next statement';

create table app.committee_seats (
  school_id int not null,
  id uuid not null,
  class_id int not null,
  grade_id int not null,
  seat text not null check (seat in ('A', 'B')),
  person_id uuid not null,
  starts_on date not null,
  ends_on date,
  primary key (school_id, id),
  foreign key (school_id, class_id) references app.classes (school_id, id),
  foreign key (school_id, grade_id) references app.grades (school_id, id),
  foreign key (school_id, person_id) references app.people (school_id, id)
);
create unique index committee_seats_one_holder on app.committee_seats (school_id, class_id, seat) where ends_on is null;
create index committee_seats_person on app.committee_seats (school_id, person_id);
create index committee_seats_class on app.committee_seats (school_id, class_id);
create index committee_seats_grade on app.committee_seats (school_id, grade_id);
comment on column app.committee_seats.seat is 'A is the girl, B the boy';

create table app.duty_slots (
  school_id int not null references app.schools (id),
  id uuid not null,
  duty text not null check (duty in ('red', 'counsellor')),
  position int not null check (position between 1 and 20),
  person_id uuid not null,
  phone text check (length(phone) <= 32),
  starts_at timestamptz not null,
  ends_at timestamptz,
  primary key (school_id, id),
  foreign key (school_id, person_id) references app.people (school_id, id)
);
create index duty_slots_duty on app.duty_slots (school_id, duty, position);
create index duty_slots_person on app.duty_slots (school_id, person_id);
comment on column app.duty_slots.position is 'Order in which the list is walked';

alter table app.people enable row level security;
alter table app.people force row level security;
alter table app.staff enable row level security;
alter table app.staff force row level security;
alter table app.pupils enable row level security;
alter table app.pupils force row level security;
alter table app.pupil_records enable row level security;
alter table app.pupil_records force row level security;
alter table app.accounts enable row level security;
alter table app.accounts force row level security;
alter table app.account_secrets enable row level security;
alter table app.account_secrets force row level security;
alter table app.sign_in_attempts enable row level security;
alter table app.sign_in_attempts force row level security;
alter table app.sessions enable row level security;
alter table app.sessions force row level security;
alter table app.grants enable row level security;
alter table app.grants force row level security;
alter table app.committee_seats enable row level security;
alter table app.committee_seats force row level security;
alter table app.duty_slots enable row level security;
alter table app.duty_slots force row level security;

-- Sets read once for each statement. They see the tables through the owner's policies below.
create function sec.has_role(variadic roles text[]) returns boolean
language sql stable parallel restricted security definer set search_path = '' as $$
  select exists (select from app.grants g
    where g.school_id = (select sec.school()) and g.person_id = (select sec.uid()) and g.role = any (roles)
      and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp())) $$;
comment on function sec.has_role(text[]) is 'Whether the person who asks holds one of the roles now, whatever its scope';

create function sec.classes_as(variadic roles text[]) returns int[]
language sql stable parallel restricted security definer set search_path = '' as $$
  select coalesce(array_agg(distinct c.id), '{}')
  from app.grants g join app.classes c on c.school_id = g.school_id
    and (g.scope = 'school' or (g.scope = 'grade' and c.grade_id = g.grade_id) or (g.scope = 'class' and c.id = g.class_id))
  where g.school_id = (select sec.school()) and g.person_id = (select sec.uid()) and g.role = any (roles)
    and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp()) $$;
comment on function sec.classes_as(text[]) is 'The classes the person who asks reaches through these roles now';

create function sec.on_duty(duty_name text) returns boolean
language sql stable parallel restricted security definer set search_path = '' as $$
  select exists (select from app.duty_slots d
    where d.school_id = (select sec.school()) and d.person_id = (select sec.uid()) and d.duty = duty_name
      and d.starts_at <= statement_timestamp() and (d.ends_at is null or d.ends_at > statement_timestamp())) $$;
comment on function sec.on_duty(text) is 'Whether the person who asks is on this duty list now';

create policy people_of_school on app.people for select to shaodian_app using (school_id = (select sec.school()));
create policy people_by_administrator on app.people for insert to shaodian_app
  with check (school_id = (select sec.school()) and (select sec.has_role('administrator')));

create policy staff_of_school on app.staff for select to shaodian_app using (school_id = (select sec.school()));
create policy staff_by_administrator on app.staff for insert to shaodian_app
  with check (school_id = (select sec.school()) and (select sec.has_role('administrator')));

create policy pupils_listed on app.pupils for select to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('committee_member', 'homeroom_teacher', 'grade_head', 'counsellor', 'lead_counsellor', 'school_leader', 'administrator'))::int[]));
create policy pupils_own on app.pupils for select to shaodian_app using (school_id = (select sec.school()) and id = (select sec.uid()));
create policy pupils_evaluated on app.pupils for select to shaodian_app
  using (school_id = (select sec.school()) and id = (select sec.evaluated_pupil()));
create policy pupils_created on app.pupils for insert to shaodian_app
  with check (school_id = (select sec.school()) and (select sec.has_role('administrator')));
create policy pupils_changed on app.pupils for update to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('administrator')));

create policy pupil_records_read on app.pupil_records for select to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('homeroom_teacher', 'grade_head', 'counsellor', 'lead_counsellor', 'administrator'))::int[]));
create policy pupil_records_created on app.pupil_records for insert to shaodian_app
  with check (school_id = (select sec.school()) and (select sec.has_role('administrator')));
create policy pupil_records_changed on app.pupil_records for update to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('administrator')));

create policy grades_by_administrator on app.grades for insert to shaodian_app
  with check (school_id = (select sec.school()) and (select sec.has_role('administrator')));
create policy classes_by_administrator on app.classes for insert to shaodian_app
  with check (school_id = (select sec.school()) and (select sec.has_role('administrator')));

create policy accounts_own on app.accounts for select to shaodian_app
  using (school_id = (select sec.school()) and person_id = (select sec.uid()));
create policy accounts_listed on app.accounts for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('administrator', 'data_protection_officer')));
create policy accounts_created on app.accounts for insert to shaodian_app
  with check (school_id = (select sec.school()) and person_id <> (select sec.uid()) and (select sec.has_role('administrator')));
create policy accounts_for_lookup on app.accounts for select to shaodian_owner using (true);
create policy account_secrets_for_lookup on app.account_secrets for all to shaodian_owner using (true);
create policy sign_in_attempts_for_lookup on app.sign_in_attempts for all to shaodian_owner using (true);

create policy sessions_own on app.sessions for select to shaodian_app
  using (school_id = (select sec.school()) and person_id = (select sec.uid()));
create policy sessions_revoked on app.sessions for update to shaodian_app
  using (school_id = (select sec.school()) and person_id = (select sec.uid()));
create policy sessions_for_lookup on app.sessions for all to shaodian_owner using (true);

create policy grants_own on app.grants for select to shaodian_app
  using (school_id = (select sec.school()) and person_id = (select sec.uid()));
create policy grants_listed on app.grants for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('administrator', 'school_leader', 'data_protection_officer')));
create policy grants_evaluated on app.grants for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.evaluated_pupil() is not null));
create policy grants_created on app.grants for insert to shaodian_app
  with check (school_id = (select sec.school()) and person_id <> (select sec.uid()) and granted_by = (select sec.uid())
    and (select sec.has_role('administrator')));
create policy grants_changed on app.grants for update to shaodian_app
  using (school_id = (select sec.school()) and person_id <> (select sec.uid()) and (select sec.has_role('administrator')));
create policy grants_for_lookup on app.grants for select to shaodian_owner using (true);

create policy committee_seats_own on app.committee_seats for select to shaodian_app
  using (school_id = (select sec.school()) and person_id = (select sec.uid()));
create policy committee_seats_read on app.committee_seats for select to shaodian_app using (school_id = (select sec.school())
  and class_id = any ((select sec.classes_as('homeroom_teacher', 'grade_head', 'counsellor', 'lead_counsellor', 'school_leader'))::int[]));
create policy committee_seats_administered on app.committee_seats for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('administrator')));
create policy committee_seats_created on app.committee_seats for insert to shaodian_app
  with check (school_id = (select sec.school()) and (select sec.has_role('administrator')));
create policy committee_seats_for_lookup on app.committee_seats for select to shaodian_owner using (true);

create policy duty_slots_own on app.duty_slots for select to shaodian_app
  using (school_id = (select sec.school()) and person_id = (select sec.uid()));
create policy duty_slots_read on app.duty_slots for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('grade_head', 'counsellor', 'lead_counsellor', 'school_leader', 'administrator', 'data_protection_officer')));
create policy duty_slots_evaluated on app.duty_slots for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.evaluated_pupil() is not null));
create policy duty_slots_created on app.duty_slots for insert to shaodian_app
  with check (school_id = (select sec.school()) and (select sec.has_role('lead_counsellor', 'school_leader')));
create policy duty_slots_changed on app.duty_slots for update to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('lead_counsellor', 'school_leader', 'administrator')));
create policy duty_slots_own_changed on app.duty_slots for update to shaodian_app
  using (school_id = (select sec.school()) and person_id = (select sec.uid()) and (select sec.has_role('counsellor')));
create policy duty_slots_for_lookup on app.duty_slots for select to shaodian_owner using (true);

grant select, insert on app.people, app.staff, app.accounts, app.committee_seats to shaodian_app;
grant select, insert, update on app.pupils, app.pupil_records to shaodian_app;
grant select, insert on app.grants, app.duty_slots to shaodian_app;
grant update (ends_at) on app.grants, app.duty_slots to shaodian_app;
grant select (school_id, id, account_id, person_id, device, created_at, last_seen_at, expires_at, idle_seconds, revoked_at) on app.sessions to shaodian_app;
grant update (revoked_at) on app.sessions to shaodian_app;
revoke all on all functions in schema sec from public;
grant execute on function sec.has_role(text[]), sec.classes_as(text[]), sec.on_duty(text) to shaodian_app, shaodian_worker;
`,
  down: `
drop policy classes_by_administrator on app.classes;
drop policy grades_by_administrator on app.grades;
drop table app.duty_slots;
drop table app.committee_seats;
drop table app.sessions;
drop table app.sign_in_attempts;
drop table app.account_secrets;
drop table app.accounts;
drop table app.pupil_records;
drop table app.pupils;
drop table app.staff;
drop table app.grants;
drop table app.people;
drop function sec.on_duty(text);
drop function sec.classes_as(text[]);
drop function sec.has_role(text[]);
`,
};
