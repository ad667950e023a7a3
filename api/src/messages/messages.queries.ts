import { sql } from 'kysely';
import type { Colour } from '@shaodian/rules';
import type { ChannelFault, Sent } from '../channels/channel.ts';
import type { WorkerTransaction } from '../db/worker-database.ts';

interface DueChannel {
  readonly schoolId: number;
  readonly channelId: string;
}

/** Channels with something to send, of any school. Works before `actForSchool`: which school is not known yet. */
export async function listDueChannels(trx: WorkerTransaction, at: Date): Promise<DueChannel[]> {
  const { rows } = await sql<{
    school_id: number;
    channel_id: string;
  }>`select * from sec.due_channels(${at})`.execute(trx);
  return rows.map((row) => ({ schoolId: row.school_id, channelId: row.channel_id }));
}

/** The channel, held by this transaction; undefined while another worker sends through it. */
export const lockChannel = (trx: WorkerTransaction, { schoolId, channelId }: DueChannel) =>
  trx
    .selectFrom('channels')
    .select(['id', 'kind', 'kek_id', 'config'])
    .where('school_id', '=', schoolId)
    .where('id', '=', channelId)
    .where('enabled', '=', true)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();

/** What waits for this channel, the most urgent first, with how its alert stands now. */
export const listDueMessages = (
  trx: WorkerTransaction,
  { schoolId, channelId }: DueChannel,
  at: Date,
) =>
  trx
    .selectFrom('messages as m')
    .leftJoin('alerts as a', (on) =>
      on.onRef('a.school_id', '=', 'm.school_id').onRef('a.id', '=', 'm.alert_id'),
    )
    .leftJoin('drills as d', (on) =>
      on.onRef('d.school_id', '=', 'm.school_id').onRef('d.id', '=', 'm.drill_id'),
    )
    .leftJoin('cluster_alerts as k', (on) =>
      on.onRef('k.school_id', '=', 'm.school_id').onRef('k.id', '=', 'm.cluster_id'),
    )
    .select([
      'm.id',
      'm.outbox_id',
      'm.alert_id',
      'm.drill_id',
      'm.cluster_id',
      'm.person_id',
      'm.outside_id',
      'm.kind',
      'm.event',
      'm.colour',
      'm.at',
      'm.attempts',
      'a.status',
      'd.stopped_at as drill_stopped_at',
      'k.status as cluster_status',
      'k.met_at as cluster_met_at',
    ])
    .where('m.school_id', '=', schoolId)
    .where('m.channel_id', '=', channelId)
    .where('m.state', '=', 'queued')
    .where('m.not_before', '<=', at)
    .where('m.next_at', '<=', sql<Date>`clock_timestamp()`)
    // A drill never goes before what is real.
    .orderBy(sql`m.drill_id is not null`)
    .orderBy(sql`array_position(array['red', 'orange', 'yellow', 'blue'], m.colour)`)
    .orderBy('m.next_at')
    .limit(500)
    .forUpdate('m')
    .skipLocked()
    .execute();

export type DueMessage = Awaited<ReturnType<typeof listDueMessages>>[number];

/** When the last messages went through the channel, in milliseconds of real time. */
export async function listSentAt(
  trx: WorkerTransaction,
  { schoolId, channelId }: DueChannel,
): Promise<{ readonly sentAt: number[]; readonly now: number }> {
  const rows = await trx
    .selectFrom('messages')
    .select('sent_at')
    .distinct()
    .where('school_id', '=', schoolId)
    .where('channel_id', '=', channelId)
    .where('sent_at', '>', sql<Date>`clock_timestamp() - interval '70 seconds'`)
    .execute();
  const { now } = await trx
    .selectNoFrom(sql<Date>`clock_timestamp()`.as('now'))
    .executeTakeFirstOrThrow();
  return {
    sentAt: rows.flatMap(({ sent_at }) => (sent_at ? [sent_at.getTime()] : [])),
    now: now.getTime(),
  };
}

/** An e-mail address or a telephone number, or null where there is none any more. */
export async function findAddress(
  trx: WorkerTransaction,
  schoolId: number,
  message: DueMessage,
  kind: 'email' | 'phone',
): Promise<string | null> {
  if (message.outside_id) {
    const row = await trx
      .selectFrom('outside_contacts')
      .select(kind)
      .where('school_id', '=', schoolId)
      .where('id', '=', message.outside_id)
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    return row?.[kind] ?? null;
  }
  if (!message.person_id) return null;
  const row = await trx
    .selectFrom('contact_points')
    .select('address')
    .where('school_id', '=', schoolId)
    .where('person_id', '=', message.person_id)
    .where('kind', '=', kind)
    .executeTakeFirst();
  return row?.address ?? null;
}

