import type { Migration } from '../migration.ts';

const keepers = `(select sec.has_role('lead_counsellor', 'school_leader', 'administrator'))`;

/** Those who make and change the duty roster also keep the calendar that clocks count with. What is due already stays due: that is stored. */
export const calendarEdited: Migration = {
  name: '0033-calendar-edited',
  up: `
alter table app.schools add column calendar_version int not null default 1;
comment on column app.schools.calendar_version is 'Of terms, calendar days and bells together: they are changed together';
grant update (bell_starts_at, bell_ends_at, calendar_version) on app.schools to shaodian_app;
grant insert (school_id, name, starts_on, ends_on), update (name, starts_on, ends_on) on app.terms to shaodian_app;
grant insert, update (kind, label), delete on app.calendar_days to shaodian_app;
create policy schools_calendar_changed on app.schools for update to shaodian_app
  using (id = (select sec.school()) and ${keepers});
create policy terms_created on app.terms for insert to shaodian_app
  with check (school_id = (select sec.school()) and ${keepers});
create policy terms_changed on app.terms for update to shaodian_app
  using (school_id = (select sec.school()) and ${keepers});
create policy calendar_days_created on app.calendar_days for insert to shaodian_app
  with check (school_id = (select sec.school()) and ${keepers});
create policy calendar_days_changed on app.calendar_days for update to shaodian_app
  using (school_id = (select sec.school()) and ${keepers});
create policy calendar_days_removed on app.calendar_days for delete to shaodian_app
  using (school_id = (select sec.school()) and ${keepers});
`,
  down: `
drop policy calendar_days_removed on app.calendar_days;
drop policy calendar_days_changed on app.calendar_days;
drop policy calendar_days_created on app.calendar_days;
drop policy terms_changed on app.terms;
drop policy terms_created on app.terms;
drop policy schools_calendar_changed on app.schools;
revoke insert, update (kind, label), delete on app.calendar_days from shaodian_app;
revoke insert (school_id, name, starts_on, ends_on), update (name, starts_on, ends_on) on app.terms from shaodian_app;
revoke update (bell_starts_at, bell_ends_at, calendar_version) on app.schools from shaodian_app;
alter table app.schools drop column calendar_version;
`,
};
