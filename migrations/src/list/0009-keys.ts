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

create table app.erasures (
  school_id int not null references app.schools (id),
  id uuid not null,
  pupil_id uuid not null,
  reason text not null check (reason in ('left_school', 'guardian_request', 'pupil_request', 'retention_over')),
  requested_by uuid not null,
  requested_at timestamptz not null default statement_timestamp(),
  approved_by uuid,
  approved_at timestamptz,
  primary key (school_id, id),
  unique (school_id, pupil_id),
  check ((approved_at is null) = (approved_by is null)),
  check (approved_by <> requested_by),
  foreign key (school_id, pupil_id) references app.pupils (school_id, id),
  foreign key (school_id, requested_by) references app.people (school_id, id),
  foreign key (school_id, approved_by) references app.people (school_id, id)
);
create index erasures_requested_by on app.erasures (school_id, requested_by);
create index erasures_approved_by on app.erasures (school_id, approved_by);
comment on table app.erasures is 'P2: that a pupil is to be erased, or was: asked by one person and approved by another';
comment on column app.erasures.requested_at is 'Security time';
comment on column app.erasures.approved_at is 'Security time';
alter table app.roster_imports alter column sealed_rows drop not null;

alter table app.erasures enable row level security;
alter table app.erasures force row level security;
create policy erasures_read on app.erasures for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('administrator', 'data_protection_officer', 'school_leader')));
create policy erasures_requested on app.erasures for insert to shaodian_app
  with check (school_id = (select sec.school()) and requested_by = (select sec.uid())
    and (select sec.has_role('administrator', 'data_protection_officer')));
grant select, insert (school_id, id, pupil_id, reason, requested_by) on app.erasures to shaodian_app;
create policy erasures_erased on app.erasures for all to shaodian_owner using (school_id = (select sec.school()));
create policy data_keys_erased on app.data_keys for all to shaodian_owner using (school_id = (select sec.school()));
create policy reporter_seals_erased on app.reporter_seals for all to shaodian_owner using (school_id = (select sec.school()));
create policy pupils_erased on app.pupils for all to shaodian_owner using (school_id = (select sec.school()));
create policy pupil_records_erased on app.pupil_records for all to shaodian_owner using (school_id = (select sec.school()));
create policy observation_details_erased on app.observation_details for update to shaodian_owner using (school_id = (select sec.school()));
create policy alerts_erased on app.alerts for all to shaodian_owner using (school_id = (select sec.school()));
create policy alert_events_erased on app.alert_events for update to shaodian_owner using (school_id = (select sec.school()));
create policy accounts_erased on app.accounts for update to shaodian_owner using (school_id = (select sec.school()));
create policy grants_erased on app.grants for update to shaodian_owner using (school_id = (select sec.school()));
create policy committee_seats_erased on app.committee_seats for update to shaodian_owner using (school_id = (select sec.school()));
create policy roster_imports_erased on app.roster_imports for all to shaodian_owner using (school_id = (select sec.school()));

