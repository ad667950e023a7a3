import type { Migration } from '../migration.ts';

/**
 * Keys that can be exchanged while the program runs.
 *
 * A subject may have keys that were replaced besides the current one, for as long as somebody may hold a row that they sealed.
 * Exchanging is done by the worker, which reaches the sealed columns and the keys, one school at a time, and no other column.
 */
export const keys: Migration = {
  name: '0009-keys',
  up: `
alter table app.data_keys drop constraint data_keys_subject_kind_check;
alter table app.data_keys add constraint data_keys_subject_kind_check check (subject_kind in ('pupil', 'report', 'case', 'roster_import'));
alter table app.data_keys drop constraint data_keys_school_id_subject_kind_subject_id_key;
alter table app.data_keys add column made_at timestamptz not null default statement_timestamp();
alter table app.data_keys add column retired_at timestamptz;
create unique index data_keys_current on app.data_keys (school_id, subject_kind, subject_id) where retired_at is null;
create index data_keys_subject on app.data_keys (school_id, subject_kind, subject_id);
create index data_keys_kek on app.data_keys (school_id, kek_id);
create index data_keys_retired on app.data_keys (school_id, retired_at) where retired_at is not null;
comment on table app.data_keys is 'A data key per pupil, report, case and import, wrapped by the school key that lives outside the database; erasing is deleting the rows';
comment on column app.data_keys.kek_id is 'The generation of the school key that wraps it: kek/generation/school';
comment on column app.data_keys.made_at is 'Security time';
comment on column app.data_keys.retired_at is 'Security time at which another key took its place; opens what was read before, seals nothing';
revoke insert on app.data_keys from shaodian_app;
grant insert (school_id, id, subject_kind, subject_id, kek_id, wrapped) on app.data_keys to shaodian_app;

-- The owner has no policy on this table; for one statement it needs none.
alter table app.reporter_seals add column kek_id text;
alter table app.reporter_seals no force row level security;
update app.reporter_seals set kek_id = 'kek/1/' || school_id;
alter table app.reporter_seals force row level security;
alter table app.reporter_seals alter column kek_id set not null;
create index reporter_seals_kek on app.reporter_seals (school_id, kek_id);
comment on column app.reporter_seals.kek_id is 'The generation of the school key that sealed it';

create policy data_keys_exchange_read on app.data_keys for select to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_system()));
create policy data_keys_exchange_made on app.data_keys for insert to shaodian_worker with check (school_id = (select sec.school()) and (select sec.is_system()));
create policy data_keys_exchange_retired on app.data_keys for update to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_system()));
create policy data_keys_exchange_dropped on app.data_keys for delete to shaodian_worker
  using (school_id = (select sec.school()) and (select sec.is_system()) and retired_at is not null);
create policy reporter_seals_exchanged on app.reporter_seals for all to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_system()));
create policy observation_details_exchanged on app.observation_details for all to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_system()));
create policy monthly_report_bodies_exchanged on app.monthly_report_bodies for all to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_system()));
create policy alerts_exchanged on app.alerts for all to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_system()));
create policy alert_events_exchanged on app.alert_events for all to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_system()));
create policy roster_imports_exchanged on app.roster_imports for all to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_system()));

grant select, insert, delete on app.data_keys to shaodian_worker;
grant update (kek_id, wrapped, retired_at) on app.data_keys to shaodian_worker;
grant select on app.reporter_seals to shaodian_worker;
grant update (kek_id, sealed_person) on app.reporter_seals to shaodian_worker;
grant select (school_id, observation_id, pupil_id, words), update (words) on app.observation_details to shaodian_worker;
grant select (school_id, report_id, kindness), update (kindness) on app.monthly_report_bodies to shaodian_worker;
grant select (school_id, id, pupil_id, note), update (note) on app.alerts to shaodian_worker;
grant select (school_id, id, alert_id, note), update (note) on app.alert_events to shaodian_worker;
grant select (school_id, id, sealed_rows), update (sealed_rows) on app.roster_imports to shaodian_worker;
grant execute on function sec.list_school_ids() to shaodian_worker;
`,
  down: `
revoke execute on function sec.list_school_ids() from shaodian_worker;
revoke all on app.roster_imports, app.alert_events, app.alerts, app.monthly_report_bodies, app.observation_details, app.reporter_seals, app.data_keys from shaodian_worker;
revoke select (school_id, id, sealed_rows), update (sealed_rows) on app.roster_imports from shaodian_worker;
revoke select (school_id, id, alert_id, note), update (note) on app.alert_events from shaodian_worker;
revoke select (school_id, id, pupil_id, note), update (note) on app.alerts from shaodian_worker;
revoke select (school_id, report_id, kindness), update (kindness) on app.monthly_report_bodies from shaodian_worker;
revoke select (school_id, observation_id, pupil_id, words), update (words) on app.observation_details from shaodian_worker;
revoke update (kek_id, sealed_person) on app.reporter_seals from shaodian_worker;
revoke update (kek_id, wrapped, retired_at) on app.data_keys from shaodian_worker;
drop policy roster_imports_exchanged on app.roster_imports;
drop policy alert_events_exchanged on app.alert_events;
drop policy alerts_exchanged on app.alerts;
drop policy monthly_report_bodies_exchanged on app.monthly_report_bodies;
drop policy observation_details_exchanged on app.observation_details;
drop policy reporter_seals_exchanged on app.reporter_seals;
drop policy data_keys_exchange_dropped on app.data_keys;
drop policy data_keys_exchange_retired on app.data_keys;
drop policy data_keys_exchange_made on app.data_keys;
drop policy data_keys_exchange_read on app.data_keys;
drop index app.reporter_seals_kek;
alter table app.reporter_seals drop column kek_id;
revoke insert (school_id, id, subject_kind, subject_id, kek_id, wrapped) on app.data_keys from shaodian_app;
grant insert on app.data_keys to shaodian_app;
alter table app.data_keys no force row level security;
delete from app.data_keys where retired_at is not null or subject_kind = 'case';
alter table app.data_keys force row level security;
drop index app.data_keys_retired, app.data_keys_kek, app.data_keys_subject, app.data_keys_current;
alter table app.data_keys drop column retired_at, drop column made_at;
alter table app.data_keys add unique (school_id, subject_kind, subject_id);
alter table app.data_keys drop constraint data_keys_subject_kind_check;
alter table app.data_keys add constraint data_keys_subject_kind_check check (subject_kind in ('pupil', 'report', 'roster_import'));
comment on column app.data_keys.kek_id is null;
comment on table app.data_keys is 'A data key per pupil and per report, wrapped by the school key that lives outside the database; erasing is deleting the row';
`,
};
