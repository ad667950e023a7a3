import type { ChannelKind } from '../channels/channel.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Actor } from '../http/types.ts';

/** Who was told of an alert outside the program, and how far each message came; the latest first. */
export async function listMessages(trx: ActorTransaction, actor: Actor, alertId: string) {
  const rows = await trx
    .selectFrom('messages as m')
    .leftJoin('staff as s', (on) =>
      on.onRef('s.school_id', '=', 'm.school_id').onRef('s.id', '=', 'm.person_id'),
    )
    .select(['m.kind', 'm.state', 'm.at', 'm.outside_id', 'm.channel_kind', 's.name'])
    .where('m.school_id', '=', actor.schoolId)
    .where('m.alert_id', '=', alertId)
    .orderBy('m.at', 'desc')
    .orderBy('m.id')
    .limit(100)
    .execute();
  return rows.map((row) => ({
    to: row.name,
    outside: row.outside_id !== null,
    through: row.channel_kind as ChannelKind,
    kind: row.kind,
    state: row.state as MessageState,
    at: row.at.toISOString(),
  }));
}

type MessageState =
  'queued' | 'sent' | 'delivered' | 'opened' | 'acknowledged' | 'failed' | 'stopped';
