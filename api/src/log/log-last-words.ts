import { faultOf } from './fault.ts';
import type { Log } from './log.ts';

/** Before the process ends because of a fault nobody caught: Node would print its message, which can quote what somebody wrote. */
export function logLastWords(log: Log): void {
  const end = (error: unknown): void => {
    log.error(faultOf(error), 'process failed');
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}
