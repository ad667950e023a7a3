import { sql } from 'kysely';
import type { ActorTransaction } from '../db/database.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';

/** Two who take roles or accounts away at once would each see the other's last one still there. */
export async function oneLossAtATime(trx: ActorTransaction, actor: Actor): Promise<void> {
  const name = `grants/${actor.schoolId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(trx);
}

const needed = [
  ['administrator'],
  ['school_leader', 'lead_counsellor'],
  ['counsellor', 'lead_counsellor'],
];

/**
 * A school must keep somebody who proposes, somebody who approves, and somebody who sees every alert, and each of them able to sign in;
 * or it could not mend itself. @throws Refusal grant.nobody-left
 */
export async function assertSomebodyLeft(trx: ActorTransaction): Promise<void> {
  const { rows } = await sql<{ held: string[] }>`select sec.roles_held() as held`.execute(trx);
  const held = new Set(rows[0]?.held);
  if (!needed.every((any) => any.some((role) => held.has(role)))) refuse('grant.nobody-left');
}
