import { connectForSetUp } from '@shaodian/migrations';
import type { Sql } from 'postgres';
import { observationInput } from './observation-input.ts';
import type { Requester } from './test-api.ts';

/** Rows and a checksum of every table of the school's schema, in an order of its own. */
export async function checksums(sql: Sql): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select relname as name from pg_class where relnamespace = 'app'::regnamespace and relkind = 'r' order by 1`;
  const found: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await sql.unsafe<{ n: string; sum: string }[]>(
      `select count(*) as n, md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), '')) as sum from app.${name} t`,
    );
    found[name] = `${row?.n} rows ${row?.sum}`;
  }
  return found;
}

export const withSql = async <T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> => {
  const sql = connectForSetUp(url);
  return work(sql).finally(() => sql.end());
};

/** Reports that go on until told otherwise; the ids of those that were acknowledged, with the moment. */
export function startLoad(who: Requester, pupils: readonly string[]) {
  const acknowledged: { id: string; at: number }[] = [];
  let going = true;
  const one = async (nth: number): Promise<void> => {
    for (let n = nth; going; n += 4) {
      const answer = await who.post(
        '/observations',
        observationInput(pupils[n % pupils.length] ?? '', { words: '午饭没有吃' }),
      );
      if (answer.status !== 201) throw new Error(`a report was answered ${answer.status}`);
      acknowledged.push({ id: ((await answer.json()) as { id: string }).id, at: Date.now() });
    }
  };
  const all = Promise.all([0, 1, 2, 3].map(one));
  return {
    acknowledged,
    stop: async () => {
      going = false;
      await all;
    },
  };
}
