import { sql } from 'kysely';
import type { MasterKey } from '../crypto/master-key.ts';
import type { ShredList } from '../crypto/shred-list.ts';
import type { Database } from '../db/database.ts';

/**
 * Erases again whatever the shred list names, and closes the request: after a restore, and at each start. Twice is as once.
 * @param deps.db connected as the worker
 * @returns how many keys were found and deleted
 * @throws ShredListError
 */
export async function replayShreds(deps: {
  readonly db: Pick<Database, 'asSystem'>;
  readonly master: Pick<MasterKey, 'markOf'>;
  readonly shreds: Pick<ShredList, 'read'>;
}): Promise<{ readonly shreds: number; readonly keysDeleted: number }> {
  const listed = await deps.shreds.read();
  let keysDeleted = 0;
  for (const { schoolId, id, by, at } of listed) {
    const mark = deps.master.markOf(schoolId, 'reporter', id);
    keysDeleted += await deps.db.asSystem(schoolId, async (trx) => {
      const { rows } = await sql<{ gone: { keys: number } }>`
        select sec.replay_shred(${id}, ${mark}, ${by ?? null}, ${at}) as gone`.execute(trx);
      return rows[0]?.gone.keys ?? 0;
    });
  }
  return { shreds: listed.length, keysDeleted };
}
