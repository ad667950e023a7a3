import { connect } from 'node:net';
import type { Socket } from 'node:net';
import postgres from 'postgres';
import type { Sql } from 'postgres';
import { plainDate } from '@shaodian/migrations';
import { arrayTypes } from './array-types.ts';

const connectSeconds = 10;

interface Address {
  readonly host: readonly string[];
  readonly port: readonly number[];
  readonly path?: string | false;
}

/**
 * A postgres.js client that talks to one backend in its whole life.
 *
 * postgres.js makes a lost connection again, quietly, and sends there what was still queued. Every socket of this client comes
 * from us, and there is only ever one: what is answered was answered by that backend, and what is asked later fails.
 * @param onLoss called as soon as the backend is known to be gone, perhaps more than once
 */
export function oneBackendClient(url: string, onLoss: () => void): Sql {
  let used = false;
  const socket = (address: Address): Promise<Socket> => {
    if (used) return Promise.reject(new Error('a lost connection is not made again'));
    used = true;
    return openSocket(address, onLoss);
  };
  const options = {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: connectSeconds,
    fetch_types: false,
    onnotice: () => {},
    // Under TLS the driver takes our listeners off the socket; this one it keeps.
    onclose: onLoss,
    // Documented by the driver, missing in its types.
    socket,
    types: { date: plainDate, ...arrayTypes },
    connection: {
      application_name: 'shaodian',
      search_path: 'app',
      statement_timeout: 15_000,
      lock_timeout: 2_000,
      idle_in_transaction_session_timeout: 30_000,
    },
  };
  return postgres(url, options as never);
}

function openSocket({ host, port, path }: Address, onLoss: () => void): Promise<Socket> {
  const place = { host: host[0] ?? 'localhost', port: port[0] ?? 5432 };
  return new Promise((resolve, reject) => {
    const socket = path ? connect(path) : connect({ ...place, noDelay: true });
    const timer = setTimeout(
      () => socket.destroy(new Error('the database did not answer in time')),
      connectSeconds * 1000,
    );
    socket.on('error', reject).on('error', onLoss).on('end', onLoss).on('close', onLoss);
    socket.once('close', () => clearTimeout(timer));
    socket.once('connect', () => {
      clearTimeout(timer);
      // The driver reads the name to verify a certificate from here.
      resolve(Object.assign(socket, place));
    });
  });
}
