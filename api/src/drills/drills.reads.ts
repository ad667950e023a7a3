import { sql } from 'kysely';
import type { ChannelKind } from '../channels/channel.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import { readDrillRights } from './run-drill.ts';

/** The last drills of the school. @throws Refusal action.not-allowed */
export function listDrills(deps: Pick<Deps, 'db'>, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    const rights = await readDrillRights(trx);
    if (!rights.reads) refuse('action.not-allowed');
    const rows = await drillRows(trx, actor).limit(50).execute();
    return { items: rows.map(toRow), mayRun: rights.runs };
  });
}

/**
 * Who was asked and when, through which channels, and when each answered; for somebody who was asked, their own times.
 * @throws Refusal resource.not-found
 */
export function readDrill(deps: Pick<Deps, 'db'>, actor: Actor, drillId: string) {
  return deps.db.asActor(actor, async (trx) => {
    const row = await drillRows(trx, actor).where('d.id', '=', drillId).executeTakeFirst();
    const calls = await listCalls(trx, actor, drillId);
    const own = calls.find((call) => call.person_id === actor.personId);
    if (!row && !own) return refuse('resource.not-found');
    const { runs } = await readDrillRights(trx);
    return {
      id: drillId,
      mine: own
        ? {
            askedAt: own.asked_at.toISOString(),
            answeredAt: own.answered_at?.toISOString() ?? null,
          }
        : null,
      whole: row
        ? {
            ...toRow(row),
            mayRun: runs,
            nextAt: row.next_at?.toISOString() ?? null,
            ...withMessages(calls, await listMessages(trx, drillId)),
          }
        : null,
    };
  });
}

const drillRows = (trx: ActorTransaction, actor: Actor) =>
  trx
    .selectFrom('drills as d')
    .innerJoin('staff as s', (on) =>
      on.onRef('s.school_id', '=', 'd.school_id').onRef('s.id', '=', 'd.started_by'),
    )
    .select([
      'd.id',
      'd.started_at',
      's.name as started_by',
      'd.every_minutes',
      'd.with_outside',
      'd.next_at',
      'd.finished_at',
      'd.stopped_at',
    ])
    .select((eb) => {
      const calls = eb
        .selectFrom('drill_calls as c')
        .whereRef('c.school_id', '=', 'd.school_id')
        .whereRef('c.drill_id', '=', 'd.id')
        .where('c.person_id', 'is not', null);
      return [
        calls.select(sql<number>`count(*)::int`.as('n')).as('asked'),
        calls.select(sql<number>`count(c.answered_at)::int`.as('n')).as('answered'),
      ];
    })
    .where('d.school_id', '=', actor.schoolId)
    .orderBy('d.started_at', 'desc');

type DrillRow = Awaited<ReturnType<ReturnType<typeof drillRows>['execute']>>[number];

const toRow = (row: DrillRow) => ({
  id: row.id,
  state: row.stopped_at
    ? ('stopped' as const)
    : row.finished_at
      ? ('finished' as const)
      : ('running' as const),
  startedAt: row.started_at.toISOString(),
  startedBy: row.started_by,
  everyMinutes: row.every_minutes,
  withOutside: row.with_outside,
  asked: row.asked ?? 0,
  answered: row.answered ?? 0,
  endedAt: (row.stopped_at ?? row.finished_at)?.toISOString() ?? null,
});

const listCalls = (trx: ActorTransaction, actor: Actor, drillId: string) =>
  trx
    .selectFrom('drill_calls as c')
    .leftJoin('staff as s', (on) =>
      on.onRef('s.school_id', '=', 'c.school_id').onRef('s.id', '=', 'c.person_id'),
    )
    .leftJoin('outside_contacts as o', (on) =>
      on.onRef('o.school_id', '=', 'c.school_id').onRef('o.id', '=', 'c.outside_id'),
    )
    .select(['c.position', 'c.person_id', 'c.outside_id', 'c.asked_at', 'c.answered_at'])
    .select(sql<string>`coalesce(s.name, o.name, '')`.as('name'))
    .where('c.school_id', '=', actor.schoolId)
    .where('c.drill_id', '=', drillId)
    .orderBy('c.position')
    .execute();

type Call = Awaited<ReturnType<typeof listCalls>>[number];

interface DrillMessage {
  readonly person_id: string | null;
  readonly outside_id: string | null;
  readonly channel_kind: ChannelKind;
  readonly state:
    'queued' | 'sent' | 'delivered' | 'opened' | 'acknowledged' | 'failed' | 'stopped';
  readonly sent_at: Date | null;
  readonly opened_at: Date | null;
}

async function listMessages(trx: ActorTransaction, drillId: string): Promise<DrillMessage[]> {
  const { rows } =
    await sql<DrillMessage>`select person_id, outside_id, channel_kind, state, sent_at, opened_at
    from sec.drill_messages(${drillId})`.execute(trx);
  return rows;
}

function withMessages(calls: readonly Call[], messages: readonly DrillMessage[]) {
  return {
    calls: calls.map((call) => ({
      position: call.position,
      name: call.name,
      outside: call.outside_id !== null,
      askedAt: call.asked_at.toISOString(),
      answeredAt: call.answered_at?.toISOString() ?? null,
      messages: messages
        .filter((one) => one.person_id === call.person_id && one.outside_id === call.outside_id)
        .map((one) => ({ ...shown(one), openedAt: one.opened_at?.toISOString() ?? null })),
    })),
    groups: messages.filter((one) => one.person_id === null && one.outside_id === null).map(shown),
  };
}

const shown = ({ channel_kind, state, sent_at }: DrillMessage) => ({
  through: channel_kind,
  state,
  sentAt: sent_at?.toISOString() ?? null,
});
