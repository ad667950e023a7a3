import type { Sql } from 'postgres';
import type { AccessActor } from './access-oracle.ts';
import { testSigner } from './test-deps.ts';

/**
 * Asks the database as one person after another, in one round trip. The functions run with the rights of whoever calls them,
 * so that row security is that of the app role; only `places` looks behind it, to see what a statement changed.
 */
export async function installProbes(admin: Sql): Promise<void> {
  await admin.unsafe(`
create schema probing;
grant usage on schema probing to shaodian_app, shaodian_worker;

create function probing.places(tbl text, key text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare found jsonb;
begin
  execute format('select coalesce(jsonb_object_agg(%s, t.ctid::text), ''{}'') from app.%I t', key, tbl) into found;
  return found;
end $$;

create function probing.see(contexts jsonb, tbl text, key text) returns jsonb language plpgsql as $$
declare ctx text; keys jsonb; answers jsonb := '[]';
begin
  for ctx in select jsonb_array_elements_text(contexts) loop
    perform set_config('app.ctx', ctx, true);
    begin
      execute format('select coalesce(jsonb_agg(%s), ''[]'') from app.%I t', key, tbl) into keys;
    exception when insufficient_privilege then keys := '[]';
    end;
    answers := answers || jsonb_build_array(keys);
  end loop;
  return answers;
end $$;

create function probing.change(contexts jsonb, tbl text, key text, statement text) returns jsonb language plpgsql as $$
declare ctx text; before jsonb := probing.places(tbl, key); after jsonb; keys jsonb; answers jsonb := '[]';
begin
  for ctx in select jsonb_array_elements_text(contexts) loop
    perform set_config('app.ctx', ctx, true);
    keys := '[]';
    begin
      execute statement;
      after := probing.places(tbl, key);
      select coalesce(jsonb_agg(b.key), '[]') into keys from jsonb_each_text(before) b where b.value is distinct from after ->> b.key;
      raise exception 'undo' using errcode = 'UNDO0';
    exception when insufficient_privilege or check_violation or sqlstate 'UNDO0' then null;
    end;
    answers := answers || jsonb_build_array(keys);
  end loop;
  return answers;
end $$;

create function probing.run(ctx text, statements jsonb) returns jsonb language plpgsql as $$
declare statement text; answer text; answers jsonb := '[]';
begin
  perform set_config('app.ctx', ctx, true);
  for statement in select jsonb_array_elements_text(statements) loop
    answer := null;
    begin
      if statement ~ '^select' then execute statement into answer; else execute statement; answer := 'done'; end if;
      raise exception 'undo' using errcode = 'UNDO0';
    exception when sqlstate 'UNDO0' then null; when others then answer := sqlstate;
    end;
    answers := answers || jsonb_build_array(coalesce(answer, 'null'));
  end loop;
  return answers;
end $$;`);
}

/** One connection inside one transaction of the app role; `pid` is its backend's. */
export interface Probe {
  readonly sql: Sql;
  readonly pid: number;
}

const contextsOf = (probe: Probe, actors: readonly AccessActor[]) =>
  actors.map((actor) => (actor.context ? testSigner.sign(actor.context, probe.pid) : ''));

type Table = { readonly name: string; readonly key: string };

const first = async <T>(rows: Promise<{ answers: T }[]>): Promise<T> => {
  const [row] = await rows;
  if (!row) throw new Error('a probe answers with one row');
  return row.answers;
};

/** The keys each actor sees. */
export const seeAs = (probe: Probe, actors: readonly AccessActor[], table: Table) =>
  first<string[][]>(
    probe.sql`select probing.see(${probe.sql.json(contextsOf(probe, actors))}, ${table.name}, ${table.key}) as answers`,
  );

/** The keys of the rows that a statement without WHERE changes for each actor; none where a constraint refuses the whole. Nothing is kept. */
export const changeAs = (
  probe: Probe,
  actors: readonly AccessActor[],
  table: Table,
  statement: string,
) =>
  first<string[][]>(
    probe.sql`select probing.change(${probe.sql.json(contextsOf(probe, actors))}, ${table.name}, ${table.key}, ${statement}) as answers`,
  );

/** What each statement answers: its first value, `done`, or the error code. Nothing is kept. */
export const runAs = (probe: Probe, actor: AccessActor, statements: readonly string[]) => {
  const [context = ''] = contextsOf(probe, [actor]);
  return first<string[]>(
    probe.sql`select probing.run(${context}, ${probe.sql.json([...statements])}) as answers`,
  );
};

const columns: Readonly<Record<string, string>> = {
  schools: "bell_ends_at = '23:00'",
  terms: "name = 'probe'",
  calendar_days: "label = 'probe'",
  staff: "title = 'probe'",
  accounts: "disabled_at = '2077-01-01'",
  pupils: "name = 'probe'",
  pupil_records: 'boards = true',
  duty_slots: "ends_at = '2077-01-01'",
  absences: "ends_at = '2077-01-01'",
  sessions: "revoked_at = '2077-01-01'",
  grants: "ended_by = (select sec.uid()), end_reason = 'mistake'",
  grant_proposals: "decision = 'refused', decided_by = (select sec.uid())",
  exclusions: "ends_at = '2077-01-01', ended_by = decided_by",
  break_glass: "ended_at = '2077-01-01'",
  observations: 'grade_may_read = true',
  alerts: 'version = 77',
  alert_clocks: 'missed = 77',
  cluster_alerts: 'version = 77',
  alert_proposals:
    "state = 'lapsed', decided_by = (select sec.uid()), decided_at = '2077-01-01', agreed_in = null",
  channels: "name = 'probe'",
  contact_points: "address = 'probe@probe.example'",
  messages: "opened_at = '2077-01-01'",
  drills: "stopped_at = '2077-01-01', stopped_by = started_by, next_at = null",
  drill_calls: "answered_at = '2077-01-01'",
  outside_contacts: "ended_at = '2077-01-01', ended_by = added_by",
  roster_imports: "state = 'previewed'",
  audit_checkpoints: 'filed = true',
  notices: "seen_at = '2077-01-01'",
};

/** A statement that changes every row it reaches: in a column that the app role may change, where there is one. */
export const updateOf = (table: string): string =>
  `update app.${table} set ${columns[table] ?? 'school_id = 1'}`;

class Undo extends Error {}

/** Runs `work` as one of the run-time roles on a superuser's connection after `prepare`, and takes everything back. */
export async function probeAndUndo<T>(
  admin: Sql,
  prepare: string,
  work: (probe: Probe) => Promise<T>,
  role: 'shaodian_app' | 'shaodian_worker' = 'shaodian_app',
): Promise<T> {
  let result: { readonly value: T } | undefined;
  await admin
    .begin(async (sql) => {
      if (prepare) await sql.unsafe(prepare);
      const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
      await sql.unsafe(`set local role ${role}`);
      result = { value: await work({ sql: sql as unknown as Sql, pid: row?.pid ?? 0 }) };
      throw new Undo();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undo)) throw error;
    });
  if (!result) throw new Error('the probe did not end');
  return result.value;
}
