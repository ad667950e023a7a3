import { sql } from 'kysely';
import type { Role } from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { GrantOrigin, GrantQuery } from './grants.schemas.ts';
import { readStanding } from './standing.ts';

/** Who holds what, now or from a later day on, role by role. @throws Refusal action.not-allowed */
export function listGrants(deps: Pick<Deps, 'db'>, actor: Actor, query: GrantQuery) {
  return deps.db.asActor(actor, async (trx) => {
    const standing = await readStanding(trx);
    const ends = standing.administrator || standing.leader;
    if (!ends && !standing.officer) refuse('action.not-allowed');
    const rows = await grantPage(trx, actor, query).execute();
    const items = rows.slice(0, query.limit);
    const last = items.at(-1);
    return {
      items: items.map((row) => ({
        id: row.id,
        person: { id: row.person_id, name: row.staff_name ?? row.pupil_name ?? '—' },
        role: row.role as Role,
        scope: {
          kind: row.scope as 'school' | 'grade' | 'class' | 'self',
          id: row.class_id ?? row.grade_id,
          name: row.class_name ?? row.grade_name,
        },
        from: row.starts_at.toISOString(),
        until: row.ends_at?.toISOString() ?? null,
        origin: row.origin as GrantOrigin,
        grantedBy: named(row.granted_by, row.granted_by_name),
        approvedBy: named(row.approved_by, row.approved_by_name),
        mayEnd: ends && row.person_id !== actor.personId,
      })),
      nextCursor: rows.length > items.length && last ? encodeCursor([last.role, last.id]) : null,
    };
  });
}

const named = (id: string | null, name: string | null) => (id ? { id, name: name ?? '—' } : null);

function grantPage(trx: ActorTransaction, actor: Actor, query: GrantQuery) {
  const page = trx
    .selectFrom('grants as g')
    .leftJoin('staff as s', (on) =>
      on.onRef('s.school_id', '=', 'g.school_id').onRef('s.id', '=', 'g.person_id'),
    )
    .leftJoin('pupils as u', (on) =>
      on.onRef('u.school_id', '=', 'g.school_id').onRef('u.id', '=', 'g.person_id'),
    )
    .leftJoin('staff as p', (on) =>
      on.onRef('p.school_id', '=', 'g.school_id').onRef('p.id', '=', 'g.granted_by'),
    )
    .leftJoin('staff as a', (on) =>
      on.onRef('a.school_id', '=', 'g.school_id').onRef('a.id', '=', 'g.approved_by'),
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
      'g.starts_at',
      'g.ends_at',
      'g.origin',
      'g.granted_by',
      'p.name as granted_by_name',
      'g.approved_by',
      'a.name as approved_by_name',
    ])
    .where('g.school_id', '=', actor.schoolId)
    .where((eb) =>
      eb.or([eb('g.ends_at', 'is', null), eb('g.ends_at', '>', sql<Date>`statement_timestamp()`)]),
    )
    .orderBy('g.role')
    .orderBy('g.id')
    .limit(query.limit + 1);
  if (!query.cursor) return page;
  const [role, id] = decodeCursor(query.cursor, ['text', 'uuid']);
  return page.where(sql<boolean>`(g.role, g.id) > (${role}, ${id}::uuid)`);
}
