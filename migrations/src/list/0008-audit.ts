import type { Migration } from '../migration.ts';

/**
 * One hash chain a school: who did, read, or was refused what. The rows are written by one function as the last statement of a
 * transaction, through a role of its own; not even the owner of the tables has a policy on them.
 *
 * A row's MAC is made with a key outside the database, over the hash before it: whoever may write rows as a superuser can continue the
 * hashes, and still cannot make a row that verifies.
 */
export const audit: Migration = {
  name: '0008-audit',
  up: `
grant usage on schema app, sec to shaodian_audit_writer;
grant execute on function sec.context(), sec.school(), sec.uid(), sec.mark() to shaodian_audit_writer;

create function sec.is_system() returns boolean language sql stable parallel restricted security definer set search_path = ''
as $$ select coalesce((sec.context())[2] = 'system', false) $$;
comment on function sec.is_system() is 'Whether the API itself asks, for a school and for nobody in it: checkpoints, refused sign-ins';

create table app.audit_heads (
  school_id int not null references app.schools (id),
  seq bigint not null check (seq >= 0),
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  primary key (school_id)
);
comment on table app.audit_heads is 'Where the chain of a school ends; locked for the last moment of each recorded transaction';

create table app.audit_entries (
  school_id int not null references app.schools (id),
  seq bigint not null check (seq > 0),
  at timestamptz not null,
  person_id uuid,
  mark text check (mark ~ '^[A-Za-z0-9_-]{20,64}$'),
  action text not null check (action ~ '^[a-z][a-z0-9.-]{2,63}$'),
  kind text not null check (kind in ('read', 'act', 'denial')),
  area text not null check (area in ('session', 'system', 'wellbeing')),
  code text not null default '' check (code ~ '^[a-z0-9.-]{0,64}$'),
  why text not null default '' check (why ~ '^[a-z0-9_:-]{0,80}$'),
  purpose text not null default '' check (purpose ~ '^[a-z_]{0,40}$'),
  resource text not null default '' check (resource ~ '^[A-Za-z0-9 _:/{}.*-]{0,120}$'),
  subjects text[] not null default '{}',
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  mac text not null check (mac ~ '^[0-9a-f]{64}$'),
  primary key (school_id, seq),
  check (person_id is null or mark is null)
);
create index audit_entries_person on app.audit_entries (school_id, person_id, seq);
create index audit_entries_mark on app.audit_entries (school_id, mark, seq);
create index audit_entries_kind on app.audit_entries (school_id, kind, seq);
create index audit_entries_area on app.audit_entries (school_id, area, seq);
comment on table app.audit_entries is 'P2: the chain. No content; pupils as pseudonyms; hash = SHA-256(hash before | entry | mac), mac = HMAC(school key outside the database, hash before | entry)';
comment on column app.audit_entries.at is 'Security time, always real';
comment on column app.audit_entries.mark is 'A pupil who acted, as their reporter mark: the chain must not give away who reported';
comment on column app.audit_entries.why is 'The reason for which they might: role and scope, holder, duty';
comment on column app.audit_entries.subjects is 'Pseudonyms of the pupils concerned: HMAC(school key outside the database, pupil)';

create table app.audit_subjects (
  school_id int not null,
  subject text not null,
  seq bigint not null,
  primary key (school_id, subject, seq),
  foreign key (school_id, seq) references app.audit_entries (school_id, seq)
);
create index audit_subjects_entry on app.audit_subjects (school_id, seq);
comment on table app.audit_subjects is 'Index of subjects, for the question who opened a pupil''s pages; read by functions of schema sec and by the verifier';

create table app.audit_checkpoints (
  school_id int not null references app.schools (id),
  seq bigint not null,
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  at timestamptz not null,
  key_id text not null check (key_id ~ '^[A-Za-z0-9_-]{8,64}$'),
  signature text not null check (signature ~ '^[A-Za-z0-9_-]{86}$'),
  filed boolean not null default false,
  witnessed boolean not null default false,
  primary key (school_id, seq)
);
comment on table app.audit_checkpoints is 'Signed (Ed25519) ends of the chain, also kept in a file and with a witness outside';

alter table app.audit_heads enable row level security;
alter table app.audit_heads force row level security;
alter table app.audit_entries enable row level security;
alter table app.audit_entries force row level security;
alter table app.audit_subjects enable row level security;
alter table app.audit_subjects force row level security;
alter table app.audit_checkpoints enable row level security;
alter table app.audit_checkpoints force row level security;

create policy audit_heads_moved on app.audit_heads for all to shaodian_audit_writer using (school_id = (select sec.school()));
create policy audit_heads_seen on app.audit_heads for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.is_system()));
create policy audit_heads_of_officer on app.audit_heads for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('data_protection_officer')));
create policy audit_entries_appended on app.audit_entries for insert to shaodian_audit_writer with check (school_id = (select sec.school()));
create policy audit_entries_read_back on app.audit_entries for select to shaodian_audit_writer using (school_id = (select sec.school()));
create policy audit_subjects_appended on app.audit_subjects for insert to shaodian_audit_writer with check (school_id = (select sec.school()));
create policy audit_subjects_read_back on app.audit_subjects for select to shaodian_audit_writer using (school_id = (select sec.school()));
create policy people_for_audit on app.people for select to shaodian_audit_writer using (school_id = (select sec.school()));

create policy audit_entries_own on app.audit_entries for select to shaodian_app
  using (school_id = (select sec.school()) and person_id = (select sec.uid()));
create policy audit_entries_own_mark on app.audit_entries for select to shaodian_app
  using (school_id = (select sec.school()) and mark = (select sec.mark()));
create policy audit_entries_of_officer on app.audit_entries for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('data_protection_officer')));
create policy audit_entries_of_lead on app.audit_entries for select to shaodian_app
  using (school_id = (select sec.school()) and kind = 'read' and (select sec.has_role('lead_counsellor')));
create policy audit_entries_of_administrator on app.audit_entries for select to shaodian_app
  using (school_id = (select sec.school()) and area = 'system' and (select sec.has_role('administrator')));

create policy audit_entries_verified on app.audit_entries for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.is_system()));
create policy audit_subjects_verified on app.audit_subjects for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.is_system()));

create policy audit_checkpoints_of_officer on app.audit_checkpoints for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('data_protection_officer')));
create policy audit_checkpoints_system on app.audit_checkpoints for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.is_system()));
create policy audit_checkpoints_signed on app.audit_checkpoints for insert to shaodian_app
  with check (school_id = (select sec.school()) and (select sec.is_system()));
create policy audit_checkpoints_delivered on app.audit_checkpoints for update to shaodian_app
  using (school_id = (select sec.school()) and (select sec.is_system()));

grant select on app.audit_heads, app.audit_entries, app.audit_subjects to shaodian_app;
grant select, insert on app.audit_checkpoints to shaodian_app;
grant update (filed, witnessed) on app.audit_checkpoints to shaodian_app;
grant select, insert, update on app.audit_heads to shaodian_audit_writer;
grant select, insert on app.audit_entries, app.audit_subjects to shaodian_audit_writer;
grant select on app.people to shaodian_audit_writer;

create function sec.audit_begin() returns table (seq bigint, hash text, at_us bigint, person text, mark text)
language plpgsql volatile security definer set search_path = '' as $$
declare
  head app.audit_heads;
  in_school constant int := sec.school();
  is_pupil constant boolean := exists (select from app.people p where p.school_id = in_school and p.id = sec.uid() and p.kind = 'pupil');
begin
  if in_school is null then
    raise exception 'nobody asks' using errcode = '28000';
  end if;
  select * into head from app.audit_heads h where h.school_id = in_school for update;
  if not found then
    insert into app.audit_heads (school_id, seq, hash)
      values (in_school, 0, encode(sha256(convert_to('shaodian audit ' || in_school, 'UTF8')), 'hex')) on conflict do nothing;
    select * into head from app.audit_heads h where h.school_id = in_school for update;
  end if;
  return query select head.seq, head.hash, (extract(epoch from clock_timestamp()) * 1000000)::bigint,
    case when is_pupil then '' else coalesce(sec.uid()::text, '') end, case when is_pupil then sec.mark() else '' end;
end $$;
comment on function sec.audit_begin() is 'Locks the head of the school''s chain until the transaction ends, and says what the next entry follows and who acts';

create function sec.audit_append(entries jsonb, expected_hash text) returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  in_school constant int := sec.school();
  one jsonb;
  head app.audit_heads;
  next_hash text;
  stamp timestamptz;
  is_pupil constant boolean := exists (select from app.people p where p.school_id = in_school and p.id = sec.uid() and p.kind = 'pupil');
  who uuid := case when is_pupil then null else sec.uid() end;
  who_mark text := case when is_pupil then sec.mark() end;
  named text[];
begin
  select * into head from app.audit_heads h where h.school_id = in_school for update;
  for one in select jsonb_array_elements(entries -> 'list') loop
    named := array(select jsonb_array_elements_text(one -> 'subjects'));
    stamp := timestamptz 'epoch' + (one ->> 'atUs')::bigint * interval '1 microsecond';
    next_hash := encode(sha256(convert_to(concat_ws(chr(31), head.hash, 'v1', in_school, head.seq + 1, one ->> 'atUs', coalesce(who::text, ''), coalesce(who_mark, ''),
      one ->> 'action', one ->> 'kind', one ->> 'area', one ->> 'code', one ->> 'why', one ->> 'purpose', one ->> 'resource',
      array_to_string(named, ','), one ->> 'mac'), 'UTF8')), 'hex');
    insert into app.audit_entries (school_id, seq, at, person_id, mark, action, kind, area, code, why, purpose, resource, subjects, hash, mac)
      values (in_school, head.seq + 1, stamp, who, who_mark, one ->> 'action', one ->> 'kind', one ->> 'area', one ->> 'code', one ->> 'why',
        one ->> 'purpose', one ->> 'resource', named, next_hash, one ->> 'mac');
    insert into app.audit_subjects (school_id, subject, seq) select distinct in_school, s, head.seq + 1 from unnest(named) s;
    head.seq := head.seq + 1;
    head.hash := next_hash;
  end loop;
  if head.hash <> expected_hash then
    raise exception 'audit refused: another chain' using errcode = '28000';
  end if;
  update app.audit_heads h set seq = head.seq, hash = head.hash where h.school_id = in_school;
end $$;
comment on function sec.audit_append(jsonb, text) is 'Writes the entries of this transaction; the hashes are made here, the MACs outside. Refused unless both sides see the same chain';

create function sec.audit_of_subject(pseudonym text, before bigint, most int)
returns table (seq bigint, at timestamptz, person_id uuid, action text, why text, purpose text)
language sql stable security definer set search_path = '' as $$
  select e.seq, e.at, e.person_id, e.action, e.why, e.purpose
  from app.audit_subjects s join app.audit_entries e on e.school_id = s.school_id and e.seq = s.seq
  where s.school_id = (select sec.school()) and s.subject = pseudonym and e.kind = 'read' and s.seq < before
    and (select sec.has_role('lead_counsellor'))
  order by s.seq desc limit least(most, 200) $$;
comment on function sec.audit_of_subject(text, bigint, int) is 'Who opened this pupil''s pages, newest first; for the lead counsellor';

create function sec.audit_counts(since timestamptz) returns table (kind text, area text, n bigint)
language sql stable security definer set search_path = '' as $$
  select e.kind, e.area, count(*) from app.audit_entries e
  where e.school_id = (select sec.school()) and e.at >= since
    and (select sec.has_role('school_leader', 'data_protection_officer'))
  group by e.kind, e.area $$;
comment on function sec.audit_counts(timestamptz) is 'How much was read, done and refused; figures only';

create function sec.list_school_ids() returns table (id int, code text)
language sql stable security definer set search_path = '' as $$ select s.id, s.code from app.schools s order by s.id $$;
comment on function sec.list_school_ids() is 'The schools whose chains are to be signed and verified';

grant execute on function sec.has_role(text[]) to shaodian_audit_writer;
revoke all on all functions in schema sec from public;
grant execute on function sec.list_school_ids() to shaodian_app;
grant execute on function sec.is_system() to shaodian_app, shaodian_worker;
grant execute on function sec.audit_begin(), sec.audit_append(jsonb, text), sec.audit_of_subject(text, bigint, int), sec.audit_counts(timestamptz) to shaodian_app;
grant create on schema sec to shaodian_audit_writer;
alter function sec.audit_begin() owner to shaodian_audit_writer;
alter function sec.audit_append(jsonb, text) owner to shaodian_audit_writer;
alter function sec.audit_of_subject(text, bigint, int) owner to shaodian_audit_writer;
alter function sec.audit_counts(timestamptz) owner to shaodian_audit_writer;
revoke create on schema sec from shaodian_audit_writer;
`,
  down: `
set local role shaodian_audit_writer;
drop function sec.audit_counts(timestamptz);
drop function sec.audit_of_subject(text, bigint, int);
drop function sec.audit_append(jsonb, text);
drop function sec.audit_begin();
set local role shaodian_owner;
drop policy people_for_audit on app.people;
drop table app.audit_checkpoints;
drop table app.audit_subjects;
drop table app.audit_entries;
drop table app.audit_heads;
drop function sec.list_school_ids();
drop function sec.is_system();
revoke all on app.people from shaodian_audit_writer;
revoke execute on function sec.context(), sec.school(), sec.uid(), sec.mark(), sec.has_role(text[]) from shaodian_audit_writer;
revoke usage on schema app, sec from shaodian_audit_writer;
`,
};
