import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

/** A way to the database that can be cut, closed and pointed elsewhere, at an address that stays. */
export interface ChaosProxy {
  readonly url: string;
  /** Resets every connection, as a lost network does: no good-bye from the server. */
  reset(): void;
  /** New connections are dropped until `open`. */
  refuse(): void;
  open(targetUrl?: string): void;
  stop(): Promise<void>;
}

export async function chaosProxy(targetUrl: string): Promise<ChaosProxy> {
  let target = new URL(targetUrl);
  let refusing = false;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    near.on('error', () => {});
    if (refusing) return near.resetAndDestroy();
    const far = connect(Number(target.port), target.hostname);
    sockets.add(near);
    near.on('close', () => {
      sockets.delete(near);
      far.destroy();
    });
    far.on('error', () => {}).on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = new URL(targetUrl);
  url.port = String(address && typeof address === 'object' ? address.port : 0);
  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: url.href,
    reset,
    refuse: () => (refusing = true),
    open: (newTarget) => {
      if (newTarget) target = new URL(newTarget);
      refusing = false;
    },
    stop: async () => {
      reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
