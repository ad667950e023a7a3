import { readFile, writeFile } from 'node:fs/promises';

export interface DemoClock {
  now(): Date;
  stop(): Promise<void>;
}

/**
 * Domain time of the demo: it stands still while the demo is not running, so that a second start days later finds the school
 * as it was left, not with every clock missed. Written down every minute and at the stop.
 */
export async function demoClock(file: string): Promise<DemoClock> {
  const stored = await readFile(file, 'utf8').catch(() => null);
  const stoppedAt =
    stored === null
      ? Date.now()
      : Number((JSON.parse(stored) as { domainTime: number }).domainTime);
  const behind = Math.max(0, Date.now() - stoppedAt);
  const now = () => new Date(Date.now() - behind);
  const keep = () => writeFile(file, JSON.stringify({ domainTime: now().getTime() }));
  await keep();
  const timer = setInterval(() => void keep().catch(() => undefined), 60_000);
  timer.unref();
  return {
    now,
    stop: async () => {
      clearInterval(timer);
      await keep();
    },
  };
}
