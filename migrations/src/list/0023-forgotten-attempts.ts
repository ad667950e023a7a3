import type { Migration } from '../migration.ts';

/**
 * Attempts by strangers are forgotten when they count no more. `sec.begin_sign_in` begins anew after a quarter of an hour in any case; but each name that
 * somebody made up kept a row for half a year, and who has no account could fill the disk with them.
 */
export const forgottenAttempts: Migration = {
  name: '0023-forgotten-attempts',
  up: knowDevice(`
  delete from app.sign_in_attempts t where t.school_id = sec.school() and not t.known and t.last_failure_at < clock_timestamp() - interval '15 minutes';`),
  down: knowDevice(''),
};

/** As before, but for what else is forgotten. */
function knowDevice(forgotten: string): string {
  return `
create or replace function sec.know_device(subject bytea, device bytea) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  delete from app.sign_in_attempts t where t.school_id = sec.school() and t.subject_sha256 = subject and not t.known;${forgotten}
  insert into app.sign_in_attempts (school_id, subject_sha256, device_sha256, failures, last_failure_at, known)
    values (sec.school(), subject, device, 0, clock_timestamp(), true)
    on conflict (school_id, subject_sha256, device_sha256) do update set failures = 0, known = true;
end $$;
`;
}