const settle = (trx: WorkerTransaction, schoolId: number, ids: readonly string[]) =>
  trx
    .updateTable('messages')
    .where('school_id', '=', schoolId)
    .where('id', 'in', [...ids]);

export async function markSent(
  trx: WorkerTransaction,
  schoolId: number,
  ids: readonly string[],
  { state, reference }: Sent,
): Promise<void> {
  const at = sql<Date>`clock_timestamp()`;
  await settle(trx, schoolId, ids)
    .set({
      state,
      reference,
      sent_at: at,
      last_fault: null,
      ...(state === 'delivered' && { delivered_at: at }),
    })
    .execute();
}

/** What is not to be said any more. */
export async function markStopped(
  trx: WorkerTransaction,
  schoolId: number,
  ids: readonly string[],
): Promise<void> {
  if (ids.length > 0) await settle(trx, schoolId, ids).set({ state: 'stopped' }).execute();
}

export async function putOff(
  trx: WorkerTransaction,
  schoolId: number,
  ids: readonly string[],
  milliseconds: number,
): Promise<void> {
  await settle(trx, schoolId, ids)
    .set({
      next_at: sql<Date>`clock_timestamp() + make_interval(secs => ${milliseconds / 1_000}::float8)`,
    })
    .execute();
}

const mostAttempts = 6;

/** Counts the attempt: tried again after 2 s, 4 s, 8 s …, or shown as failed where that is of no use. */
export async function markFault(
  trx: WorkerTransaction,
  schoolId: number,
  messages: readonly DueMessage[],
  fault: ChannelFault,
): Promise<void> {
  for (const { id, attempts } of messages) {
    const tried = attempts + 1;
    const failed = fault.isPermanent || tried >= mostAttempts;
    const pauseSeconds = Math.max((fault.retryAfterMs ?? 0) / 1_000, 2 ** tried);
    await settle(trx, schoolId, [id])
      .set({
        attempts: tried,
        last_fault: fault.code,
        state: failed ? 'failed' : 'queued',
        next_at: sql<Date>`clock_timestamp() + make_interval(secs => ${pauseSeconds}::float8)`,
      })
      .execute();
  }
}

export async function markChannel(
  trx: WorkerTransaction,
  { schoolId, channelId }: DueChannel,
  fault: ChannelFault | null,
): Promise<void> {
  const at = sql<Date>`clock_timestamp()`;
  await trx
    .updateTable('channels')
    .set(fault ? { last_fault: fault.code, last_fault_at: at } : { last_ok_at: at })
    .where('school_id', '=', schoolId)
    .where('id', '=', channelId)
    .execute();
}

/** Another way to the same receiver, for each message that was not sent; one that is planned already stays as it is. */
export async function planFallback(
  trx: WorkerTransaction,
  schoolId: number,
  message: DueMessage,
  id: string,
  channel: { readonly id: string; readonly kind: string },
): Promise<void> {
  await trx
    .insertInto('messages')
    .values({
      school_id: schoolId,
      id,
      outbox_id: message.outbox_id,
      alert_id: message.alert_id,
      drill_id: message.drill_id,
      cluster_id: message.cluster_id,
      person_id: message.person_id,
      outside_id: message.outside_id,
      channel_id: channel.id,
      channel_kind: channel.kind,
      kind: message.kind,
      event: message.event,
      colour: message.colour as Colour,
      at: message.at,
      not_before: message.at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Through which channels a receiver was told of one thing, or is about to be. */
export async function listTried(
  trx: WorkerTransaction,
  schoolId: number,
  message: DueMessage,
): Promise<string[]> {
  const rows = await trx
    .selectFrom('messages')
    .select('channel_id')
    .where('school_id', '=', schoolId)
    .where('outbox_id', '=', message.outbox_id)
    .where('person_id', 'is not distinct from', message.person_id)
    .where('outside_id', 'is not distinct from', message.outside_id)
    .execute();
  return rows.map((row) => row.channel_id);
}
