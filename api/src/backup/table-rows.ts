import type { Sql } from 'postgres';

export interface Table {
  readonly name: string;
  /** Those that are stored and not computed, quoted, parted by commas. */
  readonly columns: string;
}

/** What an export must be like when it is in a database again. */
export interface State {
  readonly tables: Readonly<Record<string, { readonly rows: string; readonly sum: string }>>;
  /** Sequence → its last value; null when it was never asked. */
  readonly sequences: Readonly<Record<string, string | null>>;
}

export async function listTables(sql: Sql): Promise<readonly Table[]> {
  return sql<Table[]>`
    select c.relname as name, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'app'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    group by c.relname order by c.relname`;
}

/** Rows and a sum of each table that does not hang on their order, and where the sequences stand. */
export async function stateOf(sql: Sql, tables: readonly Table[]): Promise<State> {
  const found: Record<string, { rows: string; sum: string }> = {};
  for (const { name } of tables) {
    const [row] = await sql.unsafe<{ rows: string; sum: string }[]>(
      `select count(*)::text as rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text as sum from app."${name}" t`,
    );
    if (row) found[name] = { rows: row.rows, sum: row.sum };
  }
  const sequences = await sql<{ name: string; last: string | null }[]>`
    select sequencename as name, last_value::text as last from pg_sequences where schemaname = 'app' order by 1`;
  return {
    tables: found,
    sequences: Object.fromEntries(sequences.map(({ name, last }) => [name, last])),
  };
}
