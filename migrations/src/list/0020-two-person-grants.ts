import type { Migration } from '../migration.ts';

/**
 * A role takes two people: one proposes, another approves, and neither is the one who gets it.
 *
 * The app role can write no grant and no committee seat at all. It writes a proposal, and decides about one; the grant follows from the
 * approval in a trigger. A grant can be ended by one person, and nobody can bring it back: the app role cannot write its end.
 */
export const twoPersonGrants: Migration = {
  name: '0020-two-person-grants',
  up: `
alter table app.people add constraint people_kind_key unique (school_id, id, kind);

create table app.grant_proposals (
  school_id int not null references app.schools (id),
  id uuid not null,
  batch_id uuid not null,
  person_id uuid not null,
  person_kind text not null generated always as (case when role = 'committee_member' then 'pupil' else 'staff' end) stored,
  role text not null check (role in ('committee_member', 'homeroom_teacher', 'mentor', 'mentor_lead', 'grade_head', 'counsellor',
    'lead_counsellor', 'school_leader', 'data_protection_officer', 'expert', 'administrator')),
  scope text not null check (scope in ('school', 'grade', 'class')),
  grade_id int,
  class_id int,
  seat text check (seat in ('A', 'B')),
  seat_from date,
  starts_at timestamptz not null default date_trunc('milliseconds', statement_timestamp()),
  ends_at timestamptz,
  replaces boolean not null default false,
  reason text not null check (reason in ('new_account', 'roster_import', 'change_of_duty', 'substitute', 'new_term', 'demo')),
  proposed_by uuid not null,
  proposed_at timestamptz not null default date_trunc('milliseconds', statement_timestamp()),
  decision text check (decision in ('approved', 'refused')),
  decided_by uuid,
  decided_at timestamptz,
  primary key (school_id, id),
  unique (school_id, id, person_id),
  constraint grant_proposals_scope check ((scope = 'grade') = (grade_id is not null) and (scope = 'class') = (class_id is not null)
    and (scope = 'class') = (role in ('committee_member', 'homeroom_teacher')) and (scope = 'grade') = (role = 'grade_head')),
  constraint grant_proposals_seat check ((seat is not null) = (role = 'committee_member') and (seat_from is null) = (seat is null)),
  constraint grant_proposals_time check (ends_at > starts_at and (role <> 'expert' or ends_at is not null)),
  constraint grant_proposals_decision check ((decided_by is null) = (decision is null) and (decided_at is null) = (decision is null)),
  constraint grant_proposals_two_people check (proposed_by <> person_id and decided_by <> person_id and decided_by <> proposed_by),
  foreign key (school_id, person_id, person_kind) references app.people (school_id, id, kind),
  foreign key (school_id, proposed_by) references app.people (school_id, id),
  foreign key (school_id, decided_by) references app.people (school_id, id),
  foreign key (school_id, grade_id) references app.grades (school_id, id),
  foreign key (school_id, class_id) references app.classes (school_id, id)
);
create index grant_proposals_person on app.grant_proposals (school_id, person_id, person_kind);
create index grant_proposals_proposed_by on app.grant_proposals (school_id, proposed_by);
create index grant_proposals_decided_by on app.grant_proposals (school_id, decided_by);
create index grant_proposals_grade on app.grant_proposals (school_id, grade_id);
create index grant_proposals_class on app.grant_proposals (school_id, class_id);
create index grant_proposals_batch on app.grant_proposals (school_id, batch_id);
create index grant_proposals_at on app.grant_proposals (school_id, proposed_at desc, id);
create unique index grant_proposals_one_waiting on app.grant_proposals (school_id, person_id, role, grade_id, class_id) nulls not distinct where decision is null;
comment on table app.grant_proposals is 'P1: a role that one person proposed for another and a third approves; until then it gives nothing';
comment on column app.grant_proposals.batch_id is 'What was proposed in one act; told and shown together';
comment on column app.grant_proposals.seat_from is 'Domain date from which a committee seat counts';
comment on column app.grant_proposals.starts_at is 'Security time; the grant never begins before it is approved';
comment on column app.grant_proposals.replaces is 'On approval whoever else is homeroom teacher of the class ends';
comment on column app.grant_proposals.proposed_at is 'Security time, always real';
comment on column app.grant_proposals.decided_at is 'Security time, written by a trigger';

alter table app.grants add column proposal_id uuid;
alter table app.grants add column ended_by uuid;
alter table app.grants add column end_reason text check (end_reason in ('left', 'change_of_duty', 'mistake', 'misuse', 'replaced'));
alter table app.grants add column origin text not null generated always as (case when proposal_id is not null then 'two_people'
  when reason = 'first set-up' then 'founding' when reason in ('account', 'roster import') then 'before_two_people' else 'by_hand' end) stored;
alter table app.grants add constraint grants_one_a_proposal unique (school_id, proposal_id);
alter table app.grants add constraint grants_end_whole check ((ended_by is null) = (end_reason is null));
alter table app.grants add constraint grants_two_people check (proposal_id is null or (granted_by is not null and approved_by is not null
  and granted_by <> approved_by and granted_by <> person_id and approved_by <> person_id));
alter table app.grants add foreign key (school_id, proposal_id, person_id) references app.grant_proposals (school_id, id, person_id);
comment on column app.grants.proposal_id is 'What two people agreed on; null for the founding people and for what was granted before it took two, or by hand in the database';
comment on column app.grants.origin is 'How it came to be: two_people, founding (first set-up), before_two_people (an administrator alone), by_hand (by whoever runs the database)';
comment on column app.grants.ended_by is 'Who took it away before its time';

alter table app.grant_proposals enable row level security;
alter table app.grant_proposals force row level security;

create function sec.approving_leaders() returns uuid[]
language sql stable parallel restricted security definer set search_path = '' as $$
  select coalesce(array_agg(distinct g.person_id), '{}') from app.grants g
  join app.accounts a on a.school_id = g.school_id and a.person_id = g.person_id and a.disabled_at is null
  where g.school_id = (select sec.school()) and g.role = 'school_leader'
    and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp()) $$;
comment on function sec.approving_leaders() is 'The school leaders who can sign in now: where none of them may decide about a proposal, the lead counsellor stands in';

create policy grant_proposals_own on app.grant_proposals for select to shaodian_app
  using (school_id = (select sec.school()) and person_id = (select sec.uid()));
create policy grant_proposals_read on app.grant_proposals for select to shaodian_app using (school_id = (select sec.school())
  and (select sec.has_role('administrator', 'school_leader', 'lead_counsellor', 'data_protection_officer')));
create policy grant_proposals_of_class on app.grant_proposals for select to shaodian_app using (school_id = (select sec.school())
  and seat is not null and class_id = any ((select sec.classes_as('homeroom_teacher'))::int[]));
create policy grant_proposals_of_delivery on app.grant_proposals for select to shaodian_worker using (school_id = (select sec.school()));

create policy grant_proposals_by_administrator on app.grant_proposals for insert to shaodian_app with check (school_id = (select sec.school())
  and proposed_by = (select sec.uid()) and person_id <> (select sec.uid()) and (select sec.has_role('administrator')));
create policy grant_proposals_seat_by_teacher on app.grant_proposals for insert to shaodian_app with check (school_id = (select sec.school())
  and proposed_by = (select sec.uid()) and person_id <> (select sec.uid()) and seat is not null
  and class_id = any ((select sec.classes_as('homeroom_teacher'))::int[]));
create policy grant_proposals_expert_by_lead on app.grant_proposals for insert to shaodian_app with check (school_id = (select sec.school())
  and proposed_by = (select sec.uid()) and person_id <> (select sec.uid()) and role = 'expert' and (select sec.has_role('lead_counsellor')));

create policy grant_proposals_decided on app.grant_proposals for update to shaodian_app
  using (school_id = (select sec.school()) and seat is null and (select sec.has_role('school_leader')))
  with check (school_id = (select sec.school()) and seat is null and (select sec.has_role('school_leader')));
create policy grant_proposals_seat_decided on app.grant_proposals for update to shaodian_app
  using (school_id = (select sec.school()) and seat is not null and (select sec.has_role('lead_counsellor')))
  with check (school_id = (select sec.school()) and seat is not null and (select sec.has_role('lead_counsellor')));
create policy grant_proposals_decided_instead on app.grant_proposals for update to shaodian_app
  using (school_id = (select sec.school()) and seat is null and (select sec.has_role('lead_counsellor'))
    and (select sec.approving_leaders())::uuid[] <@ array[proposed_by, person_id])
  with check (school_id = (select sec.school()) and seat is null and (select sec.has_role('lead_counsellor'))
    and (select sec.approving_leaders())::uuid[] <@ array[proposed_by, person_id]);
-- Whoever decides: once, neither the one who proposed nor the one who gets it; and a yes only right after the password was given again for it.
create policy grant_proposals_by_another on app.grant_proposals as restrictive for update to shaodian_app
  using (school_id = (select sec.school()) and decision is null and proposed_by <> (select sec.uid()) and person_id <> (select sec.uid()))
  with check (school_id = (select sec.school()) and decided_by = (select sec.uid())
    and (decision = 'refused' or (select sec.purpose()) = 'approve_grants'));

grant select on app.grant_proposals to shaodian_app;
grant insert (school_id, id, batch_id, person_id, role, scope, grade_id, class_id, seat, seat_from, starts_at, ends_at, replaces, reason, proposed_by)
  on app.grant_proposals to shaodian_app;
grant update (decision, decided_by) on app.grant_proposals to shaodian_app;
grant select (school_id, batch_id, seat, person_id, proposed_by, decision) on app.grant_proposals to shaodian_worker;

drop policy grants_created on app.grants;
drop policy grants_changed on app.grants;
drop policy committee_seats_created on app.committee_seats;
revoke insert, update on app.grants from shaodian_app;
revoke update (ends_at) on app.grants from shaodian_app;
revoke insert on app.committee_seats from shaodian_app;
grant update (ended_by, end_reason) on app.grants to shaodian_app;
create policy grants_ended on app.grants for update to shaodian_app
  using (school_id = (select sec.school()) and person_id <> (select sec.uid()) and (ends_at is null or ends_at > (select statement_timestamp()))
    and (select sec.has_role('administrator', 'school_leader')))
  with check (school_id = (select sec.school()) and ended_by = (select sec.uid()));
create policy committee_seats_approved on app.committee_seats for insert to shaodian_owner with check (school_id = (select sec.school()));

create function sec.grant_ended() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  new.ends_at := statement_timestamp();
  update app.sessions s set revoked_at = clock_timestamp()
    where s.school_id = new.school_id and s.person_id = new.person_id and s.revoked_at is null;
  if new.role = 'committee_member' then
    update app.committee_seats c set ends_on = greatest(c.starts_on, current_date)
      where c.school_id = new.school_id and c.person_id = new.person_id and c.class_id = new.class_id and c.ends_on is null;
  end if;
  return new;
end $$;
comment on function sec.grant_ended() is 'A grant that somebody ends is over at once, with the sessions of the person and, for a committee member, the seat';
create trigger grants_ended before update on app.grants for each row
  when (old.ended_by is null and new.ended_by is not null) execute function sec.grant_ended();

create function sec.proposal_decided() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  new.decided_at := statement_timestamp();
  return new;
end $$;
comment on function sec.proposal_decided() is 'When a decision was made is for nobody to say';
create trigger grant_proposals_decided before update on app.grant_proposals for each row
  when (old.decision is null and new.decision is not null) execute function sec.proposal_decided();

create function sec.proposal_approved() returns trigger
language plpgsql volatile security definer set search_path = '' as $$
begin
  if new.replaces and new.role = 'homeroom_teacher' then
    update app.grants g set ended_by = new.decided_by, end_reason = 'replaced'
      where g.school_id = new.school_id and g.role = 'homeroom_teacher' and g.class_id = new.class_id and g.person_id <> new.person_id
        and (g.ends_at is null or g.ends_at > statement_timestamp());
  end if;
  insert into app.grants (school_id, id, person_id, role, scope, grade_id, class_id, starts_at, ends_at, granted_by, approved_by, reason, proposal_id)
    values (new.school_id, gen_random_uuid(), new.person_id, new.role, new.scope, new.grade_id, new.class_id,
      greatest(new.starts_at, new.decided_at), new.ends_at, new.proposed_by, new.decided_by, new.reason, new.id);
  if new.seat is not null then
    insert into app.committee_seats (school_id, id, class_id, grade_id, seat, person_id, starts_on)
      select p.school_id, gen_random_uuid(), p.class_id, p.grade_id, new.seat, p.id, new.seat_from
      from app.pupils p where p.school_id = new.school_id and p.id = new.person_id and p.class_id = new.class_id;
    if not found then
      raise exception 'no pupil of this class' using errcode = '23514', constraint = 'grant_proposals_pupil_of_class';
    end if;
  end if;
  return null;
end $$;
comment on function sec.proposal_approved() is 'The only way to a grant and to a committee seat: what one person proposed and another approved';
create trigger grant_proposals_approved after update on app.grant_proposals for each row
  when (old.decision is null and new.decision = 'approved') execute function sec.proposal_approved();

create or replace function sec.set_password(for_account uuid, new_hash text) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  if not exists (select from app.accounts a where a.school_id = sec.school() and a.id = for_account
      and (a.person_id = sec.uid() or (sec.has_role('administrator')
        and not exists (select from app.account_secrets k where k.school_id = a.school_id and k.account_id = a.id)))) then
    raise exception 'password refused' using errcode = '42501';
  end if;
  insert into app.account_secrets (school_id, account_id, password_hash) values (sec.school(), for_account, new_hash)
    on conflict (school_id, account_id) do update set password_hash = excluded.password_hash;
  update app.sessions s set revoked_at = clock_timestamp()
    where s.school_id = sec.school() and s.account_id = for_account and s.revoked_at is null;
end $$;
comment on function sec.set_password(uuid, text) is 'By the account''s owner, or the first one by an administrator: whoever could set it again could approve in another''s name. Ends the sessions of the account';

alter table app.sessions drop constraint sessions_step_up_purpose_check;
alter table app.sessions add constraint sessions_step_up_purpose_check
  check (step_up_purpose in ('urgent_help', 'follow_up', 'verify_report', 'data_request', 'break_glass', 'approve_grants'));

-- One purpose opens one thing.
drop policy reporter_openings_made on app.reporter_openings;
create policy reporter_openings_made on app.reporter_openings for insert to shaodian_app
  with check (school_id = (select sec.school()) and opened_by = (select sec.uid()) and purpose = (select sec.purpose())
    and purpose <> all (array['break_glass', 'approve_grants']) and (select sec.has_role('counsellor', 'lead_counsellor')));

alter table app.outbox drop constraint outbox_topic_check;
alter table app.outbox add constraint outbox_topic_check
  check (topic in ('alert.clock_started', 'alert.needs_review', 'break_glass.opened', 'second_factor.reset', 'grant.proposed', 'grant.decided'));
alter table app.notices drop constraint notices_kind_check;
alter table app.notices add constraint notices_kind_check
  check (kind in ('alert_to_acknowledge', 'alert_to_review', 'alert_to_know', 'break_glass_opened', 'own_factor_reset', 'factor_reset', 'grant_to_decide', 'grant_decided'));
create policy outbox_grant_told on app.outbox for insert to shaodian_app with check (school_id = (select sec.school())
  and topic = any (array['grant.proposed', 'grant.decided'])
  and subject_id = any (array(select p.batch_id from app.grant_proposals p where p.school_id = (select sec.school()))));

revoke all on all functions in schema sec from public;
grant execute on function sec.approving_leaders() to shaodian_app, shaodian_worker;
`,
  down: `
drop policy outbox_grant_told on app.outbox;
alter table app.notices no force row level security;
alter table app.outbox no force row level security;
delete from app.notices where kind in ('grant_to_decide', 'grant_decided');
delete from app.outbox where topic in ('grant.proposed', 'grant.decided');
alter table app.outbox force row level security;
alter table app.notices force row level security;
alter table app.notices drop constraint notices_kind_check;
alter table app.notices add constraint notices_kind_check
  check (kind in ('alert_to_acknowledge', 'alert_to_review', 'alert_to_know', 'break_glass_opened', 'own_factor_reset', 'factor_reset'));
alter table app.outbox drop constraint outbox_topic_check;
alter table app.outbox add constraint outbox_topic_check
  check (topic in ('alert.clock_started', 'alert.needs_review', 'break_glass.opened', 'second_factor.reset'));
alter table app.sessions no force row level security;
update app.sessions set stepped_up_until = null, step_up_purpose = null where step_up_purpose = 'approve_grants';
alter table app.sessions force row level security;
alter table app.sessions drop constraint sessions_step_up_purpose_check;
alter table app.sessions add constraint sessions_step_up_purpose_check
  check (step_up_purpose in ('urgent_help', 'follow_up', 'verify_report', 'data_request', 'break_glass'));
drop policy reporter_openings_made on app.reporter_openings;
create policy reporter_openings_made on app.reporter_openings for insert to shaodian_app
  with check (school_id = (select sec.school()) and opened_by = (select sec.uid()) and purpose = (select sec.purpose())
    and purpose <> 'break_glass' and (select sec.has_role('counsellor', 'lead_counsellor')));
create or replace function sec.set_password(for_account uuid, new_hash text) returns void
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
drop trigger grants_ended on app.grants;
drop function sec.grant_ended();
drop policy committee_seats_approved on app.committee_seats;
drop policy grants_ended on app.grants;
revoke update (ended_by, end_reason) on app.grants from shaodian_app;
grant insert on app.grants, app.committee_seats to shaodian_app;
grant update (ends_at) on app.grants to shaodian_app;
create policy grants_created on app.grants for insert to shaodian_app
  with check (school_id = (select sec.school()) and person_id <> (select sec.uid()) and granted_by = (select sec.uid())
    and (select sec.has_role('administrator')));
create policy grants_changed on app.grants for update to shaodian_app
  using (school_id = (select sec.school()) and person_id <> (select sec.uid()) and (select sec.has_role('administrator')));
create policy committee_seats_created on app.committee_seats for insert to shaodian_app
  with check (school_id = (select sec.school()) and (select sec.has_role('administrator')));
alter table app.grants drop column origin;
alter table app.grants drop column end_reason;
alter table app.grants drop column ended_by;
alter table app.grants drop column proposal_id;
drop table app.grant_proposals;
drop function sec.proposal_approved();
drop function sec.proposal_decided();
drop function sec.approving_leaders();
alter table app.people drop constraint people_kind_key;
`,
};
