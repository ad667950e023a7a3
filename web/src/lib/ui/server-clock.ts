import { createContext } from 'svelte';
import { createSubscriber } from 'svelte/reactivity';

const everyMs = 15_000;

/** Reads the server's time, moved on by how long this page has been open: a wrong device clock does not matter. */
export interface ServerClock {
  readonly nowMs: number;
}

export function serverClock(serverNow: string): ServerClock {
  const startMs = Date.parse(serverNow);
  const openedAtMs = performance.now();
  const subscribe = createSubscriber((update) => {
    const timer = setInterval(update, everyMs);
    return () => clearInterval(timer);
  });
  return {
    get nowMs() {
      subscribe();
      return startMs + performance.now() - openedAtMs;
    },
  };
}

export const [getServerClock, setServerClock] = createContext<ServerClock>();
