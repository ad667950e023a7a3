import { localDate } from '@shaodian/rules';
import type { Seat } from '@shaodian/rules';
import { listOwnGrants } from '../access/own-grants.reads.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import type { Actor } from '../http/types.ts';
import { readOwnFactor } from '../second-factor/use-code.ts';

/** Who is signed in, with roles, scopes and seat, as they hold now. */
export function readSession(deps: Pick<Deps, 'db' | 'now' | 'demo'>, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    const school = await trx
      .selectFrom('schools')
      .selectAll()
      .where('id', '=', actor.schoolId)
      .executeTakeFirstOrThrow();
    const grants = await listOwnGrants(trx, actor);
    const seat = await findOwnSeat(trx, actor);
    return {
      account: actor.accountName,
      person: { id: actor.personId, name: await readOwnName(trx, actor) },
      school: {
        id: school.id,
        code: school.code,
        name: school.name,
        timeZone: school.time_zone,
        dutyPhone: school.duty_phone,
      },
      roles: grants.map((grant) => ({
        role: grant.role,
        scope: { kind: grant.scope, id: grant.scopeId, name: grant.scopeName },
        until: grant.until?.toISOString() ?? null,
      })),
      seat: seat && { classId: seat.classId, className: seat.className, seat: seat.seat },
      steppedUp: actor.steppedUp && {
        until: actor.steppedUp.until.toISOString(),
        purpose: actor.steppedUp.purpose,
      },
      secondFactor: (await readOwnFactor(trx)).on_since !== null,
      demo: deps.demo !== null,
      expiresAt: actor.sessionEndsAt.toISOString(),
      today: localDate(deps.now().toISOString(), school.time_zone),
    };
  });
}

async function readOwnName(trx: ActorTransaction, actor: Actor): Promise<string> {
  const own = (table: 'staff' | 'pupils') =>
    trx
      .selectFrom(table)
      .select('name')
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', actor.personId)
      .executeTakeFirst();
  return ((await own('staff')) ?? (await own('pupils')))?.name ?? actor.accountName;
}

/** The committee seat the person holds now. */
export async function findOwnSeat(trx: ActorTransaction, actor: Actor) {
  const row = await trx
    .selectFrom('committee_seats as s')
    .innerJoin('classes as c', (on) =>
      on.onRef('c.school_id', '=', 's.school_id').onRef('c.id', '=', 's.class_id'),
    )
    .select(['s.class_id', 's.grade_id', 's.seat', 'c.name'])
    .where('s.school_id', '=', actor.schoolId)
    .where('s.person_id', '=', actor.personId)
    .where('s.ends_on', 'is', null)
    .executeTakeFirst();
  return row
    ? { classId: row.class_id, gradeId: row.grade_id, className: row.name, seat: row.seat as Seat }
    : null;
}

/** The person's live sessions, newest first. */
export function listOwnSessions(deps: Pick<Deps, 'db'>, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    const rows = await trx
      .selectFrom('sessions')
      .select(['id', 'device', 'created_at', 'last_seen_at', 'expires_at', 'idle_seconds'])
      .where('school_id', '=', actor.schoolId)
      .where('person_id', '=', actor.personId)
      .where('revoked_at', 'is', null)
      .orderBy('created_at', 'desc')
      .limit(50)
      .execute();
    const now = Date.now();
    const live = rows.filter(
      (row) =>
        row.expires_at.getTime() > now &&
        row.last_seen_at.getTime() + row.idle_seconds * 1000 > now,
    );
    return {
      items: live.map((row) => ({
        id: row.id,
        device: row.device,
        createdAt: row.created_at.toISOString(),
        lastSeenAt: row.last_seen_at.toISOString(),
        current: row.id === actor.sessionId,
      })),
    };
  });
}
