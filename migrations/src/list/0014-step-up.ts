import type { Migration } from '../migration.ts';

/**
 * Asking again who it is, before what is most sensitive is opened.
 *
 * `app.ctx` becomes `v2|kind|school|person|mark|pupil|stepped-up until|purpose|expiry|key|pid|hmac`. The two claims come from the row of
 * the session, never from the client; they hold for ten minutes and for one purpose. Who reported something is given by one function,
 * to counsellors with both claims, and only against a row that says who looks and why.
 */
export const stepUp: Migration = {
  name: '0014-step-up',
  up: `
create or replace function sec.context() returns text[]
language plpgsql stable parallel restricted security definer set search_path = '' as $$
declare
  raw text := nullif(pg_catalog.current_setting('app.ctx', true), '');
  parts text[];
  signed text;
  pads record;
begin
  if raw is null then return null; end if;
  parts := pg_catalog.string_to_array(raw, '|');
  if pg_catalog.cardinality(parts) <> 12 or parts[1] <> 'v2' or parts[10] !~ '^[0-9]{1,9}$' then
    raise exception 'context refused: malformed' using errcode = '28000';
  end if;
  select k.inner_pad, k.outer_pad into pads from sec.context_keys k where k.id = parts[10]::int;
  if not found then
    raise exception 'context refused: unknown key' using errcode = '28000';
  end if;
  signed := pg_catalog.array_to_string(parts[1:11], '|');
  if pg_catalog.encode(pg_catalog.sha256(pads.outer_pad || pg_catalog.sha256(pads.inner_pad || pg_catalog.convert_to(signed, 'UTF8'))), 'hex') <> parts[12] then
    raise exception 'context refused: signature' using errcode = '28000';
  end if;
  if parts[11]::int <> pg_catalog.pg_backend_pid() then
    raise exception 'context refused: another backend' using errcode = '28000';
  end if;
  if parts[9]::bigint < extract(epoch from pg_catalog.clock_timestamp()) then
    raise exception 'context refused: expired' using errcode = '28000';
  end if;
  return parts;
end $$;
create function sec.stepped_up() returns boolean language sql stable parallel restricted security definer set search_path = ''
as $$ select coalesce(c[2] = 'person' and nullif(c[7], '')::bigint > extract(epoch from clock_timestamp()), false) from (select sec.context() as c) x $$;
create function sec.purpose() returns text language sql stable parallel restricted security definer set search_path = ''
as $$ select case when c[2] = 'person' and nullif(c[7], '')::bigint > extract(epoch from clock_timestamp()) then nullif(c[8], '') end from (select sec.context() as c) x $$;
comment on function sec.stepped_up() is 'Whether the person who asks gave the password again within the last ten minutes';
comment on function sec.purpose() is 'The purpose named at that moment, or null';

alter table app.sessions add column stepped_up_until timestamptz;
alter table app.sessions add column step_up_purpose text check (step_up_purpose in ('urgent_help', 'follow_up', 'verify_report', 'data_request'));
alter table app.sessions add constraint sessions_step_up_whole check ((stepped_up_until is null) = (step_up_purpose is null));
comment on column app.sessions.stepped_up_until is 'Security time until which the password given again counts';
comment on column app.sessions.step_up_purpose is 'What it was given for';

drop function sec.find_session(bytea, boolean);
create function sec.find_session(token bytea, counts_as_activity boolean)
returns table (school_id int, session_id uuid, account_id uuid, account_name text, person_id uuid, expires_at timestamptz, stepped_up_until timestamptz, step_up_purpose text)
language plpgsql volatile security definer set search_path = '' as $$
declare
  s app.sessions;
  a app.accounts;
begin
  select * into s from app.sessions t where t.token_sha256 = token;
  if not found or s.revoked_at is not null or s.expires_at <= clock_timestamp()
    or s.last_seen_at + make_interval(secs => s.idle_seconds) <= clock_timestamp() then return; end if;
  select * into a from app.accounts t where t.school_id = s.school_id and t.id = s.account_id;
  if not found or a.disabled_at is not null then return; end if;
  if counts_as_activity and s.last_seen_at < clock_timestamp() - interval '30 seconds' then
    update app.sessions t set last_seen_at = clock_timestamp() where t.school_id = s.school_id and t.id = s.id;
  end if;
  return query select s.school_id, s.id, s.account_id, a.name, s.person_id,
    least(s.expires_at, clock_timestamp() + make_interval(secs => s.idle_seconds)),
    case when s.stepped_up_until > clock_timestamp() then s.stepped_up_until end,
    case when s.stepped_up_until > clock_timestamp() then s.step_up_purpose end;
end $$;
comment on function sec.find_session(bytea, boolean) is 'The live session of a token, or no row';

create function sec.step_up(in_session uuid, old_token bytea, new_token bytea, in_purpose text, subject bytea, device bytea) returns timestamptz
language plpgsql volatile security definer set search_path = '' as $$
declare
  until timestamptz := clock_timestamp() + interval '10 minutes';
begin
  update app.sessions s set token_sha256 = new_token, stepped_up_until = until, step_up_purpose = in_purpose
    where s.school_id = sec.school() and s.id = in_session and s.person_id = sec.uid() and s.token_sha256 = old_token
      and s.revoked_at is null and s.expires_at > clock_timestamp();
  if not found then return null; end if;
  delete from app.sign_in_attempts t where t.school_id = sec.school() and t.subject_sha256 = subject and not t.known;
  update app.sign_in_attempts t set failures = 0
    where t.school_id = sec.school() and t.subject_sha256 = subject and t.device_sha256 = device;
  return until;
end $$;
comment on function sec.step_up(uuid, bytea, bytea, text, bytea, bytea) is 'Gives a session of the person who asks another token and ten minutes of step-up, after the API has checked the password; null when the old token is no longer the session''s';

create function sec.end_step_up(in_session uuid) returns boolean
language sql volatile security definer set search_path = '' as $$
  update app.sessions s set stepped_up_until = null, step_up_purpose = null
    where s.school_id = sec.school() and s.id = in_session and s.person_id = sec.uid() returning true $$;
comment on function sec.end_step_up(uuid) is 'Ends the step-up before its time';

create table app.reporter_openings (
  school_id int not null,
  id uuid not null,
  observation_id uuid not null,
  pupil_id uuid not null,
  opened_by uuid not null,
  opened_at timestamptz not null default transaction_timestamp(),
  purpose text not null,
  reason bytea not null,
  primary key (school_id, id),
  foreign key (school_id, observation_id, pupil_id) references app.observations (school_id, id, pupil_id),
  foreign key (school_id, opened_by) references app.people (school_id, id)
);
create index reporter_openings_observation on app.reporter_openings (school_id, observation_id, pupil_id);
create index reporter_openings_pupil on app.reporter_openings (school_id, pupil_id);
create index reporter_openings_opened_by on app.reporter_openings (school_id, opened_by);
comment on table app.reporter_openings is 'P3: who looked who reported something, for what purpose, and why in their own words (encrypted)';
comment on column app.reporter_openings.opened_at is 'Security time; the seal is given in this very transaction only';
alter table app.reporter_openings enable row level security;
alter table app.reporter_openings force row level security;
create policy reporter_openings_made on app.reporter_openings for insert to shaodian_app
  with check (school_id = (select sec.school()) and opened_by = (select sec.uid()) and purpose = (select sec.purpose())
    and (select sec.has_role('counsellor', 'lead_counsellor')));
create policy reporter_openings_read on app.reporter_openings for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('lead_counsellor', 'data_protection_officer')));
create policy reporter_openings_excluded on app.reporter_openings as restrictive for all to shaodian_app using (school_id = (select sec.school())
  and pupil_id <> all ((select sec.excluded_pupils())::uuid[]));
create policy reporter_openings_for_lookup on app.reporter_openings for select to shaodian_owner using (true);
create policy reporter_openings_exchanged on app.reporter_openings for all to shaodian_worker
  using (school_id = (select sec.school()) and (select sec.is_system()));
grant select, insert (school_id, id, observation_id, pupil_id, opened_by, purpose, reason) on app.reporter_openings to shaodian_app;
grant select (school_id, id, pupil_id, reason), update (reason) on app.reporter_openings to shaodian_worker;

create function sec.open_reporter(opening uuid) returns table (mark text, kek_id text, sealed_person bytea)
language sql stable security definer set search_path = '' as $$
  select r.mark, r.kek_id, r.sealed_person
  from app.reporter_openings o
  join app.observation_details d on d.school_id = o.school_id and d.observation_id = o.observation_id and d.pupil_id = o.pupil_id
  join app.reporter_seals r on r.school_id = d.school_id and r.mark = d.reporter_mark
  where o.school_id = (select sec.school()) and o.id = opening and o.opened_by = (select sec.uid())
    and o.opened_at >= transaction_timestamp() and (select sec.stepped_up())
    and d.class_id = any ((select sec.classes_as('counsellor', 'lead_counsellor'))::int[]) $$;
comment on function sec.open_reporter(uuid) is 'The sealed reporter behind an observation: to a counsellor who gave the password again, against an opening of this transaction';

revoke all on all functions in schema sec from public;
grant execute on function sec.stepped_up(), sec.purpose() to shaodian_app, shaodian_worker;
grant execute on function sec.find_session(bytea, boolean), sec.step_up(uuid, bytea, bytea, text, bytea, bytea), sec.end_step_up(uuid), sec.open_reporter(uuid) to shaodian_app;
`,
  down: `
drop function sec.open_reporter(uuid);
drop table app.reporter_openings;
drop function sec.end_step_up(uuid);
drop function sec.step_up(uuid, bytea, bytea, text, bytea, bytea);
drop function sec.find_session(bytea, boolean);
create function sec.find_session(token bytea, counts_as_activity boolean)
returns table (school_id int, session_id uuid, account_id uuid, account_name text, person_id uuid, expires_at timestamptz)
language plpgsql volatile security definer set search_path = '' as $$
declare
  s app.sessions;
  a app.accounts;
begin
  select * into s from app.sessions t where t.token_sha256 = token;
  if not found or s.revoked_at is not null or s.expires_at <= clock_timestamp()
    or s.last_seen_at + make_interval(secs => s.idle_seconds) <= clock_timestamp() then return; end if;
  select * into a from app.accounts t where t.school_id = s.school_id and t.id = s.account_id;
  if not found or a.disabled_at is not null then return; end if;
  if counts_as_activity and s.last_seen_at < clock_timestamp() - interval '30 seconds' then
    update app.sessions t set last_seen_at = clock_timestamp() where t.school_id = s.school_id and t.id = s.id;
  end if;
  return query select s.school_id, s.id, s.account_id, a.name, s.person_id,
    least(s.expires_at, clock_timestamp() + make_interval(secs => s.idle_seconds));
end $$;
comment on function sec.find_session(bytea, boolean) is 'The live session of a token, or no row';
revoke all on function sec.find_session(bytea, boolean) from public;
grant execute on function sec.find_session(bytea, boolean) to shaodian_app;
alter table app.sessions drop column step_up_purpose;
alter table app.sessions drop column stepped_up_until;
drop function sec.purpose();
drop function sec.stepped_up();
create or replace function sec.context() returns text[]
language plpgsql stable parallel restricted security definer set search_path = '' as $$
declare
  raw text := nullif(pg_catalog.current_setting('app.ctx', true), '');
  parts text[];
  signed text;
  pads record;
begin
  if raw is null then return null; end if;
  parts := pg_catalog.string_to_array(raw, '|');
  if pg_catalog.cardinality(parts) <> 10 or parts[1] <> 'v1' or parts[8] !~ '^[0-9]{1,9}$' then
    raise exception 'context refused: malformed' using errcode = '28000';
  end if;
  select k.inner_pad, k.outer_pad into pads from sec.context_keys k where k.id = parts[8]::int;
  if not found then
    raise exception 'context refused: unknown key' using errcode = '28000';
  end if;
  signed := pg_catalog.array_to_string(parts[1:9], '|');
  if pg_catalog.encode(pg_catalog.sha256(pads.outer_pad || pg_catalog.sha256(pads.inner_pad || pg_catalog.convert_to(signed, 'UTF8'))), 'hex') <> parts[10] then
    raise exception 'context refused: signature' using errcode = '28000';
  end if;
  if parts[9]::int <> pg_catalog.pg_backend_pid() then
    raise exception 'context refused: another backend' using errcode = '28000';
  end if;
  if parts[7]::bigint < extract(epoch from pg_catalog.clock_timestamp()) then
    raise exception 'context refused: expired' using errcode = '28000';
  end if;
  return parts;
end $$;
`,
};
