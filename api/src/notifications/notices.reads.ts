import { sql } from 'kysely';
import type { AlertStatus, Colour } from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import type { Actor } from '../http/types.ts';
import type { NoticeKind, NoticeQuery } from './notices.schemas.ts';

/** What I was told, the latest first. Row security hides a notice whose alert I may not see, or no longer. */
export function listNotices(deps: Pick<Deps, 'db'>, actor: Actor, query: NoticeQuery) {
  return deps.db.asActor(actor, async (trx) => {
    const rows = await noticePage(trx, actor, query).execute();
    const items = rows.slice(0, query.limit);
    const last = items.at(-1);
    return {
      items: items.map((row) => ({
        id: row.id,
        kind: row.kind as NoticeKind,
        at: row.at.toISOString(),
        seenAt: row.seen_at?.toISOString() ?? null,
        alert: row.alert_id
          ? { id: row.alert_id, colour: row.colour as Colour, status: row.status as AlertStatus }
          : null,
        colleague: row.colleague,
        drill: row.drill_id ? { id: row.drill_id } : null,
        breakGlass: row.kind === 'break_glass_opened' ? { id: row.subject_id } : null,
      })),
      unseen: await countUnseen(trx, actor),
      undelivered: await countStuck(trx, actor),
      nextCursor:
        rows.length > items.length && last ? encodeCursor([last.at.toISOString(), last.id]) : null,
    };
  });
}

const ownNotices = (trx: ActorTransaction, actor: Actor) =>
  trx
    .selectFrom('notices as n')
    .leftJoin('alerts as a', (on) =>
      on.onRef('a.school_id', '=', 'n.school_id').onRef('a.id', '=', 'n.alert_id'),
    )
    .where('n.school_id', '=', actor.schoolId)
    .where('n.person_id', '=', actor.personId);

function noticePage(trx: ActorTransaction, actor: Actor, query: NoticeQuery) {
  const page = ownNotices(trx, actor)
    .leftJoin('staff as s', (on) =>
      on
        .onRef('s.school_id', '=', 'n.school_id')
        .onRef('s.id', '=', 'n.subject_id')
        .on('n.kind', '=', 'factor_reset'),
    )
    .leftJoin('drill_calls as c', (on) =>
      on.onRef('c.school_id', '=', 'n.school_id').onRef('c.id', '=', 'n.subject_id'),
    )
    .select([
      'n.id',
      'n.kind',
      'n.at',
      'n.seen_at',
      'n.alert_id',
      'n.subject_id',
      'a.colour',
      'a.status',
      'c.drill_id',
    ])
    .select('s.name as colleague')
    .orderBy('n.at', 'desc')
    .orderBy('n.id')
    .limit(query.limit + 1);
  if (!query.cursor) return page;
  const [at, id] = decodeCursor(query.cursor, ['timestamp', 'uuid']);
  return page.where(
    sql<boolean>`(n.at < ${at}::timestamptz or (n.at = ${at}::timestamptz and n.id > ${id}::uuid))`,
  );
}

async function countUnseen(trx: ActorTransaction, actor: Actor): Promise<number> {
  const { unseen } = await ownNotices(trx, actor)
    .select((eb) => eb.fn.countAll<string>().as('unseen'))
    .where('n.seen_at', 'is', null)
    .where((eb) => eb.or([eb('n.alert_id', 'is', null), eb('a.status', '=', 'open')]))
    .executeTakeFirstOrThrow();
  return Number(unseen);
}

async function countStuck(trx: ActorTransaction, actor: Actor): Promise<number> {
  const { stuck } = await trx
    .selectFrom('outbox')
    .select((eb) => eb.fn.countAll<string>().as('stuck'))
    .where('school_id', '=', actor.schoolId)
    .where('stuck', '=', true)
    .executeTakeFirstOrThrow();
  return Number(stuck);
}
