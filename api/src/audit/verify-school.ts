import type { MasterKey } from '../crypto/master-key.ts';
import type { Database } from '../db/database.ts';
import { findIndexDifference, readChain } from './chain.reads.ts';
import { checkpointSigner } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { verifyChain } from './verify-chain.ts';
import type { ChainSource, ChainVerdict, StoredEntry } from './verify-chain.ts';

/**
 * Verifies the chain of one school in the database, with its MACs and with every checkpoint there is.
 * @param elsewhere checkpoints kept outside the database: the file's, the witness's
 * @param onRead told how many entries were read so far
 */
export async function verifySchool(
  deps: { readonly db: Pick<Database, 'asSystem'>; readonly master: MasterKey },
  schoolId: number,
  elsewhere: readonly Checkpoint[] = [],
  onRead: (entries: number) => void = () => undefined,
): Promise<ChainVerdict> {
  const chain = await readChain(deps.db, schoolId);
  const verdict = await verifyChain(
    {
      ...chain,
      checkpoints: [...chain.checkpoints, ...elsewhere],
      pages: counted(chain.pages, onRead),
    },
    deps.master.auditKeyOf(schoolId),
    checkpointSigner(deps.master.auditSigningSeed).isGenuine,
  );
  if (verdict.firstBad) return verdict;
  const seq = await deps.db.asSystem(schoolId, (trx) => findIndexDifference(trx, schoolId));
  return seq === null ? verdict : { ...verdict, firstBad: { seq, problem: 'index-differs' } };
}

async function* counted(
  pages: ChainSource['pages'],
  onRead: (entries: number) => void,
): AsyncGenerator<readonly StoredEntry[]> {
  let entries = 0;
  for await (const page of pages) {
    yield page;
    onRead((entries += page.length));
  }
}
