import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import { logEvents, logFields } from './log-fields.ts';
import type { LogEvent, LogFields } from './log-fields.ts';

type Write = (fields: LogFields, event: LogEvent) => void;

/** The only way a line leaves this process. What is not on the list of `log-fields.ts` does not. */
export interface Log {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Writes JSON lines to `to`, or to the standard output. */
export function makeLog(level: LogLevel, to?: DestinationStream): Log {
  const inner = pino({ level, base: null }, to ?? pino.destination(1));
  const writeAt =
    (at: Exclude<LogLevel, 'silent'>): Write =>
    (fields, event) => {
      // Types end where an error, a cast or plain JavaScript begins; the lists are asked again here.
      const known = (logEvents as readonly unknown[]).includes(event);
      inner[at](allowed(fields, known ? 0 : 1), known ? event : 'something unlisted');
    };
  return {
    debug: writeAt('debug'),
    info: writeAt('info'),
    warn: writeAt('warn'),
    error: writeAt('error'),
  };
}

/** A copy with the listed fields in their listed form; `dropped` says how many were not. */
function allowed(fields: unknown, droppedBefore: number): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  let dropped = droppedBefore;
  const given = fields !== null && typeof fields === 'object' ? Object.entries(fields) : [];
  if (given.length === 0 && fields !== null && typeof fields !== 'object') dropped += 1;
  // The own name, type and message of an error are no entries of it.
  if (fields instanceof Error) dropped += 1;
  for (const [name, value] of given) {
    if (value === undefined) continue;
    const form = Object.hasOwn(logFields, name) ? logFields[name as keyof typeof logFields] : null;
    const parsed = form?.safeParse(value);
    if (parsed?.success) kept[name] = parsed.data;
    else dropped += 1;
  }
  return dropped === 0 ? kept : { ...kept, dropped };
}
