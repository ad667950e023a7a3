import postgres from 'postgres';

interface AlertSignal {
  readonly schoolId: number;
  readonly alertId: string;
}

/** Tells that an alert was raised or changed. Ids only: what a listener may see is read again as that person. */
export interface AlertFeed {
  listen(schoolId: number, onSignal: (signal: AlertSignal) => void): () => void;
  isClosed(): boolean;
  /** A stream that has nothing to say shows this often that it is alive, and looks whether its session still is. */
  readonly heartbeatMs: number;
  close(): Promise<void>;
}

/** One LISTEN connection for the whole process; after a lost connection every listener is told to look again. */
export async function alertFeed(url: string, heartbeatMs = 15_000): Promise<AlertFeed> {
  const listeners = new Map<number, Set<(signal: AlertSignal) => void>>();
  const sql = postgres(url, {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    onnotice: () => {},
    connection: { application_name: 'shaodian-live' },
  });
  let connectedBefore = false;
  let closed = false;
  await sql.listen(
    'shaodian_alerts',
    (payload) => {
      const [school, alertId] = payload.split(':');
      const schoolId = Number(school);
      for (const tell of listeners.get(schoolId) ?? []) tell({ schoolId, alertId: alertId ?? '' });
    },
    () => {
      // What was told while nobody listened is lost, so everybody reads again.
      if (connectedBefore)
        for (const [schoolId, set] of listeners)
          for (const tell of set) tell({ schoolId, alertId: '' });
      connectedBefore = true;
    },
  );
  return {
    listen: (schoolId, onSignal) => {
      const set = listeners.get(schoolId) ?? new Set();
      listeners.set(schoolId, set.add(onSignal));
      return () => {
        set.delete(onSignal);
        if (set.size === 0) listeners.delete(schoolId);
      };
    },
    isClosed: () => closed,
    heartbeatMs,
    close: async () => {
      closed = true;
      // Wakes every stream, so that each sees the end and finishes.
      for (const [schoolId, set] of listeners)
        for (const tell of set) tell({ schoolId, alertId: '' });
      await sql.end({ timeout: 1 });
    },
  };
}
