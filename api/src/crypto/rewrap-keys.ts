import { sql } from 'kysely';
import type { ActorTransaction } from '../db/database.ts';
import { unwrapKey, wrapKey } from './data-keys.ts';
import type { KeySubject } from './data-keys.ts';
import { withPatience } from './exchange-data-keys.ts';
import type { ExchangeDeps } from './exchange-data-keys.ts';
import type { MasterKey } from './master-key.ts';
import { seal, unseal } from './seal.ts';

type RewrapStep = 'key-rewrapped' | 'seal-rewrapped' | 'before-commit' | 'batch-done';
export type RewrapDeps = Pick<ExchangeDeps, 'db' | 'master'> & {
  readonly onStep?: (step: RewrapStep) => void;
};

const rowsAtOnce = 200;

/**
 * Wraps everything that an older generation of the school's key wrapped with the newest one, a batch a transaction. The name of the key
 * changes with the value in one row, so a reader at any moment finds the two together; a kill leaves whole batches done or undone.
 */
export async function rewrapKeys(
  deps: RewrapDeps,
  schoolId: number,
): Promise<{
  readonly dataKeys: number;
  readonly reporterSeals: number;
  readonly secondFactors: number;
  readonly channels: number;
}> {
  const all = async (batch: Batch): Promise<number> => {
    for (let total = 0; ;) {
      const done = await withPatience(() =>
        deps.db.asSystem(schoolId, async (trx) => {
          await sql`set local lock_timeout = '300ms'`.execute(trx);
          return batch(deps, trx, schoolId);
        }),
      );
      if (done === 0) return total;
      total += done;
      deps.onStep?.('batch-done');
    }
  };
  return {
    dataKeys: await all(rewrapDataKeys),
    reporterSeals: await all(resealReporters),
    secondFactors: await all(resealById('second_factors', 'secret')),
    channels: await all(resealById('channels', 'config')),
  };
}

type Batch = (deps: RewrapDeps, trx: ActorTransaction, schoolId: number) => Promise<number>;

/** Never the other way round: a process that has not read the newest generation yet leaves its work alone. */
export const wrappedByOlder = (master: MasterKey, schoolId: number) =>
  sql<boolean>`split_part(kek_id, '/', 2)::int < ${Number(master.kekOf(schoolId).id.split('/')[1])}`;

const rewrapDataKeys: Batch = async ({ master, onStep = () => {} }, trx, schoolId) => {
  const rows = await trx
    .selectFrom('data_keys')
    .select(['id', 'subject_kind', 'subject_id', 'kek_id', 'wrapped'])
    .where('school_id', '=', schoolId)
    .where(wrappedByOlder(master, schoolId))
    .orderBy('id')
    .limit(rowsAtOnce)
    .forUpdate()
    .execute();
  for (const row of rows) {
    const kind = row.subject_kind as KeySubject['kind'];
    const subject = { schoolId, kind, id: row.subject_id };
    await trx
      .updateTable('data_keys')
      .set(wrapKey(unwrapKey(row, master, subject), master, subject))
      .where('school_id', '=', schoolId)
      .where('id', '=', row.id)
      .execute();
    onStep('key-rewrapped');
  }
  if (rows.length > 0) onStep('before-commit');
  return rows.length;
};

const resealReporters: Batch = async ({ master, onStep = () => {} }, trx, schoolId) => {
  const rows = await trx
    .selectFrom('reporter_seals')
    .select(['mark', 'kek_id', 'sealed_person'])
    .where('school_id', '=', schoolId)
    .where(wrappedByOlder(master, schoolId))
    .orderBy('mark')
    .limit(rowsAtOnce)
    .forUpdate()
    .execute();
  const kek = master.kekOf(schoolId);
  for (const row of rows) {
    const place = { table: 'reporter_seals', column: 'sealed_person', row: row.mark, schoolId };
    const person = unseal(row.sealed_person, master.kekById(schoolId, row.kek_id), place);
    await trx
      .updateTable('reporter_seals')
      .set({ kek_id: kek.id, sealed_person: seal(person, kek, place) })
      .where('school_id', '=', schoolId)
      .where('mark', '=', row.mark)
      .execute();
    onStep('seal-rewrapped');
  }
  if (rows.length > 0) onStep('before-commit');
  return rows.length;
};

/** Tables of values that the school's key itself seals, by id. */
const resealById =
  (table: 'second_factors' | 'channels', column: 'secret' | 'config'): Batch =>
  async ({ master, onStep = () => {} }, trx, schoolId) => {
    const name = sql.table(table);
    const value = sql.ref(column);
    const { rows } = await sql<{ id: string; kek_id: string; sealed: Buffer }>`
      select id, kek_id, ${value} as sealed from ${name} where school_id = ${schoolId} and ${wrappedByOlder(master, schoolId)}
      order by id limit ${rowsAtOnce} for update`.execute(trx);
    const kek = master.kekOf(schoolId);
    for (const row of rows) {
      const place = { table, column, row: row.id, schoolId };
      const plain = unseal(row.sealed, master.kekById(schoolId, row.kek_id), place);
      await sql`update ${name} set kek_id = ${kek.id}, ${value} = ${seal(plain, kek, place)}
        where school_id = ${schoolId} and id = ${row.id}`.execute(trx);
      onStep('seal-rewrapped');
    }
    if (rows.length > 0) onStep('before-commit');
    return rows.length;
  };
