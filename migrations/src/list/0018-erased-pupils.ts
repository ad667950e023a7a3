import type { Migration } from '../migration.ts';

/** What erasing a pupil leaves: that it was done, also where the list of erasures was replayed and the request had been forgotten. */
export const erasedPupils: Migration = {
  name: '0018-erased-pupils',
  up: `
alter table app.pupils add column erased_at timestamptz;
comment on column app.pupils.erased_at is 'Security time; since then nothing can be sealed about the pupil and nothing opened';
alter table app.pupils no force row level security;
alter table app.erasures no force row level security;
update app.pupils p set erased_at = e.approved_at from app.erasures e
  where e.school_id = p.school_id and e.pupil_id = p.id and e.approved_at is not null;
alter table app.erasures force row level security;
alter table app.pupils force row level security;
${shredPupil("name = '已删除', sex = 'unknown', erased_at = coalesce(p.erased_at, statement_timestamp())")}

-- Who approved is in the newer lines of the list only.
alter table app.erasures drop constraint erasures_check;
alter table app.erasures add constraint erasures_check check (approved_by is null or approved_at is not null);
drop function sec.replay_shred(uuid, text);
create function sec.replay_shred(pupil uuid, reporter_mark text, approver uuid, listed_at timestamptz) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not sec.is_system() then raise exception 'for the program itself' using errcode = '42501'; end if;
  update app.erasures e set approved_at = listed_at, approved_by = nullif(approver, e.requested_by)
    where e.school_id = sec.school() and e.pupil_id = pupil and e.approved_at is null;
  return sec.shred_pupil(pupil, reporter_mark);
end $$;
comment on function sec.replay_shred(uuid, text, uuid, timestamptz) is 'Erases again what the shred list names, after a restore or a start that was cut off, and closes the request';
revoke all on all functions in schema sec from public;
grant execute on function sec.replay_shred(uuid, text, uuid, timestamptz) to shaodian_worker;

-- Whom a notice asks depends on whether somebody has answered.
grant select (status) on app.alerts to shaodian_worker;
`,
  down: `
revoke select (status) on app.alerts from shaodian_worker;
drop function sec.replay_shred(uuid, text, uuid, timestamptz);
alter table app.erasures no force row level security;
update app.erasures set approved_at = null where approved_by is null;
alter table app.erasures force row level security;
alter table app.erasures drop constraint erasures_check;
alter table app.erasures add constraint erasures_check check ((approved_at is null) = (approved_by is null));
${shredPupil("name = '已删除', sex = 'unknown'")}
create function sec.replay_shred(pupil uuid, reporter_mark text) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not sec.is_system() then raise exception 'for the program itself' using errcode = '42501'; end if;
  return sec.shred_pupil(pupil, reporter_mark);
end $$;
comment on function sec.replay_shred(uuid, text) is 'Erases again what the shred list names, after a restore or a start that was cut off';
revoke all on all functions in schema sec from public;
grant execute on function sec.replay_shred(uuid, text) to shaodian_worker;
alter table app.pupils drop column erased_at;
`,
};

/** As before, but for what is written into the row of the pupil. */
function shredPupil(pupil: string): string {
  return `
create or replace function sec.shred_pupil(pupil uuid, reporter_mark text) returns jsonb
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
  update app.pupils p set ${pupil} where p.school_id = in_school and p.id = pupil;
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
end $$;`;
}
