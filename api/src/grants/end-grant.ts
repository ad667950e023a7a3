import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { EndInput } from './grants.schemas.ts';
import { readStanding } from './standing.ts';

/**
 * Takes a role away at once; one person is enough. The sessions of whoever had it end, and nothing brings the grant back.
 * @throws Refusal resource.not-found, action.not-allowed, grant.over, grant.nobody-left
 */
export function endGrant(
  deps: Pick<Deps, 'db'>,
  actor: Actor,
  grantId: string,
  input: EndInput,
  request: OnceRequest,
): Promise<{ id: string }> {
  return once(deps.db, actor, request, async (trx) => {
    const grant = await trx
      .selectFrom('grants')
      .select(['person_id', sql<boolean>`ends_at <= statement_timestamp()`.as('over')])
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', grantId)
      .executeTakeFirst();
    if (!grant) return refuse('resource.not-found');
    const standing = await readStanding(trx);
    const own = grant.person_id === actor.personId;
    if (own || !(standing.administrator || standing.leader)) refuse('action.not-allowed');
    if (grant.over) refuse('grant.over');
    await oneAtATime(trx, actor);
    const { numUpdatedRows } = await trx
      .updateTable('grants')
      .set({ ended_by: actor.personId, end_reason: input.reason })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', grantId)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) refuse('grant.over');
    await assertSomebodyLeft(trx, actor);
    recordAct(trx, { action: 'grant.ended', resource: `grant:${grantId}` });
    return { id: grantId };
  });
}

// Two at once would each see the other's last one still there.
async function oneAtATime(trx: ActorTransaction, actor: Actor): Promise<void> {
  const name = `grants/${actor.schoolId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(trx);
}

/** A school must keep somebody who proposes, somebody who approves, and somebody who sees every alert; or it could not mend itself. */
async function assertSomebodyLeft(trx: ActorTransaction, actor: Actor): Promise<void> {
  const rows = await trx
    .selectFrom('grants')
    .select('role')
    .distinct()
    .where('school_id', '=', actor.schoolId)
    .where('scope', '=', 'school')
    .where('starts_at', '<=', sql<Date>`statement_timestamp()`)
    .where((eb) =>
      eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', sql<Date>`statement_timestamp()`)]),
    )
    .execute();
  const held = new Set(rows.map((row) => row.role));
  const needed = [
    ['administrator'],
    ['school_leader', 'lead_counsellor'],
    ['counsellor', 'lead_counsellor'],
  ];
  if (!needed.every((any) => any.some((role) => held.has(role)))) refuse('grant.nobody-left');
}
