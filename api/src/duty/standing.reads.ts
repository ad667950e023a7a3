import { sql } from 'kysely';
import type { ActorTransaction } from '../db/database.ts';

interface Standing {
  readonly plans: boolean;
  readonly changes: boolean;
  readonly counsels: boolean;
  readonly reads: boolean;
}

/** What the actor may do with the roster: make it, change it, change their own part of it, or see all of it. */
export async function readStanding(trx: ActorTransaction): Promise<Standing> {
  const { rows } = await sql<Standing>`
    select sec.has_role('lead_counsellor', 'school_leader') as plans,
      sec.has_role('lead_counsellor', 'school_leader', 'administrator') as changes,
      sec.has_role('counsellor') as counsels,
      sec.has_role('grade_head', 'counsellor', 'lead_counsellor', 'school_leader', 'administrator', 'data_protection_officer') as reads`.execute(
    trx,
  );
  return rows[0] ?? { plans: false, changes: false, counsels: false, reads: false };
}
