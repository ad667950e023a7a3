import { sql } from 'kysely';
import type { ActorTransaction } from '../db/database.ts';
import type { Actor } from '../http/types.ts';

/** What the person who asks may do about roles, now. */
export interface Standing {
  readonly administrator: boolean;
  readonly leader: boolean;
  readonly lead: boolean;
  readonly officer: boolean;
  /** School leaders who can sign in. */
  readonly approvingLeaders: readonly string[];
}

export async function readStanding(trx: ActorTransaction): Promise<Standing> {
  const { rows } = await sql<Standing>`select sec.has_role('administrator') as administrator,
    sec.has_role('school_leader') as leader, sec.has_role('lead_counsellor') as lead,
    sec.has_role('data_protection_officer') as officer, sec.approving_leaders() as "approvingLeaders"`.execute(
    trx,
  );
  const [standing] = rows;
  if (!standing) throw new Error('one row is one row');
  return standing;
}

interface Proposed {
  readonly seat: string | null;
  readonly person_id: string;
  readonly proposed_by: string;
}

/** Whether the person is one who decides about such a proposal, apart from being one of the two already. Row security holds the same. */
export function isApprover(standing: Standing, proposal: Proposed): boolean {
  if (proposal.seat !== null) return standing.lead;
  const taken = new Set([proposal.proposed_by, proposal.person_id]);
  const standsIn = standing.lead && standing.approvingLeaders.every((leader) => taken.has(leader));
  return standing.leader || standsIn;
}

/** Whoever proposed it, or gets it. */
export const isPartOf = (actor: Actor, proposal: Proposed): boolean =>
  proposal.proposed_by === actor.personId || proposal.person_id === actor.personId;
