import type { Colour } from '@shaodian/rules';
import { ChannelFault } from '../channels/channel.ts';
import type { ChannelConfig, ChannelKind, OutgoingMessage } from '../channels/channel.ts';
import { messageWords } from '../channels/message-words.ts';
import { waitMs } from '../channels/pace.ts';
import { sendThrough } from '../channels/send-through.ts';
import type { MasterKey } from '../crypto/master-key.ts';
import { actForSchool } from '../db/worker-database.ts';
import type { WorkerDatabase, WorkerTransaction } from '../db/worker-database.ts';
import { faultOf } from '../log/fault.ts';
import type { Log } from '../log/log.ts';
import { listOpenChannels, listPoints } from '../notifications/message-sink.ts';
import { fallbackFor } from '../notifications/plan-messages.ts';
import { openConfig } from './channel-secrets.ts';
import {
  findAddress,
  listDueChannels,
  listDueMessages,
  listSentAt,
  listTried,
  lockChannel,
  markChannel,
  markFault,
  markSent,
  markStopped,
  planFallback,
  putOff,
} from './messages.queries.ts';
import type { DueMessage } from './messages.queries.ts';

export interface SendDeps {
  readonly worker: WorkerDatabase;
  readonly master: MasterKey;
  readonly newId: () => string;
  /** Domain time: what waits for a digest. */
  readonly now: () => Date;
  readonly log: Log;
  /** Where the links lead, such as `https://shaodian.school.example`. */
  readonly publicUrl: string;
  readonly sending: { readonly timeoutMs: number; readonly allowPrivate: boolean };
}

/**
 * Sends what waits longest through one channel that nobody else is sending through. The channel's row is held meanwhile: a worker that dies gives it
 * back, with what it had not marked, and another goes on. What the other side had already is recognised by the id of the message.
 */
export function sendNext(deps: SendDeps): Promise<'sent' | 'idle'> {
  return deps.worker.transaction(async (trx) => {
    const at = deps.now();
    for (const due of await listDueChannels(trx, at)) {
      await actForSchool(trx, due.schoolId);
      const channel = await lockChannel(trx, due);
      if (!channel) continue;
      const waiting = await listDueMessages(trx, due, at);
      const over = waiting.filter(isOver);
      await markStopped(
        trx,
        due.schoolId,
        over.map(({ id }) => id),
      );
      const first = waiting.find((message) => !isOver(message));
      if (!first) {
        if (over.length > 0) return 'sent';
        continue;
      }
      const kind = channel.kind as ChannelKind;
      const together = waiting.filter(
        (one) => one === first || (!isOver(one) && goesWith(kind, first, one)),
      );
      const { sentAt, now } = await listSentAt(trx, due);
      const wait = waitMs(kind, sentAt, now);
      if (wait > 0) {
        const held = waiting.filter((one) => !isOver(one)).map(({ id }) => id);
        await putOff(trx, due.schoolId, held, wait);
        return 'sent';
      }
      await send(deps, trx, { ...due, channel, kind, together });
      return 'sent';
    }
    return 'idle';
  });
}

/** Somebody has acknowledged: nobody is asked to any more. Nor in a drill that was stopped, nor of a cluster of which the meeting was held too. */
function isOver(message: DueMessage): boolean {
  if (message.cluster_id !== null)
    return message.cluster_status !== 'open' && message.cluster_met_at !== null;
  const asks = message.kind === 'alert_to_acknowledge' || message.kind === 'alert_outside';
  return (asks && message.status !== 'open') || message.drill_stopped_at !== null;
}

/** One message for what would be the same one: several alerts are told to one receiver at once. */
const goesWith = (kind: ChannelKind, first: DueMessage, other: DueMessage): boolean =>
  kind !== 'webhook' &&
  other.person_id === first.person_id &&
  other.outside_id === first.outside_id &&
  other.kind === first.kind &&
  other.colour === first.colour &&
  other.attempts === first.attempts;

interface Sending {
  readonly schoolId: number;
  readonly channelId: string;
  readonly channel: { readonly id: string; readonly kek_id: string; readonly config: Buffer };
  readonly kind: ChannelKind;
  readonly together: readonly DueMessage[];
}

async function send(deps: SendDeps, trx: WorkerTransaction, sending: Sending): Promise<void> {
  const { schoolId, channel, together } = sending;
  const ids = together.map(({ id }) => id);
  try {
    const config = openConfig(deps.master, schoolId, channel);
    const message = await write(deps, trx, sending, config);
    const { timeoutMs, allowPrivate } = deps.sending;
    const options = { now: () => new Date(), timeoutMs, allowPrivate };
    await markSent(trx, schoolId, ids, await sendThrough(config, message, options));
    await markChannel(trx, sending, null);
  } catch (error) {
    const fault = error instanceof ChannelFault ? error : new ChannelFault('misconfigured');
    if (fault !== error)
      deps.log.error(
        faultOf(error as Error),
        'a message could not be sent; it will be tried again',
      );
    await markFault(trx, schoolId, together, fault);
    await markChannel(trx, sending, fault);
    // The other way is not waited for: what was not sent may be about danger.
    for (const message of together) await fallBack(deps, trx, schoolId, message);
  }
}

async function write(
  deps: SendDeps,
  trx: WorkerTransaction,
  { schoolId, kind, together }: Sending,
  config: ChannelConfig,
): Promise<OutgoingMessage> {
  const [first] = together;
  if (!first) throw new Error('nothing is to be sent');
  const point = kind === 'email' ? 'email' : kind === 'ringing' ? 'phone' : null;
  const to = point && (await findAddress(trx, schoolId, first, point));
  if (point && to === null) throw new ChannelFault('rejected');
  const many = together.length > 1;
  const colour = first.colour as Colour;
  const words =
    first.kind === 'alert_event'
      ? { title: '', text: '' }
      : messageWords(
          many && first.kind !== 'alert_outside' && first.drill_id === null
            ? 'digest'
            : (first.kind as 'alert_to_know'),
          colour,
          'zh-CN',
          together.length,
        );
  const link = first.outside_id === null ? `${deps.publicUrl}/${pathOf(first, many)}` : null;
  return {
    id: first.id,
    to,
    ...words,
    link: config.kind === 'webhook' ? null : link,
    ...(first.event && {
      event: {
        type: first.event,
        timestamp: first.at.toISOString(),
        data: { alert: first.alert_id, colour: first.colour },
      },
    }),
  };
}

/** What the link of a message opens: for one person and one alert it tells that it was followed. */
function pathOf(message: DueMessage, many: boolean): string {
  if (message.cluster_id !== null) return many ? 'alerts' : `clusters/${message.cluster_id}`;
  if (!many && message.person_id !== null) return `m/${message.id}`;
  return message.drill_id ? `drills/${message.drill_id}` : 'alerts';
}

/** Another way to the same receiver, if there is one that was not tried. */
async function fallBack(
  deps: SendDeps,
  trx: WorkerTransaction,
  schoolId: number,
  message: DueMessage,
): Promise<void> {
  const reachable = message.person_id
    ? (await listPoints(trx, schoolId, [message.person_id])).get(message.person_id)
    : undefined;
  if (!reachable || message.kind === 'alert_to_know') return;
  const next = fallbackFor(
    message.colour as Colour,
    reachable,
    await listOpenChannels(trx, schoolId),
    await listTried(trx, schoolId, message),
  );
  if (next) await planFallback(trx, schoolId, message, deps.newId(), next);
}
