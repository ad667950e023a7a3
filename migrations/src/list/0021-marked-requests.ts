import type { Migration } from '../migration.ts';

/**
 * Who sent a request is kept as the mark under which that person reports, no longer as the person: beside the id of what was reported it
 * said who reported it, to whoever has the tables. Marks are made outside the database, so what was stored before cannot be carried over:
 * a request that was answered before and is sent again afterwards is taken for a new one.
 *
 * PostgreSQL keeps samples of columns for its planner, in a catalogue of its own: none of password hashes.
 */
export const markedRequests: Migration = {
  name: '0021-marked-requests',
  up: `
drop table app.idempotency_records;
create table app.idempotency_records (
  school_id int not null references app.schools (id),
  mark text not null,
  key uuid not null,
  route text not null,
  payload_sha256 bytea not null,
  status int not null,
  answer jsonb not null,
  created_at timestamptz not null default statement_timestamp(),
  primary key (school_id, mark, key)
);
comment on table app.idempotency_records is 'The stored answer of a creating request: ids and status, no words';
comment on column app.idempotency_records.mark is 'Who asked, as the mark under which they report: a person beside what they reported would say who did';
alter table app.idempotency_records enable row level security;
alter table app.idempotency_records force row level security;
create policy idempotency_records_own on app.idempotency_records for select to shaodian_app
  using (school_id = (select sec.school()) and mark = (select sec.mark()));
create policy idempotency_records_created on app.idempotency_records for insert to shaodian_app
  with check (school_id = (select sec.school()) and mark = (select sec.mark()));
grant select, insert on app.idempotency_records to shaodian_app;

alter table app.account_secrets alter column password_hash set statistics 0;
`,
  down: `
alter table app.account_secrets alter column password_hash set statistics default;

drop table app.idempotency_records;
create table app.idempotency_records (
  school_id int not null references app.schools (id),
  person_id uuid not null,
  key uuid not null,
  route text not null,
  payload_sha256 bytea not null,
  status int not null,
  answer jsonb not null,
  created_at timestamptz not null default statement_timestamp(),
  primary key (school_id, person_id, key),
  foreign key (school_id, person_id) references app.people (school_id, id)
);
comment on table app.idempotency_records is 'The stored answer of a creating request: ids and status, no words';
alter table app.idempotency_records enable row level security;
alter table app.idempotency_records force row level security;
create policy idempotency_records_own on app.idempotency_records for select to shaodian_app
  using (school_id = (select sec.school()) and person_id = (select sec.uid()));
create policy idempotency_records_created on app.idempotency_records for insert to shaodian_app
  with check (school_id = (select sec.school()) and person_id = (select sec.uid()));
grant select, insert on app.idempotency_records to shaodian_app;
`,
};
