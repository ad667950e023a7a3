import type { RowList, Row, Sql } from 'postgres';
import { oneBackendClient } from './one-backend-client.ts';

/**
 * The connection of a transaction is gone, or none could be had. Nothing was committed, unless COMMIT was already on its way: then
 * nobody knows, and only the same Idempotency-Key makes it safe to ask again.
 */
export class ConnectionLostError extends Error {
  override name = 'ConnectionLostError';
  /** What the database or the network called it. */
  readonly code: string | undefined;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = (options?.cause as { code?: string } | undefined)?.code;
  }
}

/** One backend, lent to one transaction. Every statement after a loss is refused. */
export interface ExclusiveConnection {
  readonly backendPid: number;
  run(text: string, parameters: readonly unknown[]): Promise<RowList<Row[]>>;
}

export interface ExclusivePool {
  /** @throws ConnectionLostError when no connection can be had in time */
  lend(): Promise<Lease>;
  /** Lets the transactions that are under way finish, for five seconds. */
  close(): Promise<void>;
}

export interface Lease extends ExclusiveConnection {
  /** Ends the transaction; statements that come later are refused. Returns the answer: COMMIT or ROLLBACK. */
  end(how: 'commit' | 'rollback'): Promise<string>;
  /** Refuses everything but the rollback. */
  doom(): void;
  /** A connection whose transaction was not seen to end is not used again. */
  giveBack(): void;
}

interface Slot {
  readonly client: Sql;
  readonly backendPid: number;
  lost: boolean;
}

interface Waiter {
  readonly resolve: (slot: Slot) => void;
  readonly reject: (error: Error) => void;
}

const waitSeconds = 10;
const closeSeconds = 5;

/**
 * A pool in which a connection is a client of its own, lent to one transaction at a time.
 *
 * The driver's own `begin` lets the statements of a transaction whose backend died run on the next backend, inside whatever
 * transaction is there. Here a lost backend poisons its lease for good, and its client never has another backend.
 */
export function exclusivePool(url: string, size: number): ExclusivePool {
  // Every live connection, idle or lent. With `connecting` this is the whole count: there is no number that could drift.
  const live = new Set<Slot>();
  const idle: Slot[] = [];
  const waiting: Waiter[] = [];
  let connecting = 0;
  let closed = false;
  let onEmpty = () => {};

  function serve(): void {
    while (waiting.length > 0 && idle.length > 0) waiting.shift()?.resolve(idle.pop() as Slot);
    while (waiting.length > connecting && live.size + connecting < size) void addConnection();
    if (live.size + connecting === 0) onEmpty();
  }

  async function addConnection(): Promise<void> {
    connecting += 1;
    try {
      const slot = await connectSlot(url, remove);
      live.add(slot);
      putBack(slot);
    } catch (error) {
      waiting
        .shift()
        ?.reject(new ConnectionLostError('no connection could be made', { cause: error }));
    } finally {
      connecting -= 1;
      serve();
    }
  }

  function putBack(slot: Slot): void {
    if (closed) remove(slot);
    else idle.push(slot);
  }

  function remove(slot: Slot): void {
    if (!live.delete(slot)) return;
    slot.lost = true;
    // Also rejects what is still under way: after some losses the driver would leave it pending for ever.
    void slot.client.end({ timeout: 0 }).catch(() => undefined);
    const at = idle.indexOf(slot);
    if (at >= 0) idle.splice(at, 1);
    serve();
  }

  function wait(): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        resolve: (slot) => (clearTimeout(timer), resolve(slot)),
        reject: (error) => (clearTimeout(timer), reject(error)),
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(waiter), 1);
        reject(new ConnectionLostError('no connection became free in time'));
      }, waitSeconds * 1000);
      waiting.push(waiter);
      serve();
    });
  }

  return {
    lend: async () => {
      if (closed) throw new ConnectionLostError('the pool is closed');
      const slot = idle.pop() ?? (await wait());
      return leaseOf(slot, (clean) => {
        if (slot.lost) return;
        if (clean) putBack(slot);
        else remove(slot);
        serve();
      });
    },
    close: async () => {
      closed = true;
      const emptied = new Promise<void>((resolve) => (onEmpty = resolve));
      for (const waiter of waiting.splice(0))
        waiter.reject(new ConnectionLostError('the pool is closed'));
      for (const slot of [...idle]) remove(slot);
      serve();
      const timer = setTimeout(() => {
        for (const slot of [...live]) remove(slot);
        onEmpty();
      }, closeSeconds * 1000);
      await emptied.finally(() => clearTimeout(timer));
    },
  };
}

async function connectSlot(url: string, onLoss: (slot: Slot) => void): Promise<Slot> {
  let slot: Slot | undefined;
  let lost = false;
  const client = oneBackendClient(url, () => {
    lost = true;
    if (slot) onLoss(slot);
  });
  try {
    const rows = await client<{ pid: number }[]>`select pg_backend_pid() as pid`;
    if (lost) throw new Error('lost as soon as it was made');
    return (slot = { client, backendPid: rows[0]?.pid ?? 0, lost: false });
  } catch (error) {
    void client.end({ timeout: 0 }).catch(() => undefined);
    throw error;
  }
}

function leaseOf(slot: Slot, onReturn: (clean: boolean) => void): Lease {
  let state: 'usable' | 'doomed' | 'ended' | 'returned' = 'usable';
  let clean = false;

  async function send(text: string, parameters: readonly unknown[]): Promise<RowList<Row[]>> {
    try {
      return await slot.client.unsafe(text, parameters as never[], { prepare: true });
    } catch (error) {
      if (slot.lost || isLoss(error)) throw gone(error);
      throw error;
    }
  }

  return {
    backendPid: slot.backendPid,
    run: async (text, parameters) => {
      if (slot.lost || state !== 'usable') throw gone();
      return send(text, parameters);
    },
    end: async (how) => {
      if (slot.lost || state === 'returned' || (state === 'doomed' && how === 'commit'))
        throw gone();
      state = 'ended';
      const { command } = await send(how, []);
      clean = true;
      return command;
    },
    doom: () => {
      if (state === 'usable') state = 'doomed';
    },
    giveBack: () => {
      if (state === 'returned') return;
      state = 'returned';
      onReturn(clean);
    },
  };
}

const gone = (cause?: unknown) =>
  new ConnectionLostError('the connection of this transaction is gone', { cause });

// Terminated by an administrator, crash, shutdown, idle in transaction; the rest are the driver's words for a lost socket.
const lossCodes = new Set(['57P01', '57P02', '57P03', '57P05', '25P03', 'ECONNRESET', 'EPIPE']);
const isLoss = (error: unknown): boolean => {
  const code = (error as { code?: string }).code ?? '';
  return lossCodes.has(code) || code.startsWith('CONNECTION_');
};
