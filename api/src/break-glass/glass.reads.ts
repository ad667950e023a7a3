import { sql } from 'kysely';
import { listOwnGrants } from '../access/own-grants.reads.ts';
import { findDataKeys } from '../crypto/data-keys.ts';
import { unsealText } from '../crypto/seal.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { GlassCategory, GlassQuery, GlassState, GlassVerdict } from './break-glass.schemas.ts';

/** The role in which the person reviews, or nothing. */
export async function overseeingRole(
  trx: ActorTransaction,
  actor: Actor,
): Promise<'lead_counsellor' | 'data_protection_officer' | undefined> {
  const roles = (await listOwnGrants(trx, actor)).map((grant) => grant.role);
  return (['lead_counsellor', 'data_protection_officer'] as const).find((one) =>
    roles.includes(one),
  );
}

/** What the person has open now, if it opens anything. Security time. */
export async function findActiveGlass(trx: ActorTransaction, actor: Actor) {
  return trx
    .selectFrom('break_glass as g')
    .leftJoin('pupils as p', (on) =>
      on.onRef('p.school_id', '=', 'g.school_id').onRef('p.id', '=', 'g.pupil_id'),
    )
    .select(['g.id', 'g.pupil_id', 'p.name', 'g.category', 'g.opened_at', 'g.expires_at'])
    .where('g.school_id', '=', actor.schoolId)
    .where('g.person_id', '=', actor.personId)
    .where('g.ended_at', 'is', null)
    .where('g.expires_at', '>', sql<Date>`statement_timestamp()`)
    .where(sql<boolean>`g.pupil_id = any ((select sec.glass_pupils())::uuid[])`)
    .orderBy('g.expires_at', 'desc')
    .executeTakeFirst();
}

/** For the banner: what is open to me, of whom, and until when. */
export function readActiveGlass(deps: Pick<Deps, 'db'>, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    const row = await findActiveGlass(trx, actor);
    return {
      active: row
        ? {
            id: row.id,
            pupil: { id: row.pupil_id, name: row.name ?? '—' },
            category: row.category as GlassCategory,
            openedAt: row.opened_at.toISOString(),
            expiresAt: row.expires_at.toISOString(),
          }
        : null,
    };
  });
}

const glassesWithNames = (trx: ActorTransaction, actor: Actor) =>
  trx
    .selectFrom('break_glass as g')
    .leftJoin('staff as s', (on) =>
      on.onRef('s.school_id', '=', 'g.school_id').onRef('s.id', '=', 'g.person_id'),
    )
    .leftJoin('pupils as p', (on) =>
      on.onRef('p.school_id', '=', 'g.school_id').onRef('p.id', '=', 'g.pupil_id'),
    )
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('break_glass_reviews as v')
          .select('v.verdict')
          .whereRef('v.school_id', '=', 'g.school_id')
          .whereRef('v.glass_id', '=', 'g.id')
          .orderBy('v.reviewed_at', 'desc')
          .orderBy('v.id')
          .limit(1)
          .as('newest'),
      (on) => on.onTrue(),
    )
    .select(['g.id', 'g.person_id', 's.name as person_name', 'g.pupil_id', 'p.name as pupil_name'])
    .select(['g.category', 'g.opened_at', 'g.expires_at', 'g.ended_at', 'g.review_due_at'])
    .select(['newest.verdict', 'g.reason', stateNow.as('state')])
    .where('g.school_id', '=', actor.schoolId);

const stateNow = sql<GlassState>`case when newest.verdict is not null then 'reviewed'
  when g.review_due_at < statement_timestamp() then 'overdue' else 'awaiting' end`;

type Row = Awaited<ReturnType<ReturnType<typeof glassesWithNames>['execute']>>[number];

