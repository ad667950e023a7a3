import type { Migration } from '../migration.ts';

/**
 * Who is asking. The API signs a context for each transaction; nothing else is believed.
 *
 * `app.ctx` is `v1|kind|school|person|mark|pupil|expiry|key|pid|hmac`. A plain user id in a setting
 * could be forged by any SQL injection; an HMAC over it, bound to this backend and to a minute, cannot.
 * PostgreSQL has no built-in HMAC, so the two padded keys are stored and RFC 2104 is two calls of sha256.
 */
export const security: Migration = {
  name: '0001-security',
  up: `
create schema app;
create schema sec;
grant usage on schema app, sec to shaodian_app, shaodian_worker;

create table sec.context_keys (
  id int primary key,
  inner_pad bytea not null check (length(inner_pad) = 64),
  outer_pad bytea not null check (length(outer_pad) = 64)
);
comment on table sec.context_keys is 'Keys that sign app.ctx, as the two padded blocks of RFC 2104; written at start, readable by the owner only';

create function sec.context() returns text[]
language plpgsql stable parallel restricted security definer set search_path = '' as $$
declare
  raw text := nullif(pg_catalog.current_setting('app.ctx', true), '');
  parts text[];
  signed text;
  pads record;
begin
  if raw is null then return null; end if;
  parts := pg_catalog.string_to_array(raw, '|');
  if pg_catalog.cardinality(parts) <> 10 or parts[1] <> 'v1' or parts[8] !~ '^[0-9]{1,9}$' then
    raise exception 'context refused: malformed' using errcode = '28000';
  end if;
  select k.inner_pad, k.outer_pad into pads from sec.context_keys k where k.id = parts[8]::int;
  if not found then
    raise exception 'context refused: unknown key' using errcode = '28000';
  end if;
  signed := pg_catalog.array_to_string(parts[1:9], '|');
  if pg_catalog.encode(pg_catalog.sha256(pads.outer_pad || pg_catalog.sha256(pads.inner_pad || pg_catalog.convert_to(signed, 'UTF8'))), 'hex') <> parts[10] then
    raise exception 'context refused: signature' using errcode = '28000';
  end if;
  if parts[9]::int <> pg_catalog.pg_backend_pid() then
    raise exception 'context refused: another backend' using errcode = '28000';
  end if;
  if parts[7]::bigint < extract(epoch from pg_catalog.clock_timestamp()) then
    raise exception 'context refused: expired' using errcode = '28000';
  end if;
  return parts;
end $$;
comment on function sec.context() is 'The verified context of this transaction; null when there is none; raises 28000 when it is forged, stale or from another backend';

create function sec.school() returns int language sql stable parallel restricted security definer set search_path = ''
as $$ select ((sec.context())[3])::int $$;
create function sec.uid() returns uuid language sql stable parallel restricted security definer set search_path = ''
as $$ select case when c[2] = 'person' then c[4]::uuid end from (select sec.context() as c) x $$;
create function sec.mark() returns text language sql stable parallel restricted security definer set search_path = ''
as $$ select case when c[2] = 'person' then c[5] end from (select sec.context() as c) x $$;
create function sec.evaluated_pupil() returns uuid language sql stable parallel restricted security definer set search_path = ''
as $$ select case when c[2] = 'evaluation' then c[6]::uuid end from (select sec.context() as c) x $$;
comment on function sec.school() is 'The school of the verified context, or null';
comment on function sec.uid() is 'The person who asks, or null when nobody does';
comment on function sec.mark() is 'The reporter mark of the person who asks: HMAC(school key, person), made outside the database';
comment on function sec.evaluated_pupil() is 'The one pupil whose facts the rules may read in this moment, or null';

revoke all on all functions in schema sec from public;
grant execute on function sec.context(), sec.school(), sec.uid(), sec.mark(), sec.evaluated_pupil() to shaodian_app, shaodian_worker;
`,
  down: `
drop function sec.evaluated_pupil();
drop function sec.mark();
drop function sec.uid();
drop function sec.school();
drop function sec.context();
drop table sec.context_keys;
drop schema sec;
drop schema app;
`,
};
