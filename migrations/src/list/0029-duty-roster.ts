import type { Migration } from '../migration.ts';

/**
 * What the editor of the duty roster needs: slots that can be put in another order and taken over by somebody else, and absences.
 * Who is absent is given no alert and nobody is sent to their telephone; what they may see stays as it was.
 */
export const dutyRoster: Migration = {
  name: '0029-duty-roster',
  up: `
alter table app.duty_slots add column covers uuid, add column version int not null default 1;
comment on column app.duty_slots.covers is 'The slot of somebody else that this one takes over, for its time';
alter table app.duty_slots add foreign key (school_id, covers) references app.duty_slots (school_id, id);
create index duty_slots_covers on app.duty_slots (school_id, covers);
grant update (position, version) on app.duty_slots to shaodian_app;

create table app.absences (
  school_id int not null references app.schools (id),
  id uuid not null,
  person_id uuid not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at >= starts_at),
  relieved_at timestamptz,
  primary key (school_id, id),
  foreign key (school_id, person_id) references app.people (school_id, id)
);
create index absences_person on app.absences (school_id, person_id, ends_at);
create index absences_end on app.absences (school_id, ends_at);
comment on table app.absences is 'When somebody cannot be on duty. Why is not kept';
comment on column app.absences.relieved_at is 'When the alerts they held went to the next holder';
alter table app.absences enable row level security;
alter table app.absences force row level security;
create policy absences_own on app.absences for select to shaodian_app
  using (school_id = (select sec.school()) and person_id = (select sec.uid()));
create policy absences_read on app.absences for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('grade_head', 'counsellor', 'lead_counsellor', 'school_leader', 'administrator', 'data_protection_officer')));
create policy absences_recorded on app.absences for insert to shaodian_app
  with check (school_id = (select sec.school()) and (select sec.has_role('lead_counsellor', 'school_leader')));
create policy absences_own_recorded on app.absences for insert to shaodian_app
  with check (school_id = (select sec.school()) and person_id = (select sec.uid()) and (select sec.has_role('counsellor')));
create policy absences_changed on app.absences for update to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('lead_counsellor', 'school_leader', 'administrator')));
create policy absences_own_changed on app.absences for update to shaodian_app
  using (school_id = (select sec.school()) and person_id = (select sec.uid()) and (select sec.has_role('counsellor')));
create policy absences_of_system on app.absences for select to shaodian_app using (school_id = (select sec.school()) and (select sec.is_system()));
create policy absences_relieved on app.absences for update to shaodian_app using (school_id = (select sec.school()) and (select sec.is_system()));
create policy absences_for_lookup on app.absences for select to shaodian_owner using (true);
grant select, insert, update (ends_at, relieved_at) on app.absences to shaodian_app;

create function sec.absent_people(at timestamptz) returns uuid[]
language sql stable parallel restricted security definer set search_path = '' as $$
  select coalesce(array_agg(distinct b.person_id), '{}') from app.absences b
  where b.school_id = (select sec.school()) and b.starts_at <= at and b.ends_at > at
    and ((select sec.evaluated_pupil()) is not null or (select sec.is_delivery())) $$;
comment on function sec.absent_people(timestamptz) is 'Who is absent at an instant of domain time; for the rules and the worker, when they look for who holds an alert, and empty for everybody else';
${pupilsOfHolder(`((select sec.has_role('administrator', 'school_leader', 'lead_counsellor')) or (select sec.is_system()))`)}
${dutyPhones(`
    and not exists (select from app.absences b where b.school_id = d.school_id and b.person_id = d.person_id
      and b.starts_at <= statement_timestamp() and b.ends_at > statement_timestamp())`)}
revoke all on all functions in schema sec from public;
grant execute on function sec.absent_people(timestamptz) to shaodian_app, shaodian_worker;
`,
  down: `
${dutyPhones('')}
${pupilsOfHolder(`(select sec.has_role('administrator', 'school_leader', 'lead_counsellor'))`)}
drop function sec.absent_people(timestamptz);
drop table app.absences;
revoke update (position, version) on app.duty_slots from shaodian_app;
alter table app.duty_slots drop column covers, drop column version;
`,
};

/** As before, but for who may ask. */
function pupilsOfHolder(asking: string): string {
  return `
create or replace function sec.pupils_of_holder(holder uuid) returns table (pupil_id uuid, class_id int, grade_id int)
language sql stable security definer set search_path = '' as $$
  select distinct a.pupil_id, a.class_id, a.grade_id from app.alerts a
  where a.school_id = (select sec.school()) and (a.holder_id = holder or a.acknowledged_by = holder) and a.status <> 'closed'
    and ${asking} order by a.pupil_id $$;
`;
}

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
      and e.starts_at <= statement_timestamp() and (e.ends_at is null or e.ends_at > statement_timestamp()))
    and not exists (select from app.accounts a where a.school_id = d.school_id and a.person_id = d.person_id and a.disabled_at is not null)${leftOut}
    and ((select sec.has_role('homeroom_teacher', 'grade_head', 'counsellor', 'lead_counsellor', 'school_leader')) or (select sec.on_duty('red')))
  group by s.name, d.phone order by min(d.position), s.name limit 10 $$;
`;
}
