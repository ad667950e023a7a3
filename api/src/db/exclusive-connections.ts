import postgres from 'postgres';
import type { Sql } from 'postgres';
import { plainDate } from '@shaodian/migrations';

/** The connection of a transaction was lost; nothing that it did was committed unless COMMIT had been answered. */
export class ConnectionLostError extends Error {
  override name = 'ConnectionLostError';
}

/** One backend, lent to one transaction. Every statement after a loss is refused. */
export interface ExclusiveConnection {
  readonly backendPid: number;
  run(text: string, parameters: readonly unknown[]): Promise<postgres.RowList<postgres.Row[]>>;
}

export interface ExclusivePool {
  lend(): Promise<Lease>;
  close(): Promise<void>;
}

export interface Lease extends ExclusiveConnection {
  giveBack(): void;
}

interface Slot {
  client: Sql;
  backendPid: number;
  lost: boolean;
}

/**
 * A pool in which a connection is a postgres.js client of its own (`max: 1`).
 *
 * postgres.js reconnects a client quietly, and its own `begin` lets the statements of a transaction whose backend died run on the
 * new backend, inside whatever transaction is there. Here a lost backend poisons its lease for good: the client is thrown away.
 */
export function exclusivePool(url: string, size: number): ExclusivePool {
  const idle: Slot[] = [];
  const waiting: { resolve: (slot: Slot) => void; reject: (error: Error) => void }[] = [];
  let open = 0;
  let closed = false;

  async function connect(): Promise<Slot> {
    const slot: Slot = { client: undefined as unknown as Sql, backendPid: 0, lost: false };
    slot.client = postgres(url, {
      max: 1,
      idle_timeout: 0,
      max_lifetime: null,
      connect_timeout: 10,
      onnotice: () => {},
      onclose: () => {
        slot.lost = true;
        const at = idle.indexOf(slot);
        if (at >= 0) {
          idle.splice(at, 1);
          open -= 1;
        }
      },
      types: { date: plainDate },
      connection: {
        application_name: 'shaodian',
        search_path: 'app',
        statement_timeout: 15_000,
        lock_timeout: 2_000,
        idle_in_transaction_session_timeout: 30_000,
      },
    });
    const rows = await slot.client<{ pid: number }[]>`select pg_backend_pid() as pid`;
    slot.backendPid = rows[0]?.pid ?? 0;
    return slot;
  }

  async function replacement(): Promise<void> {
    const next = waiting.shift();
    if (!next) return;
    open += 1;
    try {
      next.resolve(await connect());
    } catch (error) {
      open -= 1;
      next.reject(error as Error);
    }
  }

  function giveBack(slot: Slot): void {
    if (slot.lost || closed) {
      open -= 1;
      void slot.client.end({ timeout: 0 }).catch(() => undefined);
      void replacement();
      return;
    }
    const next = waiting.shift();
    if (next) next.resolve(slot);
    else idle.push(slot);
  }

  async function take(): Promise<Slot> {
    if (closed) throw new ConnectionLostError('the pool is closed');
    for (let slot = idle.pop(); slot; slot = idle.pop()) {
      if (!slot.lost) return slot;
      open -= 1;
    }
    if (open >= size) return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    open += 1;
    return connect().catch((error: unknown) => {
      open -= 1;
      throw error;
    });
  }

  return {
    lend: async () => leaseOf(await take(), giveBack),
    close: async () => {
      closed = true;
      for (const next of waiting.splice(0)) next.reject(new ConnectionLostError('the pool is closed'));
      await Promise.all(idle.splice(0).map((slot) => slot.client.end({ timeout: 2 })));
    },
  };
}

function leaseOf(slot: Slot, giveBack: (slot: Slot) => void): Lease {
  let returned = false;
  return {
    backendPid: slot.backendPid,
    run: async (text, parameters) => {
      if (slot.lost || returned) throw new ConnectionLostError('the connection of this transaction is gone');
      try {
        return await slot.client.unsafe(text, parameters as never[], { prepare: true });
      } catch (error) {
        if (slot.lost || isLoss(error)) {
          slot.lost = true;
          throw new ConnectionLostError('the connection of this transaction is gone', { cause: error });
        }
        throw error;
      }
    },
    giveBack: () => {
      if (returned) return;
      returned = true;
      giveBack(slot);
    },
  };
}

// 57P0x: terminated by an administrator, crash, shutdown; the rest are the driver's own words for a lost socket.
const lossCodes = new Set(['57P01', '57P02', '57P03', '25P03', 'CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED', 'ECONNRESET', 'EPIPE', 'ECONNREFUSED']);
const isLoss = (error: unknown): boolean => lossCodes.has((error as { code?: string }).code ?? '');
