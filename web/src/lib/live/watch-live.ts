type Topic = 'alerts' | 'notices';
type Connection = 'live' | 'lost';
type Told =
  | { readonly happened: Topic }
  /** How the tab that holds the stream fares. */
  | { readonly connection: Connection };

interface Listener {
  readonly topic: Topic;
  /** Alerts were raised or changed, or a notice came. */
  onchange: () => void;
  onstate?: (state: Connection) => void;
}

const channelName = 'shaodian-live';

const listeners = new Set<Listener>();
let stop: (() => void) | null = null;
let connection: Connection = 'live';

/**
 * Listens for what happens. A browser opens few connections to one host, so one tab holds the stream for all that listen
 * in it and tells the others; where tabs cannot agree on one (no secure context), each holds its own.
 * Returns how to stop.
 */
export function watchLive(listener: Listener): () => void {
  listeners.add(listener);
  stop ??= startWatching();
  listener.onstate?.(connection);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stop?.();
    stop = null;
  };
}

function hear(told: Told): void {
  if ('connection' in told) connection = told.connection;
  for (const listener of listeners) {
    if ('connection' in told) listener.onstate?.(told.connection);
    else if (listener.topic === told.happened) listener.onchange();
  }
}

function startWatching(): () => void {
  const channel = new BroadcastChannel(channelName);
  const stopping = new AbortController();
  channel.onmessage = ({ data }: MessageEvent<Told>) => hear(data);
  const tell = (told: Told): void => {
    hear(told);
    channel.postMessage(told);
  };
  const hold = (): Promise<void> =>
    new Promise((resolve) => {
      const stream = new EventSource('/api/events');
      stream.onopen = () => tell({ connection: 'live' });
      stream.onerror = () => tell({ connection: 'lost' });
      for (const topic of ['alerts', 'notices'] as const)
        stream.addEventListener(topic, () => tell({ happened: topic }));
      stopping.signal.addEventListener('abort', () => {
        stream.close();
        resolve();
      });
    });

  connection = 'live';
  // A stop while another tab holds the stream ends the waiting with an abort, which is no fault.
  if (navigator.locks)
    navigator.locks.request(channelName, { signal: stopping.signal }, hold).catch(() => undefined);
  else void hold();
  return () => {
    stopping.abort();
    channel.close();
  };
}
