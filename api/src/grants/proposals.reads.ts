import { sql } from 'kysely';
import type { Role, Seat } from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import type { Actor } from '../http/types.ts';
import type { ProposalQuery, ProposalReason } from './grants.schemas.ts';
import { isApprover, isPartOf, readStanding } from './standing.ts';
import type { Standing } from './standing.ts';

/** What was proposed and may be seen, the latest first: all for those who oversee roles, a class's seats for its teacher, one's own. */
export function listProposals(deps: Pick<Deps, 'db'>, actor: Actor, query: ProposalQuery) {
  return deps.db.asActor(actor, async (trx) => {
    const standing = await readStanding(trx);
    const rows = await proposalPage(trx, actor, query).execute();
    const items = rows.slice(0, query.limit);
    const last = items.at(-1);
    return {
      items: items.map((row) => ({
        id: row.id,
        person: { id: row.person_id, name: row.staff_name ?? row.pupil_name ?? '—' },
        role: row.role as Role,
        scope: {
          kind: row.scope as 'school' | 'grade' | 'class',
          id: row.class_id ?? row.grade_id,
          name: row.class_name ?? row.grade_name,
        },
        seat: row.seat as Seat | null,
        until: row.ends_at?.toISOString() ?? null,
        replaces: row.replaces,
        reason: row.reason as ProposalReason,
        proposedBy: { id: row.proposed_by, name: row.proposed_by_name ?? '—' },
        proposedAt: row.proposed_at.toISOString(),
        decision: row.decision as 'approved' | 'refused' | null,
        decidedBy: row.decided_by ? { id: row.decided_by, name: row.decided_by_name ?? '—' } : null,
        decidedAt: row.decided_at?.toISOString() ?? null,
        mayDecide: mayDecide(standing, actor, row),
      })),
      toDecide: await countToDecide(trx, actor, standing),
      nextCursor:
        rows.length > items.length && last
          ? encodeCursor([last.proposed_at.toISOString(), last.id])
          : null,
    };
  });
}

const mayDecide = (
  standing: Standing,
  actor: Actor,
  row: Parameters<typeof isApprover>[1] & { readonly decision: string | null },
) => row.decision === null && isApprover(standing, row) && !isPartOf(actor, row);

function proposalPage(trx: ActorTransaction, actor: Actor, query: ProposalQuery) {
  let page = namedProposals(trx)
    .where('g.school_id', '=', actor.schoolId)
    .orderBy('g.proposed_at', 'desc')
    .orderBy('g.id')
    .limit(query.limit + 1);
  if (query.state)
    page = page.where('g.decision', query.state === 'waiting' ? 'is' : 'is not', null);
  if (!query.cursor) return page;
  const [at, id] = decodeCursor(query.cursor, ['timestamp', 'uuid']);
  return page.where(
    sql<boolean>`(g.proposed_at < ${at}::timestamptz or (g.proposed_at = ${at}::timestamptz and g.id > ${id}::uuid))`,
  );
}

const namedProposals = (trx: ActorTransaction) =>
  trx
    .selectFrom('grant_proposals as g')
    .leftJoin('staff as s', (on) =>
      on.onRef('s.school_id', '=', 'g.school_id').onRef('s.id', '=', 'g.person_id'),
    )
    .leftJoin('pupils as u', (on) =>
      on.onRef('u.school_id', '=', 'g.school_id').onRef('u.id', '=', 'g.person_id'),
    )
    .leftJoin('staff as p', (on) =>
      on.onRef('p.school_id', '=', 'g.school_id').onRef('p.id', '=', 'g.proposed_by'),
    )
    .leftJoin('staff as d', (on) =>
      on.onRef('d.school_id', '=', 'g.school_id').onRef('d.id', '=', 'g.decided_by'),
    )
    .leftJoin('classes as c', (on) =>
      on.onRef('c.school_id', '=', 'g.school_id').onRef('c.id', '=', 'g.class_id'),
    )
    .leftJoin('grades as r', (on) =>
      on.onRef('r.school_id', '=', 'g.school_id').onRef('r.id', '=', 'g.grade_id'),
    )
    .select([
      'g.id',
      'g.person_id',
      's.name as staff_name',
      'u.name as pupil_name',
      'g.role',
      'g.scope',
      'g.class_id',
      'g.grade_id',
      'c.name as class_name',
      'r.name as grade_name',
      'g.seat',
      'g.ends_at',
      'g.replaces',
      'g.reason',
      'g.proposed_by',
      'p.name as proposed_by_name',
      'g.proposed_at',
      'g.decision',
      'g.decided_by',
      'd.name as decided_by_name',
      'g.decided_at',
    ]);

async function countToDecide(
  trx: ActorTransaction,
  actor: Actor,
  standing: Standing,
): Promise<number> {
  if (!standing.leader && !standing.lead) return 0;
  const rows = await trx
    .selectFrom('grant_proposals')
    .select(['seat', 'person_id', 'proposed_by', 'decision'])
    .where('school_id', '=', actor.schoolId)
    .where('decision', 'is', null)
    .execute();
  return rows.filter((row) => mayDecide(standing, actor, row)).length;
}
