import type { Migration } from '../migration.ts';

/**
 * A counsellor whom another one keeps away from a pupil is an act that others must learn of: it could also hide what a report says of the one
 * who decided. The trigger writes down that it is to be told, so that there is none that is not.
 */
export const counsellorsKeptAway: Migration = {
  name: '0026-counsellors-kept-away',
  up: `
${topics("'grant.proposed', 'grant.decided', 'exclusion.counsellor'")}
${kinds("'grant_to_decide', 'grant_decided', 'counsellor_kept_away'")}
create function sec.tell_exclusion() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  insert into app.outbox (school_id, id, topic, subject_id, at)
    select new.school_id, gen_random_uuid(), 'exclusion.counsellor', new.id, statement_timestamp()
    where new.person_id <> new.decided_by and exists (select from app.grants g where g.school_id = new.school_id and g.person_id = new.person_id
      and g.role in ('counsellor', 'lead_counsellor') and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp()));
  return null;
end $$;
comment on function sec.tell_exclusion() is 'That one counsellor keeps another away is to be told, whoever wrote it';
grant select (id, decided_by) on app.exclusions to shaodian_worker;
create trigger exclusions_told after insert on app.exclusions for each row execute function sec.tell_exclusion();
revoke all on all functions in schema sec from public;
`,
  down: `
drop trigger exclusions_told on app.exclusions;
drop function sec.tell_exclusion();
revoke select (id, decided_by) on app.exclusions from shaodian_worker;
alter table app.notices no force row level security;
alter table app.outbox no force row level security;
delete from app.notices where kind = 'counsellor_kept_away';
delete from app.outbox where topic = 'exclusion.counsellor';
alter table app.outbox force row level security;
alter table app.notices force row level security;
${kinds("'grant_to_decide', 'grant_decided'")}
${topics("'grant.proposed', 'grant.decided'")}
`,
};

function topics(last: string): string {
  return `alter table app.outbox drop constraint outbox_topic_check;
alter table app.outbox add constraint outbox_topic_check
  check (topic in ('alert.clock_started', 'alert.needs_review', 'break_glass.opened', 'second_factor.reset', ${last}));`;
}

function kinds(last: string): string {
  return `alter table app.notices drop constraint notices_kind_check;
alter table app.notices add constraint notices_kind_check
  check (kind in ('alert_to_acknowledge', 'alert_to_review', 'alert_to_know', 'break_glass_opened', 'own_factor_reset', 'factor_reset', ${last}));`;
}
