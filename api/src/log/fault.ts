import { frameForm } from './log-fields.ts';
import type { LogFields } from './log-fields.ts';

const framesMost = 8;

/**
 * What may be said of an error: its class, its code and where it happened. Its message can quote a value, a row or a password, and a
 * message of several lines can look like frames: it is cut off before the frames are read.
 */
export function faultOf(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = (error as { code?: unknown }).code;
  return {
    error: error.name,
    ...(typeof code === 'string' && code !== '' ? { code } : {}),
    at: framesOf(error),
  };
}

function framesOf(error: Error): string[] {
  const stack = typeof error.stack === 'string' ? error.stack : '';
  const end = error.message === '' ? 0 : stack.indexOf(error.message);
  // A message changed after the error was made cannot be told from frames: then there are none.
  if (end < 0) return [];
  return stack
    .slice(end + error.message.length)
    .split('\n')
    .slice(1, framesMost + 1)
    .map((line) => line.trim().replace(/^at async /, 'at '))
    .filter((line) => frameForm.test(line));
}
