import type { Migration } from '../migration.ts';

const signInOf0004 = `
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
`;

const findSessionOf0014 = `
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
`;

/**
 * The second factor: time-based codes (RFC 6238), and ten recovery codes for when the telephone is lost.
 *
 * A session has a stage. With the right password alone, whoever has a second factor, or must have one, gets a session that waits for the
 * code or for the setting up; only a transaction in which a code was used makes it whole, and the database holds that. Nobody reads the
 * two tables: the functions give each person their own.
 */
export const secondFactor: Migration = {
  name: '0017-second-factor',
  up: `
create table app.second_factors (
  school_id int not null,
  id uuid not null,
  person_id uuid not null,
  kek_id text not null,
  secret bytea not null,
  started_at timestamptz not null default clock_timestamp(),
  confirmed_at timestamptz,
  last_used_step bigint,
  last_used_at timestamptz,
  primary key (school_id, id),
  check ((confirmed_at is null) = (last_used_step is null) and (confirmed_at is null) = (last_used_at is null)),
  foreign key (school_id, person_id) references app.staff (school_id, id)
);
create unique index second_factors_one on app.second_factors (school_id, person_id, (confirmed_at is null));
create index second_factors_person on app.second_factors (school_id, person_id);
create index second_factors_kek on app.second_factors (school_id, kek_id);
comment on table app.second_factors is 'P4: what makes the codes of a member of staff, and beside it one that is being set up; reached by functions of schema sec only';
comment on column app.second_factors.kek_id is 'The generation of the school key that sealed the secret';
comment on column app.second_factors.secret is 'P4: the shared secret (encrypted)';
comment on column app.second_factors.last_used_step is 'The half-minute of the last code that was taken: none up to it is taken again';

create table app.recovery_codes (
  school_id int not null,
  person_id uuid not null,
  code_sha256 bytea not null,
  made_at timestamptz not null default clock_timestamp(),
  used_at timestamptz,
  primary key (school_id, person_id, code_sha256),
  foreign key (school_id, person_id) references app.staff (school_id, id)
);
comment on table app.recovery_codes is 'P4: hashes of the codes for a lost telephone, each good once; reached by functions of schema sec only';

alter table app.second_factors enable row level security;
alter table app.second_factors force row level security;
alter table app.recovery_codes enable row level security;
alter table app.recovery_codes force row level security;
create policy second_factors_for_lookup on app.second_factors for all to shaodian_owner using (true);
create policy recovery_codes_for_lookup on app.recovery_codes for all to shaodian_owner using (true);
create policy second_factors_exchanged on app.second_factors for all to shaodian_worker
  using (school_id = (select sec.school()) and (select sec.is_system()));
grant select (school_id, id, kek_id, secret), update (kek_id, secret) on app.second_factors to shaodian_worker;

alter table app.sessions add column stage text not null default 'whole' check (stage in ('whole', 'code', 'enrolment'));
comment on column app.sessions.stage is 'What a session still waits for: a code, or the setting up of a second factor; only a whole one reaches anything';
grant select (stage) on app.sessions to shaodian_app;

create function sec.must_have_factor() returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select from app.schools s where s.id = sec.school() and not s.is_demo)
    and exists (select from app.grants g where g.school_id = sec.school() and g.person_id = sec.uid()
      and g.role in ('counsellor', 'lead_counsellor', 'school_leader', 'data_protection_officer')
      and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp())) $$;
comment on function sec.must_have_factor() is 'Whether a role that the person who asks holds now must not be without a second factor; nobody in the demo';

create function sec.own_factor() returns table (on_since timestamptz, codes_left int, required boolean, offered boolean)
language sql stable security definer set search_path = '' as $$
  select (select f.confirmed_at from app.second_factors f where f.school_id = sec.school() and f.person_id = sec.uid() and f.confirmed_at is not null),
    (select count(*)::int from app.recovery_codes c where c.school_id = sec.school() and c.person_id = sec.uid() and c.used_at is null),
    sec.must_have_factor(),
    exists (select from app.staff s where s.school_id = sec.school() and s.id = sec.uid()) $$;
comment on function sec.own_factor() is 'What a person may know of their own second factor: never the secret';

create function sec.people_with_factor() returns uuid[]
language sql stable security definer set search_path = '' as $$
  select coalesce(array_agg(f.person_id), '{}') from app.second_factors f
  where f.school_id = sec.school() and f.confirmed_at is not null and sec.has_role('administrator') $$;
comment on function sec.people_with_factor() is 'Whose factor an administrator may reset; empty for everybody else';

create function sec.start_factor(factor uuid, in_kek text, in_secret bytea) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not exists (select from app.staff s where s.school_id = sec.school() and s.id = sec.uid()) then return false; end if;
  insert into app.second_factors (school_id, id, person_id, kek_id, secret) values (sec.school(), factor, sec.uid(), in_kek, in_secret)
    on conflict (school_id, person_id, (confirmed_at is null)) do update
    set id = excluded.id, kek_id = excluded.kek_id, secret = excluded.secret, started_at = excluded.started_at;
  return true;
end $$;
comment on function sec.start_factor(uuid, text, bytea) is 'Keeps a new sealed secret beside the one in use, until a code confirms it; for staff';

create function sec.find_factor(being_set_up boolean) returns table (id uuid, kek_id text, secret bytea)
language sql stable security definer set search_path = '' as $$
  select f.id, f.kek_id, f.secret from app.second_factors f
  where f.school_id = sec.school() and f.person_id = sec.uid() and (f.confirmed_at is null) = being_set_up
    and (not being_set_up or f.started_at > clock_timestamp() - interval '1 hour') $$;
comment on function sec.find_factor(boolean) is 'The own sealed secret: the one in use, or one whose setting up began within the hour';

create function sec.use_factor(factor uuid, step bigint) returns boolean
language sql volatile security definer set search_path = '' as $$
  with used as (
    update app.second_factors f set last_used_step = step, last_used_at = transaction_timestamp()
    where f.school_id = sec.school() and f.person_id = sec.uid() and f.id = factor and f.last_used_step < step returning true)
  select exists (select from used) $$;
comment on function sec.use_factor(uuid, bigint) is 'Takes the code of a half-minute once: false when it, or a later one, was taken before, however many ask at the same time';

create function sec.use_recovery_code(code bytea) returns boolean
language sql volatile security definer set search_path = '' as $$
  with used as (
    update app.recovery_codes c set used_at = transaction_timestamp()
    where c.school_id = sec.school() and c.person_id = sec.uid() and c.code_sha256 = code and c.used_at is null returning true)
  select exists (select from used) $$;
comment on function sec.use_recovery_code(bytea) is 'Takes a recovery code once';

create function sec.replace_recovery_codes(codes bytea[]) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  delete from app.recovery_codes c where c.school_id = sec.school() and c.person_id = sec.uid();
  insert into app.recovery_codes (school_id, person_id, code_sha256) select sec.school(), sec.uid(), x from unnest(codes) x;
end $$;
comment on function sec.replace_recovery_codes(bytea[]) is 'New recovery codes; those before are good no more';

create function sec.confirm_factor(factor uuid, step bigint, codes bytea[], in_session uuid) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform from app.second_factors f where f.school_id = sec.school() and f.person_id = sec.uid() and f.id = factor and f.confirmed_at is null for update;
  if not found then return false; end if;
  delete from app.second_factors f where f.school_id = sec.school() and f.person_id = sec.uid() and f.confirmed_at is not null;
  update app.second_factors f set confirmed_at = transaction_timestamp(), last_used_step = step, last_used_at = transaction_timestamp()
    where f.school_id = sec.school() and f.id = factor;
  perform sec.replace_recovery_codes(codes);
  update app.sessions s set revoked_at = clock_timestamp()
    where s.school_id = sec.school() and s.person_id = sec.uid() and s.id <> in_session and s.revoked_at is null;
  return true;
end $$;
comment on function sec.confirm_factor(uuid, bigint, bytea[], uuid) is 'What was being set up is the second factor from now on; every other session of the person ends';

create function sec.end_factor() returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare
  was_on boolean;
begin
  if sec.must_have_factor() then
    raise exception 'a role needs it' using errcode = '42501';
  end if;
  delete from app.recovery_codes c where c.school_id = sec.school() and c.person_id = sec.uid();
  was_on := exists (select from app.second_factors f where f.school_id = sec.school() and f.person_id = sec.uid() and f.confirmed_at is not null);
  delete from app.second_factors f where f.school_id = sec.school() and f.person_id = sec.uid();
  return was_on;
end $$;
comment on function sec.end_factor() is 'Turns the own second factor off, where no role needs it';

create function sec.clear_attempts(subject bytea, device bytea) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  delete from app.sign_in_attempts t where t.school_id = sec.school() and t.subject_sha256 = subject and not t.known;
  update app.sign_in_attempts t set failures = 0
    where t.school_id = sec.school() and t.subject_sha256 = subject and t.device_sha256 = device;
end $$;
comment on function sec.clear_attempts(bytea, bytea) is 'After the API has checked everything that was asked for';

drop function sec.open_session(uuid, uuid, bytea, text, bytea, bytea, int, int);
create function sec.open_session(session_id uuid, for_account uuid, token bytea, device_label text, subject bytea, device bytea, idle int, absolute int)
returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  stage text := case
    when exists (select from app.second_factors f where f.school_id = sec.school() and f.person_id = sec.uid() and f.confirmed_at is not null) then 'code'
    when sec.must_have_factor() then 'enrolment' else 'whole' end;
  lasts int := case stage when 'whole' then absolute else least(absolute, 600) end;
begin
  if not exists (select from app.accounts a where a.school_id = sec.school() and a.id = for_account and a.person_id = sec.uid() and a.disabled_at is null) then
    raise exception 'session refused' using errcode = '28000';
  end if;
  insert into app.sessions (school_id, id, account_id, person_id, token_sha256, device, created_at, last_seen_at, expires_at, idle_seconds, stage)
    values (sec.school(), session_id, for_account, sec.uid(), token, left(device_label, 200), clock_timestamp(), clock_timestamp(),
      clock_timestamp() + make_interval(secs => lasts), idle, stage);
  -- The right password alone neither forgives guesses nor makes a device known: the guesses at the code go on counting.
  if stage <> 'code' then perform sec.know_device(subject, device); end if;
  delete from app.sign_in_attempts t where t.school_id = sec.school() and t.last_failure_at < clock_timestamp() - interval '180 days';
  return stage;
end $$;
comment on function sec.open_session(uuid, uuid, bytea, text, bytea, bytea, int, int) is 'Opens a session for the person of the signed context, after the API has checked the password, and says what it waits for';

create function sec.know_device(subject bytea, device bytea) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  delete from app.sign_in_attempts t where t.school_id = sec.school() and t.subject_sha256 = subject and not t.known;
  insert into app.sign_in_attempts (school_id, subject_sha256, device_sha256, failures, last_failure_at, known)
    values (sec.school(), subject, device, 0, clock_timestamp(), true)
    on conflict (school_id, subject_sha256, device_sha256) do update set failures = 0, known = true;
end $$;
comment on function sec.know_device(bytea, bytea) is 'Somebody has signed in from this device: its guesses are counted apart from now on, and those of strangers begin anew';

create function sec.finish_session(in_session uuid, old_token bytea, new_token bytea, subject bytea, device bytea, absolute int) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not exists (select from app.second_factors f where f.school_id = sec.school() and f.person_id = sec.uid() and f.last_used_at = transaction_timestamp())
    and not exists (select from app.recovery_codes c where c.school_id = sec.school() and c.person_id = sec.uid() and c.used_at = transaction_timestamp()) then
    raise exception 'no code was used' using errcode = '42501';
  end if;
  update app.sessions s set token_sha256 = new_token, stage = 'whole', last_seen_at = clock_timestamp(),
      expires_at = case s.stage when 'whole' then s.expires_at else clock_timestamp() + make_interval(secs => absolute) end
    where s.school_id = sec.school() and s.id = in_session and s.person_id = sec.uid() and s.token_sha256 = old_token
      and s.revoked_at is null and s.expires_at > clock_timestamp();
  if not found then return false; end if;
  perform sec.know_device(subject, device);
  return true;
end $$;
comment on function sec.finish_session(uuid, bytea, bytea, bytea, bytea, int) is 'Makes a session whole, under another token, in a transaction in which a code was used; false when the old token is no longer the session''s';

drop function sec.find_session(bytea, boolean);
create function sec.find_session(token bytea, counts_as_activity boolean)
returns table (school_id int, session_id uuid, account_id uuid, account_name text, person_id uuid, expires_at timestamptz, stepped_up_until timestamptz, step_up_purpose text, stage text)
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
    case when s.stepped_up_until > clock_timestamp() then s.step_up_purpose end, s.stage;
end $$;
comment on function sec.find_session(bytea, boolean) is 'The live session of a token, whole or not, or no row';

alter table app.outbox drop constraint outbox_topic_check;
alter table app.outbox add constraint outbox_topic_check
  check (topic in ('alert.clock_started', 'alert.needs_review', 'break_glass.opened', 'second_factor.reset'));
alter table app.notices drop constraint notices_kind_check;
alter table app.notices add constraint notices_kind_check
  check (kind in ('alert_to_acknowledge', 'alert_to_review', 'alert_to_know', 'break_glass_opened', 'own_factor_reset', 'factor_reset'));
alter table app.notices alter column alert_id set expression as (case when kind in ('alert_to_acknowledge', 'alert_to_review', 'alert_to_know') then subject_id end);

create function sec.reset_factor(for_account uuid, telling uuid, happened_at timestamptz) returns text
language plpgsql volatile security definer set search_path = '' as $$
declare
  person uuid;
begin
  if not sec.has_role('administrator') then return 'not-allowed'; end if;
  select a.person_id into person from app.accounts a where a.school_id = sec.school() and a.id = for_account;
  if person is null then return 'not-found'; end if;
  if person = sec.uid() then return 'not-allowed'; end if;
  delete from app.recovery_codes c where c.school_id = sec.school() and c.person_id = person;
  delete from app.second_factors f where f.school_id = sec.school() and f.person_id = person and f.confirmed_at is not null;
  if not found then return 'not-set-up'; end if;
  delete from app.second_factors f where f.school_id = sec.school() and f.person_id = person;
  update app.sessions s set revoked_at = clock_timestamp()
    where s.school_id = sec.school() and s.person_id = person and s.revoked_at is null;
  insert into app.outbox (school_id, id, topic, subject_id, at) values (sec.school(), telling, 'second_factor.reset', person, happened_at);
  return 'reset';
end $$;
comment on function sec.reset_factor(uuid, uuid, timestamptz) is 'By an administrator, of somebody else: the factor, its recovery codes and every session end, and it is told in the same transaction';

revoke all on all functions in schema sec from public;
grant execute on function sec.own_factor(), sec.people_with_factor(), sec.start_factor(uuid, text, bytea), sec.find_factor(boolean), sec.use_factor(uuid, bigint),
  sec.use_recovery_code(bytea), sec.replace_recovery_codes(bytea[]), sec.confirm_factor(uuid, bigint, bytea[], uuid), sec.end_factor(), sec.clear_attempts(bytea, bytea),
  sec.open_session(uuid, uuid, bytea, text, bytea, bytea, int, int), sec.finish_session(uuid, bytea, bytea, bytea, bytea, int), sec.find_session(bytea, boolean),
  sec.reset_factor(uuid, uuid, timestamptz) to shaodian_app;
`,
  down: `
drop function sec.reset_factor(uuid, uuid, timestamptz);
alter table app.notices no force row level security;
alter table app.outbox no force row level security;
delete from app.notices where kind in ('own_factor_reset', 'factor_reset');
delete from app.outbox where topic = 'second_factor.reset';
alter table app.outbox force row level security;
alter table app.notices force row level security;
alter table app.notices alter column alert_id set expression as (case when kind <> 'break_glass_opened' then subject_id end);
alter table app.notices drop constraint notices_kind_check;
alter table app.notices add constraint notices_kind_check
  check (kind in ('alert_to_acknowledge', 'alert_to_review', 'alert_to_know', 'break_glass_opened'));
alter table app.outbox drop constraint outbox_topic_check;
alter table app.outbox add constraint outbox_topic_check
  check (topic in ('alert.clock_started', 'alert.needs_review', 'break_glass.opened'));
drop function sec.find_session(bytea, boolean);
drop function sec.finish_session(uuid, bytea, bytea, bytea, bytea, int);
drop function sec.open_session(uuid, uuid, bytea, text, bytea, bytea, int, int);
drop function sec.know_device(bytea, bytea);
drop function sec.clear_attempts(bytea, bytea);
drop function sec.end_factor();
drop function sec.confirm_factor(uuid, bigint, bytea[], uuid);
drop function sec.replace_recovery_codes(bytea[]);
drop function sec.use_recovery_code(bytea);
drop function sec.use_factor(uuid, bigint);
drop function sec.find_factor(boolean);
drop function sec.start_factor(uuid, text, bytea);
drop function sec.people_with_factor();
drop function sec.own_factor();
drop function sec.must_have_factor();
delete from app.sessions where stage <> 'whole';
alter table app.sessions drop column stage;
drop table app.recovery_codes;
drop table app.second_factors;
${signInOf0004}
${findSessionOf0014}
revoke all on function sec.open_session(uuid, uuid, bytea, text, bytea, bytea, int, int), sec.find_session(bytea, boolean) from public;
grant execute on function sec.open_session(uuid, uuid, bytea, text, bytea, bytea, int, int), sec.find_session(bytea, boolean) to shaodian_app;
`,
};
