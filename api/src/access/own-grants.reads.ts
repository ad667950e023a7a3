import { sql } from 'kysely';
import type { Role } from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';
import type { Actor } from '../http/types.ts';

export interface OwnGrant {
  readonly role: Role;
  readonly scope: 'school' | 'grade' | 'class' | 'self';
  readonly scopeId: number | null;
  readonly scopeName: string | null;
  readonly until: Date | null;
}

/** The grants of the person who asks that hold at this statement. Security time, as in the policies. */
export async function listOwnGrants(trx: ActorTransaction, actor: Actor): Promise<OwnGrant[]> {
  const rows = await trx
    .selectFrom('grants as g')
    .leftJoin('classes as c', (on) =>
      on.onRef('c.school_id', '=', 'g.school_id').onRef('c.id', '=', 'g.class_id'),
    )
    .leftJoin('grades as r', (on) =>
      on.onRef('r.school_id', '=', 'g.school_id').onRef('r.id', '=', 'g.grade_id'),
    )
    .select([
      'g.role',
      'g.scope',
      'g.class_id',
      'g.grade_id',
      'g.ends_at',
      'c.name as class_name',
      'r.name as grade_name',
    ])
    .where('g.school_id', '=', actor.schoolId)
    .where('g.person_id', '=', actor.personId)
    .where('g.starts_at', '<=', sql<Date>`statement_timestamp()`)
    .where((eb) =>
      eb.or([eb('g.ends_at', 'is', null), eb('g.ends_at', '>', sql<Date>`statement_timestamp()`)]),
    )
    .orderBy('g.role')
    .orderBy('g.class_id')
    .execute();
  return rows.map((row) => ({
    role: row.role as Role,
    scope: row.scope as OwnGrant['scope'],
    scopeId: row.class_id ?? row.grade_id,
    scopeName: row.class_name ?? row.grade_name,
    until: row.ends_at,
  }));
}
