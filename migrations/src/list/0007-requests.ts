import type { Migration } from '../migration.ts';

/** Requests that must happen once, and roster imports between preview and application. */
export const requests: Migration = {
  name: '0007-requests',
  up: `
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

create table app.roster_imports (
  school_id int not null references app.schools (id),
  id uuid not null,
  file_name text not null check (length(file_name) between 1 and 200),
  state text not null check (state in ('previewed', 'applied')),
  counts jsonb not null,
  applicable boolean not null,
  sealed_rows bytea not null,
  created_by uuid not null,
  created_at timestamptz not null,
  applied_at timestamptz,
  primary key (school_id, id),
  foreign key (school_id, created_by) references app.people (school_id, id)
);
create index roster_imports_created on app.roster_imports (school_id, created_at);
create index roster_imports_created_by on app.roster_imports (school_id, created_by);
comment on column app.roster_imports.sealed_rows is 'The rows that were read, compressed and encrypted, so that applying does what the preview showed';

alter table app.idempotency_records enable row level security;
alter table app.idempotency_records force row level security;
alter table app.roster_imports enable row level security;
alter table app.roster_imports force row level security;

create policy idempotency_records_own on app.idempotency_records for select to shaodian_app
  using (school_id = (select sec.school()) and person_id = (select sec.uid()));
create policy idempotency_records_created on app.idempotency_records for insert to shaodian_app
  with check (school_id = (select sec.school()) and person_id = (select sec.uid()));
create policy roster_imports_administered on app.roster_imports for select to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('administrator')));
create policy roster_imports_created on app.roster_imports for insert to shaodian_app
  with check (school_id = (select sec.school()) and created_by = (select sec.uid()) and (select sec.has_role('administrator')));
create policy roster_imports_applied on app.roster_imports for update to shaodian_app
  using (school_id = (select sec.school()) and (select sec.has_role('administrator')));

grant select, insert on app.idempotency_records, app.roster_imports to shaodian_app;
grant update (state, counts, applicable, applied_at) on app.roster_imports to shaodian_app;
`,
  down: `
drop table app.roster_imports;
drop table app.idempotency_records;
`,
};
