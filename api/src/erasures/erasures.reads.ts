import type { Deps } from '../deps.ts';
import type { Actor } from '../http/types.ts';
import type { ErasureInput } from './erasures.schemas.ts';

/** The erasures that were asked for, the latest first; nothing for who has no part in them. */
export function listErasures(deps: Pick<Deps, 'db'>, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    const rows = await trx
      .selectFrom('erasures as e')
      .leftJoin('pupils as p', (on) =>
        on.onRef('p.school_id', '=', 'e.school_id').onRef('p.id', '=', 'e.pupil_id'),
      )
      .leftJoin('staff as r', (on) =>
        on.onRef('r.school_id', '=', 'e.school_id').onRef('r.id', '=', 'e.requested_by'),
      )
      .leftJoin('staff as a', (on) =>
        on.onRef('a.school_id', '=', 'e.school_id').onRef('a.id', '=', 'e.approved_by'),
      )
      .select([
        'e.id',
        'p.name as pupil_name',
        'e.reason',
        'r.name as requested_by',
        'e.requested_at',
        'a.name as approved_by',
        'e.approved_at',
      ])
      .where('e.school_id', '=', actor.schoolId)
      .orderBy('e.requested_at', 'desc')
      .orderBy('e.id')
      .limit(200)
      .execute();
    return {
      items: rows.map((row) => ({
        id: row.id,
        pupilName: row.pupil_name,
        reason: row.reason as ErasureInput['reason'],
        requestedBy: row.requested_by ?? '—',
        requestedAt: row.requested_at.toISOString(),
        approvedBy: row.approved_by,
        approvedAt: row.approved_at?.toISOString() ?? null,
      })),
    };
  });
}
