import { allow, forbid } from '../allowed-values.ts';
import type { Migration } from '../migration.ts';

const mayAct = `alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()) and a.status <> 'closed'
    and (a.holder_id = (select sec.uid()) or a.class_id = any ((select sec.classes_as('counsellor', 'lead_counsellor'))::int[])
      or (a.colour = 'red' and not a.counsellor_only and (select sec.on_duty('red'))))))`;

/**
 * Closing and lowering an alert, and clearing its guardian lock: proposed by one person with a written reason and what would make us raise it again;
 * where two people are needed, it takes effect when another one agrees. The database itself refuses the rest: the program may raise, never lower.
 */
export const alertProposals: Migration = {
  name: '0039-alert-proposals',
  up: `
create table app.alert_proposals (
  school_id int not null,
  id uuid not null,
  alert_id uuid not null,
  pupil_id uuid not null,
  act text not null check (act in ('close', 'lower', 'clear_guardian')),
  colour_was text not null check (colour_was in ('blue', 'yellow', 'orange', 'red')),
  colour text check (colour in ('blue', 'yellow', 'orange')),
  outcome text check (outcome in ('supported', 'not_confirmed', 'referred', 'moved_to_case', 'mistake')),
  words bytea,
  proposed_by uuid not null,
  proposed_at timestamptz not null,
  state text not null check (state in ('open', 'agreed', 'declined', 'withdrawn', 'lapsed')),
  decided_by uuid,
  decided_at timestamptz,
  agreed_in timestamptz,
  primary key (school_id, id),
  check ((act = 'lower') = (colour is not null)),
  check ((act = 'close') = (outcome is not null)),
  check ((state = 'open') = (decided_at is null)),
  check ((state = 'agreed') = (agreed_in is not null)),
  constraint alert_proposals_two_people check (state <> 'agreed' or (act <> 'clear_guardian' and colour_was in ('blue', 'yellow'))
    or (decided_by is not null and decided_by <> proposed_by)),
  foreign key (school_id, alert_id, pupil_id) references app.alerts (school_id, id, pupil_id),
  foreign key (school_id, proposed_by) references app.people (school_id, id),
  foreign key (school_id, decided_by) references app.people (school_id, id)
);
create unique index alert_proposals_one_open on app.alert_proposals (school_id, alert_id) where state = 'open';
create index alert_proposals_alert on app.alert_proposals (school_id, alert_id, pupil_id);
create index alert_proposals_pupil on app.alert_proposals (school_id, pupil_id);
create index alert_proposals_proposed_by on app.alert_proposals (school_id, proposed_by);
create index alert_proposals_decided_by on app.alert_proposals (school_id, decided_by);
comment on table app.alert_proposals is 'P3: to close or lower an alert or to clear its guardian lock, by whom, and what the second person said';
comment on column app.alert_proposals.words is 'Sealed with the key of the pupil: the reason, and what would make us raise it again';
comment on column app.alert_proposals.agreed_in is 'Real time of the transaction that carried it out: only that one may lower the alert';
alter table app.alert_proposals enable row level security;
alter table app.alert_proposals force row level security;
create policy alert_proposals_listed on app.alert_proposals for select to shaodian_app using (school_id = (select sec.school())
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()))));
create policy alert_proposals_made on app.alert_proposals for insert to shaodian_app with check (school_id = (select sec.school())
  and proposed_by = (select sec.uid()) and decided_by is null and state = any (array['open', 'agreed']) and ${mayAct});
create policy alert_proposals_decided on app.alert_proposals for update to shaodian_app using (school_id = (select sec.school())
  and alert_id = any (array(select a.id from app.alerts a where a.school_id = (select sec.school()) and a.status <> 'closed'
    and (a.holder_id = (select sec.uid()) or a.class_id = any ((select sec.classes_as('counsellor', 'lead_counsellor'))::int[])
      or (a.leader_listed and not a.counsellor_only and (select sec.has_role('school_leader')))
      or (a.colour = 'red' and not a.counsellor_only and (select sec.on_duty('red')))))))
  with check (school_id = (select sec.school()) and decided_by = (select sec.uid()));
create policy alert_proposals_lapsed on app.alert_proposals for update to shaodian_app using (school_id = (select sec.school())
  and pupil_id = (select sec.evaluated_pupil())) with check (school_id = (select sec.school()) and state = 'lapsed');
create policy alert_proposals_exchanged on app.alert_proposals for all to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_system()));
create policy alert_proposals_of_delivery on app.alert_proposals for select to shaodian_worker using (school_id = (select sec.school()) and (select sec.is_delivery()));
grant select, insert on app.alert_proposals to shaodian_app;
grant update (state, decided_by, decided_at, agreed_in) on app.alert_proposals to shaodian_app;
grant select (school_id, id, alert_id, pupil_id, act, words, proposed_by, state), update (words) on app.alert_proposals to shaodian_worker;

alter table app.alerts add column closed_at timestamptz, add column closed_by uuid, add column outcome text
  check (outcome in ('supported', 'not_confirmed', 'referred', 'moved_to_case', 'mistake'));
alter table app.alerts add foreign key (school_id, closed_by) references app.people (school_id, id);
create index alerts_closed_by on app.alerts (school_id, closed_by);
grant update (closed_at, closed_by, outcome) on app.alerts to shaodian_app;

create function sec.refuse_lone_lowering() returns trigger language plpgsql set search_path = '' as $$
declare ranks constant text[] := array['blue', 'yellow', 'orange', 'red'];
begin
  if current_user = 'shaodian_app' and ((new.status = 'closed' and old.status <> 'closed')
      or (old.guardian_locked and not new.guardian_locked)
      or pg_catalog.array_position(ranks, new.colour) < pg_catalog.array_position(ranks, old.colour))
    and not exists (select from app.alert_proposals p where p.school_id = new.school_id and p.alert_id = new.id and p.state = 'agreed'
      and p.agreed_in = pg_catalog.now()
      and p.act = case when new.status = 'closed' and old.status <> 'closed' then 'close' when old.guardian_locked and not new.guardian_locked then 'clear_guardian' else 'lower' end
      and (p.act <> 'lower' or p.colour = new.colour) and (p.act = 'lower' or new.colour = old.colour)
      and (p.act = 'close' or new.status = old.status) and (p.act = 'clear_guardian' or new.guardian_locked = old.guardian_locked)
      -- By the colour that it has, whatever the proposal says it had: a second person, who does not hold it.
      and (case when p.act = 'clear_guardian' then p.decided_by is not null
        when old.colour = any (array['orange', 'red']) then p.decided_by is not null and p.decided_by is distinct from old.holder_id
        else true end)) then
    raise exception 'an alert is closed, lowered or unlocked by what people agreed on alone' using errcode = 'check_violation';
  end if;
  return new;
end $$;
comment on function sec.refuse_lone_lowering() is 'The program may raise an alert; lowering, closing and unlocking need a proposal agreed on in the same transaction';
create trigger alerts_lowered before update on app.alerts for each row execute function sec.refuse_lone_lowering();

alter table app.notices alter column alert_id set expression as (case when starts_with(kind, 'alert_') then subject_id end);
${allow('notices', 'notices_kind_check', 'alert_to_decide')}
${allow('outbox', 'outbox_topic_check', 'alert.proposed')}
create policy outbox_proposal_told on app.outbox for insert to shaodian_app with check (school_id = (select sec.school())
  and topic = 'alert.proposed' and subject_id = any (array(select p.alert_id from app.alert_proposals p where p.school_id = (select sec.school())
    and p.proposed_by = (select sec.uid()) and p.state = 'open')));
revoke all on all functions in schema sec from public;
`,
  down: `
drop policy outbox_proposal_told on app.outbox;
alter table app.notices no force row level security;
delete from app.notices where kind = 'alert_to_decide';
alter table app.notices force row level security;
alter table app.outbox no force row level security;
delete from app.outbox where topic = 'alert.proposed';
alter table app.outbox force row level security;
${forbid('outbox', 'outbox_topic_check', 'alert.proposed')}
${forbid('notices', 'notices_kind_check', 'alert_to_decide')}
alter table app.notices alter column alert_id set expression as (case when kind = any (array['alert_to_acknowledge', 'alert_to_review', 'alert_to_know', 'alert_step_overdue']) then subject_id end);
drop trigger alerts_lowered on app.alerts;
drop function sec.refuse_lone_lowering();
revoke update (closed_at, closed_by, outcome) on app.alerts from shaodian_app;
alter table app.alerts drop column closed_at, drop column closed_by, drop column outcome;
drop table app.alert_proposals;
`,
};
