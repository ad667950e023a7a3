import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';

/**
 * Reads the school's chain from the first entry to the last, with its MACs and the checkpoints of the database and of the file.
 * Says how far it is when that takes long. For the data-protection officer. @throws Refusal action.not-allowed
 */
export async function verifyAudit(deps: Pick<Deps, 'db' | 'verifications'>, actor: Actor) {
  await deps.db.asActor(actor, async (trx) => {
    const rows = await sql<{
      may: boolean;
    }>`select sec.has_role('data_protection_officer') as may`.execute(trx);
    if (!rows.rows[0]?.may) refuse('action.not-allowed');
    recordAct(trx, { action: 'audit.verified' });
  });
  const verification = await deps.verifications.ask(actor.schoolId, actor.personId);
  if (verification.state === 'running') return verification;
  const { entries, checkpoints, signedUpTo, firstBad } = verification.verdict;
  const { state, seconds } = verification;
  return { state, entries, checkpoints, signedUpTo, firstBad, seconds };
}
