import { sql } from 'kysely';
import type { ActorTransaction } from '../db/database.ts';
import type { MasterKey } from './master-key.ts';
import { wrappedByOlder } from './rewrap-keys.ts';

export interface KeyStatus {
  readonly current: number;
  readonly retired: number;
  /** Data keys and reporter seals that an older generation of the school's key wraps. */
  readonly olderGeneration: number;
  readonly oldestMadeAt: Date | null;
}

/** How the keys of one school stand; asked as the worker. */
export async function readKeyStatus(
  trx: ActorTransaction,
  master: MasterKey,
  schoolId: number,
): Promise<KeyStatus> {
  const older = wrappedByOlder(master, schoolId);
  const { rows } = await sql<KeyStatus>`
    select count(*) filter (where retired_at is null)::int as current, count(*) filter (where retired_at is not null)::int as retired,
      (count(*) filter (where ${older}))::int
        + (select count(*)::int from app.reporter_seals where school_id = ${schoolId} and ${older})
        + (select count(*)::int from app.second_factors where school_id = ${schoolId} and ${older})
        + (select count(*)::int from app.channels where school_id = ${schoolId} and ${older}) as "olderGeneration",
      min(made_at) filter (where retired_at is null) as "oldestMadeAt"
    from app.data_keys where school_id = ${schoolId}`.execute(trx);
  return rows[0] ?? { current: 0, retired: 0, olderGeneration: 0, oldestMadeAt: null };
}
