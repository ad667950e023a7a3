import { sql } from 'kysely';
import { verifySchool } from '../audit/verify-school.ts';
import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';

/**
 * Reads the school's chain from the first entry to the last, with its MACs and the checkpoints of the database and of the file.
 * For the data-protection officer. @throws Refusal action.not-allowed
 */
export async function verifyAudit(
  deps: Pick<Deps, 'db' | 'master' | 'listFiledCheckpoints'>,
  actor: Actor,
) {
  await deps.db.asActor(actor, async (trx) => {
    const rows = await sql<{
      may: boolean;
    }>`select sec.has_role('data_protection_officer') as may`.execute(trx);
    if (!rows.rows[0]?.may) refuse('action.not-allowed');
    recordAct(trx, { action: 'audit.verified' });
  });
  const started = performance.now();
  const verdict = await verifySchool(deps, actor.schoolId, await deps.listFiledCheckpoints());
  const { entries, checkpoints, signedUpTo, firstBad } = verdict;
  const seconds = Math.round(performance.now() - started) / 1000;
  return { entries, checkpoints, signedUpTo, firstBad, seconds };
}
