import { sql } from 'kysely';
import { colours } from '@shaodian/rules';
import type { Colour } from '@shaodian/rules';
import type { AlertPlace } from '../alerts/alert-place.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Actor } from '../http/types.ts';
import type { ProposalAct } from './proposals.schemas.ts';

export const isLower = (colour: Colour, than: Colour): boolean =>
  colours.indexOf(colour) < colours.indexOf(than);

/** Orange and red need a second person, and a lock that keeps a family from being told always does. Source: product.md, "Alert rules". */
export const needsSecond = (act: ProposalAct, colour: Colour): boolean =>
  act === 'clear_guardian' || colour === 'orange' || colour === 'red';

interface Proposed {
  readonly act: ProposalAct;
  readonly proposedBy: string;
}

/**
 * Whether somebody is the second person: qualified, not the one who proposed it, and not the one who holds the alert. Of the two who clear the
 * guardian lock one is a counsellor; what is about staff is for counsellors alone, who are the only ones to see it.
 */
export async function isSecond(
  trx: ActorTransaction,
  actor: Actor,
  alert: Pick<AlertPlace, 'holderId'>,
  { act, proposedBy }: Proposed,
): Promise<boolean> {
  if (actor.personId === proposedBy) return false;
  const { rows } = await sql<{ counsels: boolean; leads: boolean; proposed: boolean }>`
    select sec.has_role('counsellor', 'lead_counsellor') as counsels, sec.has_role('school_leader') as leads,
      exists (select from app.grants g where g.school_id = ${actor.schoolId} and g.person_id = ${proposedBy}
        and g.role = any (array['counsellor', 'lead_counsellor']) and g.starts_at <= statement_timestamp()
        and (g.ends_at is null or g.ends_at > statement_timestamp())) as proposed`.execute(trx);
  const [can] = rows;
  if (!can) return false;
  // Whoever holds the alert may be the other of the two for the lock: the rule that keeps them away is of lowering.
  if (act === 'clear_guardian') return can.counsels || (can.leads && can.proposed);
  return actor.personId !== alert.holderId && (can.counsels || can.leads);
}
