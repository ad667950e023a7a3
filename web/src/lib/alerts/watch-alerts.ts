interface Listener {
  /** Alerts were raised or changed. */
  onchange: () => void;
  onstate: (state: 'live' | 'lost') => void;
}

const channelName = 'shaodian-alerts';

/**
 * Listens for changed alerts. A browser opens few connections to one host, so one tab holds the stream
 * and tells the others; where tabs cannot agree on one (no secure context), each holds its own.
 * Returns how to stop.
 */
export function watchAlerts(listener: Listener): () => void {
  const channel = new BroadcastChannel(channelName);
  const stopping = new AbortController();
  channel.onmessage = () => listener.onchange();

  const hold = (): Promise<void> =>
    new Promise((resolve) => {
      const stream = new EventSource('/api/events');
      stream.onopen = () => listener.onstate('live');
      stream.onerror = () => listener.onstate('lost');
      stream.addEventListener('alerts', () => {
        listener.onchange();
        channel.postMessage('alerts');
      });
      stopping.signal.addEventListener('abort', () => {
        stream.close();
        resolve();
      });
    });

  if (navigator.locks) {
    listener.onstate('live');
    // A stop while another tab holds the stream ends the waiting with an abort, which is no fault.
    navigator.locks.request(channelName, { signal: stopping.signal }, hold).catch(() => undefined);
  } else {
    void hold();
  }
  return () => {
    stopping.abort();
    channel.close();
  };
}