create function sec.shred_pupil(pupil uuid, reporter_mark text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  in_school constant int := sec.school();
  gone jsonb := '{}';
  n int;
begin
  delete from app.data_keys k where k.school_id = in_school and (k.subject_kind = 'roster_import' or k.subject_kind = 'pupil' and k.subject_id = pupil);
  get diagnostics n = row_count; gone := gone || jsonb_build_object('keys', n);
  delete from app.reporter_seals s where s.school_id = in_school and s.mark = reporter_mark;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('seals', n);
  update app.observation_details d set words = null where d.school_id = in_school and d.pupil_id = pupil and d.words is not null;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('words', n);
  update app.alert_events v set note = null where v.school_id = in_school and v.note is not null
    and v.alert_id = any (array(select a.id from app.alerts a where a.school_id = in_school and a.pupil_id = pupil));
  get diagnostics n = row_count; gone := gone || jsonb_build_object('eventNotes', n);
  update app.alerts a set note = null where a.school_id = in_school and a.pupil_id = pupil and a.note is not null;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('notes', n);
  update app.roster_imports i set sealed_rows = null, applicable = false where i.school_id = in_school and i.sealed_rows is not null;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('imports', n);
  update app.pupils p set name = '已删除', sex = 'unknown' where p.school_id = in_school and p.id = pupil;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('names', n);
  update app.pupil_records r set student_no = null, national_id_mark = null, national_id_last4 = null, birth_date = null, boards = null
    where r.school_id = in_school and r.pupil_id = pupil;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('records', n);
  delete from app.account_secrets x where x.school_id = in_school
    and x.account_id = any (array(select a.id from app.accounts a where a.school_id = in_school and a.person_id = pupil));
  update app.accounts a set name = 'erased-' || left(a.id::text, 13), disabled_at = coalesce(a.disabled_at, statement_timestamp())
    where a.school_id = in_school and a.person_id = pupil;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('accounts', n);
  update app.sessions s set revoked_at = coalesce(s.revoked_at, statement_timestamp()), device = '' where s.school_id = in_school and s.person_id = pupil;
  update app.grants g set ends_at = statement_timestamp() where g.school_id = in_school and g.person_id = pupil and g.ends_at is null;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('grants', n);
  update app.committee_seats c set ends_on = greatest(c.starts_on, current_date) where c.school_id = in_school and c.person_id = pupil and c.ends_on is null;
  get diagnostics n = row_count; gone := gone || jsonb_build_object('seats', n);
  return gone;
end $$;
comment on function sec.shred_pupil(uuid, text) is 'Deletes the keys of a pupil and blanks what names them; called by the two functions below only. Twice is as once';

create function sec.erase_pupil(erasure uuid, reporter_mark text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  in_school constant int := sec.school();
  asked app.erasures;
begin
  if sec.uid() is null or not sec.has_role('school_leader', 'data_protection_officer') then return jsonb_build_object('refused', 'not-allowed'); end if;
  select * into asked from app.erasures e where e.school_id = in_school and e.id = erasure for update;
  if not found then return jsonb_build_object('refused', 'not-found'); end if;
  if asked.requested_by = sec.uid() then return jsonb_build_object('refused', 'same-person'); end if;
  if asked.approved_at is not null then return jsonb_build_object('refused', 'already-done'); end if;
  -- Whoever is writing about the pupil has finished, and what they raised is seen below.
  perform from app.pupils p where p.school_id = in_school and p.id = asked.pupil_id for update;
  if exists (select from app.alerts a where a.school_id = in_school and a.pupil_id = asked.pupil_id and a.status <> 'closed') then
    return jsonb_build_object('refused', 'not-yet');
  end if;
  update app.erasures e set approved_by = sec.uid(), approved_at = statement_timestamp() where e.school_id = in_school and e.id = erasure;
  return sec.shred_pupil(asked.pupil_id, reporter_mark);
end $$;
comment on function sec.erase_pupil(uuid, text) is 'The second person says yes: erases, or says why not. Never while an alert is open';

create function sec.replay_shred(pupil uuid, reporter_mark text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not sec.is_system() then raise exception 'for the program itself' using errcode = '42501'; end if;
  return sec.shred_pupil(pupil, reporter_mark);
end $$;
comment on function sec.replay_shred(uuid, text) is 'Erases again what the shred list names, after a restore or a start that was cut off';

revoke all on all functions in schema sec from public;
grant execute on function sec.erase_pupil(uuid, text) to shaodian_app;
grant execute on function sec.replay_shred(uuid, text) to shaodian_worker;
`,
  down: `
drop function sec.replay_shred(uuid, text);
drop function sec.erase_pupil(uuid, text);
drop function sec.shred_pupil(uuid, text);
drop policy roster_imports_erased on app.roster_imports;
drop policy committee_seats_erased on app.committee_seats;
drop policy grants_erased on app.grants;
drop policy accounts_erased on app.accounts;
drop policy alert_events_erased on app.alert_events;
drop policy alerts_erased on app.alerts;
drop policy observation_details_erased on app.observation_details;
drop policy pupil_records_erased on app.pupil_records;
drop policy pupils_erased on app.pupils;
drop policy reporter_seals_erased on app.reporter_seals;
drop policy data_keys_erased on app.data_keys;
drop table app.erasures;
alter table app.roster_imports no force row level security;
update app.roster_imports set sealed_rows = '' where sealed_rows is null;
alter table app.roster_imports force row level security;
alter table app.roster_imports alter column sealed_rows set not null;
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
