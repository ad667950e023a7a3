import type { Migration } from '../migration.ts';

/** An alert is held by somebody who can sign in: staff without an account read it as little as those whose account is disabled. */
export const whoAnswers: Migration = {
  name: '0024-who-answers',
  up: `
create function sec.unable_to_sign_in() returns uuid[]
language sql stable parallel restricted security definer set search_path = '' as $$
  select coalesce(array_agg(s.id), '{}') from app.staff s
  where s.school_id = (select sec.school()) and (select sec.evaluated_pupil()) is not null
    and not exists (select from app.accounts a where a.school_id = s.school_id and a.person_id = s.id and a.disabled_at is null) $$;
comment on function sec.unable_to_sign_in() is 'Staff whose account is disabled, or who have none; for the rules, when they look for who holds an alert, and empty for everybody else';
drop function sec.disabled_people();

create function sec.roles_held() returns text[]
language sql stable parallel restricted security definer set search_path = '' as $$
  select coalesce(array_agg(distinct g.role), '{}') from app.grants g
  where g.school_id = (select sec.school()) and g.scope = 'school' and (select sec.has_role('administrator', 'school_leader'))
    and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp())
    and exists (select from app.accounts a where a.school_id = g.school_id and a.person_id = g.person_id and a.disabled_at is null) $$;
comment on function sec.roles_held() is 'Roles that somebody who can sign in holds now for the whole school; for those who take roles away';

create function sec.pupils_of_holder(holder uuid) returns table (pupil_id uuid, class_id int, grade_id int)
language sql stable security definer set search_path = '' as $$
  select distinct a.pupil_id, a.class_id, a.grade_id from app.alerts a
  where a.school_id = (select sec.school()) and (a.holder_id = holder or a.acknowledged_by = holder) and a.status <> 'closed'
    and (select sec.has_role('administrator', 'school_leader', 'lead_counsellor')) order by a.pupil_id $$;
comment on function sec.pupils_of_holder(uuid) is 'Pupils with an open alert that this person holds or has answered; for those who take roles and accounts away, so that the alerts are handed over';

create function sec.just_relieved() returns uuid[]
language sql stable parallel restricted security definer set search_path = '' as $$
  select coalesce(array_agg(distinct g.person_id), '{}') from app.grants g
  where g.school_id = (select sec.school()) and g.ended_by = (select sec.uid()) and g.ends_at >= transaction_timestamp()
    and (select sec.has_role('administrator', 'school_leader', 'lead_counsellor')) $$;
comment on function sec.just_relieved() is 'Whose roles the one who asks has ended in this transaction, also where an approved role replaced theirs';
revoke all on all functions in schema sec from public;
grant execute on function sec.unable_to_sign_in(), sec.roles_held(), sec.pupils_of_holder(uuid), sec.just_relieved() to shaodian_app;
`,
  down: `
create function sec.disabled_people() returns uuid[]
language sql stable parallel restricted security definer set search_path = '' as $$
  select coalesce(array_agg(a.person_id), '{}') from app.accounts a
  where a.school_id = (select sec.school()) and a.disabled_at is not null and (select sec.evaluated_pupil()) is not null $$;
comment on function sec.disabled_people() is 'People whose account is disabled; for the rules, when they look for who holds an alert, and empty for everybody else';
revoke all on all functions in schema sec from public;
grant execute on function sec.disabled_people() to shaodian_app;
drop function sec.unable_to_sign_in();
drop function sec.roles_held();
drop function sec.pupils_of_holder(uuid);
drop function sec.just_relieved();
`,
};
