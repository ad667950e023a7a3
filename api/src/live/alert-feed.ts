import postgres from 'postgres';
import { countStreams } from './open-streams.ts';
import type { OpenStream } from './open-streams.ts';

/** What happened, as ids. An empty id: something may have been missed, look again. */
export type LiveSignal =
  | { readonly kind: 'alert'; readonly schoolId: number; readonly id: string }
  | {
      readonly kind: 'notice';
      readonly schoolId: number;
      readonly id: string;
      readonly personId: string;
    };

/** Tells that an alert was raised or changed, or a notice came. Ids only: what a listener may see is read again as that person. */
export interface AlertFeed {
  listen(schoolId: number, onSignal: (signal: LiveSignal) => void): () => void;
  /** Tells the worker that something waits in the outbox. */
  listenToOutbox(onFilled: () => void): () => void;
  readonly openStream: OpenStream;
  isClosed(): boolean;
  /** A stream that has nothing to say shows this often that it is alive, and looks whether its session still is. */
  readonly heartbeatMs: number;
  close(): Promise<void>;
}

/** One LISTEN connection for the whole process; after a lost connection every listener is told to look again. */
export async function alertFeed(url: string, heartbeatMs = 15_000): Promise<AlertFeed> {
  const listeners = new Map<number, Set<(signal: LiveSignal) => void>>();
  const workers = new Set<() => void>();
  const sql = postgres(url, {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    onnotice: () => {},
    connection: { application_name: 'shaodian-live' },
  });
  let closed = false;
  const tell = (signal: LiveSignal) => {
    for (const one of listeners.get(signal.schoolId) ?? []) one(signal);
  };
  const lookAgain = () => {
    for (const schoolId of listeners.keys()) tell({ kind: 'alert', schoolId, id: '' });
    for (const wake of workers) wake();
  };
  await listenOn(sql, 'shaodian_alerts', lookAgain, (payload) => {
    const [school, id = ''] = payload.split(':');
    tell({ kind: 'alert', schoolId: Number(school), id });
  });
  await listenOn(sql, 'shaodian_notices', lookAgain, (payload) => {
    const [school, id = '', personId = ''] = payload.split(':');
    tell({ kind: 'notice', schoolId: Number(school), id, personId });
  });
  await listenOn(sql, 'shaodian_outbox', lookAgain, () => {
    for (const wake of workers) wake();
  });
  return {
    listen: (schoolId, onSignal) => {
      const set = listeners.get(schoolId) ?? new Set();
      listeners.set(schoolId, set.add(onSignal));
      return () => {
        set.delete(onSignal);
        if (set.size === 0) listeners.delete(schoolId);
      };
    },
    listenToOutbox: (onFilled) => {
      workers.add(onFilled);
      return () => void workers.delete(onFilled);
    },
    openStream: countStreams(),
    isClosed: () => closed,
    heartbeatMs,
    close: async () => {
      closed = true;
      // Wakes every stream, so that each sees the end and finishes.
      lookAgain();
      await sql.end({ timeout: 1 });
    },
  };
}

/** What was told while nobody listened is lost, so after each connection but the first everybody reads again. */
async function listenOn(
  sql: postgres.Sql,
  channel: string,
  onAgain: () => void,
  onTold: (payload: string) => void,
): Promise<void> {
  let connectedBefore = false;
  await sql.listen(channel, onTold, () => {
    if (connectedBefore) onAgain();
    connectedBefore = true;
  });
}
