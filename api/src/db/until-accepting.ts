import { setTimeout as sleep } from 'node:timers/promises';
import { connectForSetUp } from '@shaodian/migrations';
import type { Log } from '../log/log.ts';

const longestWaitMs = 60_000;
const longestPauseMs = 5_000;

/**
 * Waits while PostgreSQL says that it is starting or recovering (57P03), a minute at most, and says so in the log. Any other error is thrown
 * at once: a wrong address or password does not mend itself.
 */
export async function untilAccepting(
  adminUrl: string,
  log: Log,
  time: { now(): number; sleep(ms: number): Promise<unknown> } = { now: Date.now, sleep },
): Promise<void> {
  const giveUpAt = time.now() + longestWaitMs;
  for (let attempts = 1; ; attempts += 1) {
    const error = await whyNotAccepting(adminUrl);
    if (error === null) return;
    if (error.code !== '57P03' || time.now() >= giveUpAt) throw error;
    log.warn({ attempts }, 'the database does not accept connections yet; waiting');
    await time.sleep(Math.min(250 * 2 ** (attempts - 1), longestPauseMs));
  }
}

async function whyNotAccepting(adminUrl: string): Promise<(Error & { code?: string }) | null> {
  const sql = connectForSetUp(adminUrl);
  try {
    await sql`select 1`;
    return null;
  } catch (error) {
    return error as Error & { code?: string };
  } finally {
    await sql.end();
  }
}
