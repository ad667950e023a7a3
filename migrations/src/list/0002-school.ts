import type { Migration } from '../migration.ts';

/** Schools and what every signed-in person of a school may know: terms, calendar, grades, classes. */
export const school: Migration = {
  name: '0002-school',
  up: `
create table app.schools (
  id int generated always as identity primary key,
  code text not null unique check (code ~ '^[a-z][a-z0-9-]{1,31}$'),
  name text not null check (length(name) between 1 and 80),
  time_zone text not null default 'Asia/Shanghai',
  bell_starts_at time not null default '08:00',
  bell_ends_at time not null default '17:30',
  duty_phone text check (length(duty_phone) <= 32),
  is_demo boolean not null default false,
  created_at timestamptz not null
);
comment on table app.schools is 'A tenant. Listed exception: its key is the school itself';
comment on column app.schools.duty_phone is 'The number a child is shown first on the emergency screen';
comment on column app.schools.is_demo is 'Everybody in this school is invented';

create table app.terms (
  school_id int not null references app.schools (id),
  id int generated always as identity,
  name text not null,
  starts_on date not null,
  ends_on date not null check (ends_on > starts_on),
  primary key (school_id, id)
);

create table app.calendar_days (
  school_id int not null references app.schools (id),
  day date not null,
  kind text not null check (kind in ('holiday', 'school_day')),
  label text not null default '',
  primary key (school_id, day)
);
comment on table app.calendar_days is 'Exceptions to Monday to Friday within a term: holidays, and make-up days at weekends';

create table app.grades (
  school_id int not null references app.schools (id),
  id int generated always as identity,
  name text not null,
  ordinal int not null check (ordinal between 1 and 12),
  primary key (school_id, id),
  unique (school_id, ordinal)
);
comment on column app.grades.ordinal is 'Year of schooling, 1 to 12: 七年级 is 7';

create table app.classes (
  school_id int not null references app.schools (id),
  id int generated always as identity,
  grade_id int not null,
  number int not null check (number between 1 and 99),
  name text not null,
  primary key (school_id, id),
  unique (school_id, grade_id, number),
  foreign key (school_id, grade_id) references app.grades (school_id, id)
);

alter table app.schools enable row level security;
alter table app.schools force row level security;
alter table app.terms enable row level security;
alter table app.terms force row level security;
alter table app.calendar_days enable row level security;
alter table app.calendar_days force row level security;
alter table app.grades enable row level security;
alter table app.grades force row level security;
alter table app.classes enable row level security;
alter table app.classes force row level security;

create policy schools_of_context on app.schools for select to shaodian_app using (id = (select sec.school()));
create policy schools_for_lookup on app.schools for select to shaodian_owner using (true);
create policy terms_of_school on app.terms for select to shaodian_app using (school_id = (select sec.school()));
create policy calendar_of_school on app.calendar_days for select to shaodian_app using (school_id = (select sec.school()));
create policy grades_of_school on app.grades for select to shaodian_app using (school_id = (select sec.school()));
create policy classes_of_school on app.classes for select to shaodian_app using (school_id = (select sec.school()));
create policy classes_for_lookup on app.classes for select to shaodian_owner using (true);

grant select on app.schools, app.terms, app.calendar_days to shaodian_app;
grant select, insert on app.grades, app.classes to shaodian_app;
`,
  down: `
drop table app.classes;
drop table app.grades;
drop table app.calendar_days;
drop table app.terms;
drop table app.schools;
`,
};
