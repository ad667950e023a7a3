import type { Migration } from '../migration.ts';

/** Accounts can be changed: each change has a version, and disabling one ends its sessions. Known devices can be let ahead at sign-in. */
export const versions: Migration = {
  name: '0013-versions',
  up: `
alter table app.accounts add column version int not null default 1;
comment on column app.accounts.version is 'Goes up with every change, by a trigger: what If-Match names';

create function sec.account_changed() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  new.version := old.version + 1;
  if new.disabled_at is not null and old.disabled_at is null then
    update app.sessions s set revoked_at = clock_timestamp()
      where s.school_id = new.school_id and s.account_id = new.id and s.revoked_at is null;
  end if;
  return new;
end $$;
comment on function sec.account_changed() is 'A new version for every change; a disabled account has no session, also after it is enabled again';
create trigger accounts_changed before update on app.accounts for each row execute function sec.account_changed();

create policy accounts_changed on app.accounts for update to shaodian_app
  using (school_id = (select sec.school()) and person_id <> (select sec.uid()) and (select sec.has_role('administrator')));
create policy staff_changed on app.staff for update to shaodian_app
  using (school_id = (select sec.school()) and id <> (select sec.uid()) and (select sec.has_role('administrator')));
grant update (disabled_at) on app.accounts to shaodian_app;
grant update (title) on app.staff to shaodian_app;

create function sec.is_known_device(in_school int, subject bytea, device bytea) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select from app.sign_in_attempts t
    where t.school_id = in_school and t.subject_sha256 = subject and t.device_sha256 = device and t.known) $$;
comment on function sec.is_known_device(int, bytea, bytea) is 'Whether this account name was signed in from this device before';
revoke all on all functions in schema sec from public;
grant execute on function sec.is_known_device(int, bytea, bytea) to shaodian_app;
`,
  down: `
drop function sec.is_known_device(int, bytea, bytea);
revoke update (title) on app.staff from shaodian_app;
revoke update (disabled_at) on app.accounts from shaodian_app;
drop policy staff_changed on app.staff;
drop policy accounts_changed on app.accounts;
drop trigger accounts_changed on app.accounts;
drop function sec.account_changed();
alter table app.accounts drop column version;
`,
};
