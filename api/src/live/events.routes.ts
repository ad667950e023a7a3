import { createRoute, z } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import type { SSEStreamingApi } from 'hono/streaming';
import type { Deps } from '../deps.ts';
import { answersOf } from '../http/problem.ts';
import { routeSet } from '../http/routes.ts';
import { findActor, sessionTokenOf, withUncountedSession } from '../http/session.ts';
import type { Actor } from '../http/types.ts';
import type { LiveSignal } from './alert-feed.ts';

const events = createRoute({
  method: 'get',
  path: '/events',
  tags: ['live'],
  summary: 'Server-sent events: an alert I may list was raised or changed, or a notice for me came',
  description:
    'Event `alerts` with `{"id": …}`, or an empty id when the reader should look at the whole list again; event `notices` with `{}`. Not counted as activity.',
  middleware: [withUncountedSession] as const,
  responses: {
    200: { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } },
    ...answersOf('session.required'),
  },
});

export const liveRoutes = routeSet().openapi(events, (c) => {
  const token = sessionTokenOf(c) ?? '';
  c.header('x-accel-buffering', 'no');
  return streamSSE(c, (stream) => follow(c.get('deps'), c.get('actor'), token, stream)) as never;
});

/** Forwards signals about alerts this person may list, until the session or the connection ends, or the person opens too many. */
async function follow(
  deps: Deps,
  actor: Actor,
  token: string,
  stream: SSEStreamingApi,
): Promise<void> {
  const signals: LiveSignal[] = [];
  // A fixed beat: a signal this person may not see must not shift it, or its shift would tell.
  let beatAt = Date.now() + deps.feed.heartbeatMs;
  let wake = () => {};
  const stop = deps.feed.listen(actor.schoolId, (signal) => {
    if (signal.kind === 'notice' && signal.personId !== actor.personId) return;
    signals.push(signal);
    wake();
  });
  let isOneTooMany = false;
  const close = deps.feed.openStream(actor.accountId, () => {
    isOneTooMany = true;
    wake();
  });
  stream.onAbort(() => {
    stop();
    wake();
  });
  try {
    await stream.writeSSE({ event: 'ready', data: '{}' });
    while (!stream.aborted && !stream.closed && !isOneTooMany) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, beatAt - Date.now()));
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (signals.length > 0) wake();
      });
      if (
        stream.aborted ||
        isOneTooMany ||
        deps.feed.isClosed() ||
        !(await findActor(deps, token, false))
      )
        return;
      await forward(deps, actor, signals.splice(0), stream);
      if (Date.now() < beatAt) continue;
      await stream.write(': still here\n\n');
      beatAt += deps.feed.heartbeatMs;
    }
  } finally {
    stop();
    close();
  }
}

async function forward(
  deps: Deps,
  actor: Actor,
  signals: readonly LiveSignal[],
  stream: SSEStreamingApi,
): Promise<void> {
  const idsOf = (kind: LiveSignal['kind']) => [
    ...new Set(signals.filter((one) => one.kind === kind).map((one) => one.id)),
  ];
  const [alerts, notices] = [idsOf('alert'), idsOf('notice')];
  const missed = alerts.includes('');
  if (missed) await stream.writeSSE({ event: 'alerts', data: '{"id":""}' });
  else
    for (const id of await onlyVisible(deps, actor, 'alerts', alerts))
      await stream.writeSSE({ event: 'alerts', data: JSON.stringify({ id }) });
  if (missed || (await onlyVisible(deps, actor, 'notices', notices)).length > 0)
    await stream.writeSSE({ event: 'notices', data: '{}' });
}

// Read again as the actor: what row security does not show is not told, not even that it exists.
async function onlyVisible(
  deps: Deps,
  actor: Actor,
  table: 'alerts' | 'notices',
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  return deps.db.asActor(actor, async (trx) => {
    const rows = await trx
      .selectFrom(table)
      .select('id')
      .where('school_id', '=', actor.schoolId)
      .where('id', 'in', [...ids])
      .execute();
    return rows.map((row) => row.id);
  });
}
