import type { Migration } from '../migration.ts';

/** Whoever cannot sign in answers nothing: no alert is given to them, and nobody is sent to their telephone. */
export const disabledPeople: Migration = {
  name: '0022-disabled-people',
  up: `
create function sec.disabled_people() returns uuid[]
language sql stable parallel restricted security definer set search_path = '' as $$
  select coalesce(array_agg(a.person_id), '{}') from app.accounts a
  where a.school_id = (select sec.school()) and a.disabled_at is not null and (select sec.evaluated_pupil()) is not null $$;
comment on function sec.disabled_people() is 'People whose account is disabled; for the rules, when they look for who holds an alert, and empty for everybody else';
${dutyPhones('and not exists (select from app.accounts a where a.school_id = d.school_id and a.person_id = d.person_id and a.disabled_at is not null)')}
revoke all on all functions in schema sec from public;
grant execute on function sec.disabled_people() to shaodian_app;
`,
  down: `
${dutyPhones('')}
drop function sec.disabled_people();
`,
};

/** As before, but for who is left out. */
function dutyPhones(leftOut: string): string {
  return `
create or replace function sec.duty_phones(about_pupil uuid) returns table (name text, phone text)
language sql stable security definer set search_path = '' as $$
  select s.name, d.phone from app.duty_slots d
  join app.staff s on s.school_id = d.school_id and s.id = d.person_id
  where d.school_id = (select sec.school()) and d.phone is not null
    and d.starts_at <= statement_timestamp() and (d.ends_at is null or d.ends_at > statement_timestamp())
    and not exists (select from app.exclusions e where e.school_id = d.school_id and e.person_id = d.person_id and e.pupil_id = about_pupil
      and e.starts_at <= statement_timestamp() and (e.ends_at is null or e.ends_at > statement_timestamp()))${leftOut && `\n    ${leftOut}`}
    and ((select sec.has_role('homeroom_teacher', 'grade_head', 'counsellor', 'lead_counsellor', 'school_leader')) or (select sec.on_duty('red')))
  group by s.name, d.phone order by min(d.position), s.name limit 10 $$;
`;
}
