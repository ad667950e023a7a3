import type { Sql } from 'postgres';

/**
 * The bytes of a `copy … to stdout`, and the connection fit for the next question afterwards.
 *
 * postgres.js pauses its socket when the reader is behind, and wakes it only when the reader asks for more. When the last bytes that put the reader
 * behind come together with the end, nobody asks again: the socket sleeps on and the next query waits for ever. So it is woken here.
 */
export async function* copyOut(sql: Sql, statement: string): AsyncGenerator<Uint8Array> {
  const rows = await sql.unsafe(statement).readable();
  try {
    yield* rows as AsyncIterable<Uint8Array>;
  } finally {
    rows._read(0);
  }
}
