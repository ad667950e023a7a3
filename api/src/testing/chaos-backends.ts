import type { Sql } from 'postgres';

const ofThisDatabase = "application_name = 'shaodian' and datname = current_database()";

/** How many backends the API's pool has in this database now. */
export async function countBackends(admin: Sql): Promise<number> {
  const rows = await admin.unsafe<{ n: number }[]>(
    `select count(*)::int as n from pg_stat_activity where ${ofThisDatabase}`,
  );
  return rows[0]?.n ?? 0;
}

/** Ends some of them, whatever they are doing. Returns how many were ended. */
export async function terminateBackends(admin: Sql, most: number): Promise<number> {
  const rows = await admin.unsafe(
    `select pg_terminate_backend(pid) from (
       select pid from pg_stat_activity where ${ofThisDatabase} order by random() limit ${most}) picked`,
  );
  return rows.length;
}

interface Pace {
  readonly atOnce: number;
  pauseMs(): number;
  /** Whether it is time for the next ones. */
  isDue?(ended: number): boolean;
  isDone(ended: number): boolean;
}

/** Goes on ending backends until `isDone`. Returns how many were ended. */
export async function keepTerminating(admin: Sql, pace: Pace): Promise<number> {
  let ended = 0;
  while (!pace.isDone(ended)) {
    if (pace.isDue?.(ended) ?? true) ended += await terminateBackends(admin, pace.atOnce);
    await new Promise((resolve) => setTimeout(resolve, pace.pauseMs()));
  }
  return ended;
}
