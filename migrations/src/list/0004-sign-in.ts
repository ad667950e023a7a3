import type { Migration } from '../migration.ts';

/** The only ways in before there is a context, and the way a first school comes to be. */
export const signIn: Migration = {
  name: '0004-sign-in',
  up: `
create function sec.list_schools() returns table (code text, name text)
language sql stable security definer set search_path = ''
as $$ select s.code, s.name from app.schools s order by s.id $$;
comment on function sec.list_schools() is 'Schools a person may name at sign-in';

create function sec.find_credentials(school_code text, account_name text)
returns table (school_id int, account_id uuid, person_id uuid, password_hash text, disabled boolean)
language sql stable security definer set search_path = '' as $$
  select s.id, a.id, a.person_id, k.password_hash, a.disabled_at is not null
  from app.schools s
  left join app.accounts a on a.school_id = s.id and a.name = lower(account_name)
  left join app.account_secrets k on k.school_id = a.school_id and k.account_id = a.id
  where s.code = school_code $$;
comment on function sec.find_credentials(text, text) is 'One row when the school exists; the account columns are null when the account does not';

create function sec.begin_sign_in(in_school int, subject bytea, device bytea)
returns table (allowed boolean, retry_after_seconds int)
language plpgsql volatile security definer set search_path = '' as $$
declare
  counted bytea := '\\x';
  free_failures constant int := 5;
  attempt app.sign_in_attempts;
  wait int;
begin
  if exists (select from app.sign_in_attempts t where t.school_id = in_school and t.subject_sha256 = subject and t.device_sha256 = device and t.known) then
    counted := device;
  end if;
  insert into app.sign_in_attempts as t (school_id, subject_sha256, device_sha256, failures, last_failure_at)
    values (in_school, subject, counted, 0, clock_timestamp()) on conflict do nothing;
  select * into attempt from app.sign_in_attempts t
    where t.school_id = in_school and t.subject_sha256 = subject and t.device_sha256 = counted for update;
  wait := case when attempt.failures < free_failures then 0
    else least(900, 30 * (2 ^ least(attempt.failures - free_failures, 5))::int) end;
  if wait > 0 and attempt.last_failure_at + make_interval(secs => wait) > clock_timestamp() then
    return query select false, greatest(1, ceil(extract(epoch from attempt.last_failure_at + make_interval(secs => wait) - clock_timestamp()))::int);
    return;
  end if;
  update app.sign_in_attempts t set last_failure_at = clock_timestamp(),
      failures = case when attempt.last_failure_at < clock_timestamp() - interval '15 minutes' then 1 else attempt.failures + 1 end
    where t.school_id = in_school and t.subject_sha256 = subject and t.device_sha256 = counted;
  return query select true, 0;
end $$;
comment on function sec.begin_sign_in(int, bytea, bytea) is 'Counts the attempt before any hashing; five are free, then the wait doubles from 30 s to 15 min and ends by itself';

create function sec.open_session(session_id uuid, for_account uuid, token bytea, device_label text, subject bytea, device bytea, idle int, absolute int)
returns timestamptz
language plpgsql volatile security definer set search_path = '' as $$
declare
  ends timestamptz := clock_timestamp() + make_interval(secs => absolute);
begin
  if not exists (select from app.accounts a where a.school_id = sec.school() and a.id = for_account and a.person_id = sec.uid() and a.disabled_at is null) then
    raise exception 'session refused' using errcode = '28000';
  end if;
  insert into app.sessions (school_id, id, account_id, person_id, token_sha256, device, created_at, last_seen_at, expires_at, idle_seconds)
    values (sec.school(), session_id, for_account, sec.uid(), token, left(device_label, 200), clock_timestamp(), clock_timestamp(), ends, idle);
  delete from app.sign_in_attempts t where t.school_id = sec.school() and t.subject_sha256 = subject and not t.known;
  insert into app.sign_in_attempts (school_id, subject_sha256, device_sha256, failures, last_failure_at, known)
    values (sec.school(), subject, device, 0, clock_timestamp(), true)
    on conflict (school_id, subject_sha256, device_sha256) do update set failures = 0, known = true;
  delete from app.sign_in_attempts t where t.school_id = sec.school() and t.last_failure_at < clock_timestamp() - interval '180 days';
  return ends;
end $$;
comment on function sec.open_session(uuid, uuid, bytea, text, bytea, bytea, int, int) is 'Opens a session for the person of the signed context, after the API has checked the password';

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

create function sec.set_password(for_account uuid, new_hash text) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not exists (select from app.accounts a where a.school_id = sec.school() and a.id = for_account
      and (a.person_id = sec.uid() or sec.has_role('administrator'))) then
    raise exception 'password refused' using errcode = '42501';
  end if;
  insert into app.account_secrets (school_id, account_id, password_hash) values (sec.school(), for_account, new_hash)
    on conflict (school_id, account_id) do update set password_hash = excluded.password_hash;
  update app.sessions s set revoked_at = clock_timestamp()
    where s.school_id = sec.school() and s.account_id = for_account and s.revoked_at is null;
end $$;
comment on function sec.set_password(uuid, text) is 'By the account''s owner or an administrator; ends the sessions of the account';

create function sec.found_school(code text, school_name text, administrator uuid, administrator_name text, account uuid, account_name text,
  administrator_hash text, lead uuid, lead_name text, lead_account uuid, lead_account_name text, lead_hash text, grant_ids uuid[], founded_at timestamptz, term_names text[], term_starts date[], term_ends date[])
returns int
language plpgsql volatile security definer set search_path = '' as $$
declare
  new_school int;
begin
  lock table app.schools in exclusive mode;
  if exists (select from app.schools) then
    raise exception 'a school exists' using errcode = '42501';
  end if;
  insert into app.schools (code, name, created_at) values (code, school_name, founded_at) returning id into new_school;
  insert into app.terms (school_id, name, starts_on, ends_on)
    select new_school, t.name, t.starts_on, t.ends_on from unnest(term_names, term_starts, term_ends) as t (name, starts_on, ends_on);
  insert into app.people (school_id, id, kind) values (new_school, administrator, 'staff'), (new_school, lead, 'staff');
  insert into app.staff (school_id, id, name, sex) values (new_school, administrator, administrator_name, 'unknown'), (new_school, lead, lead_name, 'unknown');
  insert into app.accounts (school_id, id, person_id, name) values (new_school, account, administrator, lower(account_name)), (new_school, lead_account, lead, lower(lead_account_name));
  insert into app.account_secrets (school_id, account_id, password_hash) values (new_school, account, administrator_hash), (new_school, lead_account, lead_hash);
  insert into app.grants (school_id, id, person_id, role, scope, starts_at, reason) values
    (new_school, grant_ids[1], administrator, 'administrator', 'school', statement_timestamp(), 'first set-up'),
    (new_school, grant_ids[2], lead, 'lead_counsellor', 'school', statement_timestamp(), 'first set-up'),
    (new_school, grant_ids[3], lead, 'counsellor', 'school', statement_timestamp(), 'first set-up');
  insert into app.duty_slots (school_id, id, duty, position, person_id, starts_at) values
    (new_school, grant_ids[4], 'red', 1, lead, statement_timestamp()),
    (new_school, grant_ids[5], 'counsellor', 1, lead, statement_timestamp());
  return new_school;
end $$;
comment on function sec.found_school(text, text, uuid, text, uuid, text, text, uuid, text, uuid, text, text, uuid[], timestamptz, text[], date[], date[])
  is 'First-run set-up: the first school with its administrator and lead counsellor; refused once any school exists';

create policy schools_founded on app.schools for insert to shaodian_owner with check (true);
create policy terms_founded on app.terms for insert to shaodian_owner with check (true);
create policy people_founded on app.people for insert to shaodian_owner with check (true);
create policy staff_founded on app.staff for insert to shaodian_owner with check (true);
create policy accounts_founded on app.accounts for insert to shaodian_owner with check (true);
create policy grants_founded on app.grants for insert to shaodian_owner with check (true);
create policy duty_slots_founded on app.duty_slots for insert to shaodian_owner with check (true);
revoke all on all functions in schema sec from public;
grant execute on function sec.list_schools(), sec.find_credentials(text, text), sec.begin_sign_in(int, bytea, bytea),
  sec.open_session(uuid, uuid, bytea, text, bytea, bytea, int, int), sec.find_session(bytea, boolean), sec.set_password(uuid, text),
  sec.found_school(text, text, uuid, text, uuid, text, text, uuid, text, uuid, text, text, uuid[], timestamptz, text[], date[], date[]) to shaodian_app;
`,
  down: `
drop policy duty_slots_founded on app.duty_slots;
drop policy grants_founded on app.grants;
drop policy accounts_founded on app.accounts;
drop policy staff_founded on app.staff;
drop policy people_founded on app.people;
drop policy terms_founded on app.terms;
drop policy schools_founded on app.schools;
drop function sec.found_school(text, text, uuid, text, uuid, text, text, uuid, text, uuid, text, text, uuid[], timestamptz, text[], date[], date[]);
drop function sec.set_password(uuid, text);
drop function sec.find_session(bytea, boolean);
drop function sec.open_session(uuid, uuid, bytea, text, bytea, bytea, int, int);
drop function sec.begin_sign_in(int, bytea, bytea);
drop function sec.find_credentials(text, text);
drop function sec.list_schools();
`,
};