const rowOf = (row: Row, actor: Actor) => ({
  id: row.id,
  by: { name: row.person_name ?? '—', me: row.person_id === actor.personId },
  pupil: row.pupil_name === null ? null : { id: row.pupil_id, name: row.pupil_name },
  category: row.category as GlassCategory,
  openedAt: row.opened_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  endedAt: row.ended_at?.toISOString() ?? null,
  reviewDueAt: row.review_due_at.toISOString(),
  state: row.state,
  verdict: row.verdict as GlassVerdict | null,
});

/** One of them, for whoever may see it. */
export const findGlass = (trx: ActorTransaction, actor: Actor, glassId: string) =>
  glassesWithNames(trx, actor).where('g.id', '=', glassId).executeTakeFirst();

/** Every break-glass of the school, the latest first, for those who review them. @throws Refusal action.not-allowed */
export function listGlasses(deps: Pick<Deps, 'db'>, actor: Actor, query: GlassQuery) {
  return deps.db.asActor(actor, async (trx) => {
    const why = (await overseeingRole(trx, actor)) ?? refuse('action.not-allowed');
    let select = glassesWithNames(trx, actor)
      .orderBy('g.opened_at', 'desc')
      .orderBy('g.id')
      .limit(query.limit + 1);
    if (query.state) select = select.where(stateNow, '=', query.state);
    if (query.cursor) {
      const [at, id] = decodeCursor(query.cursor, ['timestamp', 'uuid']);
      select = select.where(
        sql<boolean>`(g.opened_at < ${at}::timestamptz or (g.opened_at = ${at}::timestamptz and g.id > ${id}::uuid))`,
      );
    }
    const rows = await select.execute();
    const items = rows.slice(0, query.limit);
    const last = items.at(-1);
    recordAct(trx, {
      action: 'break-glass.listed',
      pupils: [...new Set(items.map((row) => row.pupil_id))],
      why,
    });
    return {
      items: items.map((row) => rowOf(row, actor)),
      nextCursor:
        rows.length > items.length && last
          ? encodeCursor([last.opened_at.toISOString(), last.id])
          : null,
    };
  });
}

/** One of them with the reason and what was found of it; kept in the audit before it is answered. @throws Refusal resource.not-found */
export function readGlass(deps: Pick<Deps, 'db' | 'master'>, actor: Actor, glassId: string) {
  return deps.db.asActor(actor, async (trx) => {
    const why = (await overseeingRole(trx, actor)) ?? refuse('resource.not-found');
    const row = (await findGlass(trx, actor, glassId)) ?? refuse('resource.not-found');
    const { schoolId } = actor;
    const keys = await findDataKeys(trx, deps.master, {
      schoolId,
      kind: 'pupil',
      id: row.pupil_id,
    });
    const open = (sealed: Buffer | null, table: string, column: string, id: string) =>
      sealed && keys ? unsealText(sealed, keys, { table, column, row: id, schoolId }) : null;
    const reviews = await listReviews(trx, actor, glassId);
    recordAct(trx, {
      action: 'break-glass.read',
      pupils: [row.pupil_id],
      resource: `break-glass:${glassId}`,
      why,
    });
    return {
      ...rowOf(row, actor),
      reason: open(row.reason, 'break_glass', 'reason', row.id),
      reviews: reviews.map((one) => ({
        at: one.reviewed_at.toISOString(),
        by: one.name ?? '—',
        verdict: one.verdict as GlassVerdict,
        note: open(one.note, 'break_glass_reviews', 'note', one.id),
      })),
      mayReview: row.person_id !== actor.personId,
    };
  });
}

const listReviews = (trx: ActorTransaction, actor: Actor, glassId: string) =>
  trx
    .selectFrom('break_glass_reviews as v')
    .leftJoin('staff as s', (on) =>
      on.onRef('s.school_id', '=', 'v.school_id').onRef('s.id', '=', 'v.reviewer_id'),
    )
    .select(['v.id', 'v.reviewed_at', 's.name', 'v.verdict', 'v.note'])
    .where('v.school_id', '=', actor.schoolId)
    .where('v.glass_id', '=', glassId)
    .orderBy('v.reviewed_at')
    .orderBy('v.id')
    .execute();
