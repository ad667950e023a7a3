import { sql } from 'kysely';
import type { ActorTransaction } from '../db/database.ts';
import { recordAct } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { ExclusionKind } from './exclusions.schemas.ts';

interface Standing {
  readonly counsels: boolean;
  readonly leads: boolean;
  readonly excluded: boolean;
}

/** How the actor stands to a pupil's exclusions. */
export async function standingOf(trx: ActorTransaction, pupilId: string): Promise<Standing> {
  const { rows } = await sql<Standing>`
    select sec.has_role('counsellor', 'lead_counsellor') as counsels, sec.has_role('lead_counsellor') as leads,
      ${pupilId}::uuid = any (sec.excluded_pupils()) as excluded`.execute(trx);
  return rows[0] ?? refuse('resource.not-found');
}

/** The pupil, for those who list them. @throws Refusal resource.not-found */
export async function getPupilPlace(trx: ActorTransaction, actor: Actor, pupilId: string) {
  const row = await trx
    .selectFrom('pupils')
    .select(['id', 'class_id', 'grade_id'])
    .where('school_id', '=', actor.schoolId)
    .where('id', '=', pupilId)
    .executeTakeFirst();
  return row
    ? { id: row.id, classId: row.class_id, gradeId: row.grade_id }
    : refuse('resource.not-found');
}

/**
 * Who is or was kept away from a pupil, for counsellors. One who is kept away reads an empty list like any other.
 * @throws Refusal resource.not-found
 */
export function listExclusions(deps: Pick<Deps, 'db'>, actor: Actor, pupilId: string) {
  return deps.db.asActor(actor, async (trx) => {
    const standing = await standingOf(trx, pupilId);
    if (!standing.counsels) refuse('resource.not-found');
    await getPupilPlace(trx, actor, pupilId);
    const rows = await trx
      .selectFrom('exclusions as e')
      .innerJoin('staff as s', (on) =>
        on.onRef('s.school_id', '=', 'e.school_id').onRef('s.id', '=', 'e.person_id'),
      )
      .leftJoin('staff as d', (on) =>
        on.onRef('d.school_id', '=', 'e.school_id').onRef('d.id', '=', 'e.decided_by'),
      )
      .select(['e.id', 'e.person_id', 's.name', 'e.kind', 'e.starts_at', 'e.ends_at'])
      .select('d.name as decided_by')
      .where('e.school_id', '=', actor.schoolId)
      .where('e.pupil_id', '=', pupilId)
      .orderBy('e.starts_at')
      .orderBy('e.id')
      .execute();
    recordAct(trx, { action: 'exclusions.read', pupils: [pupilId] });
    return {
      items: rows.map((row) => ({
        id: row.id,
        person: { id: row.person_id, name: row.name },
        kind: row.kind as ExclusionKind,
        startsAt: row.starts_at.toISOString(),
        endsAt: row.ends_at?.toISOString() ?? null,
        decidedBy: row.decided_by ?? '—',
      })),
      people: await trx
        .selectFrom('staff')
        .select(['id', 'name', 'title'])
        .where('school_id', '=', actor.schoolId)
        .orderBy('name')
        .orderBy('id')
        .execute(),
      mayEnd: standing.leads,
    };
  });
}
