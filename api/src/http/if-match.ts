import { refuse } from './refusals.ts';
import type { ApiContext } from './types.ts';

export const etagOf = (version: number): string => `"${version}"`;

/**
 * Which version the change is of, as `If-Match: "3"` says. Any other text is a version that never was.
 * @throws Refusal request.version-missing, also for `*`, which would change what nobody has read
 */
export function ifMatchOf(c: ApiContext): number {
  const text = c.req.header('if-match')?.trim() ?? '';
  if (text === '' || text === '*') refuse('request.version-missing');
  return Number(/^"(\d{1,9})"$/.exec(text)?.[1] ?? Number.NaN);
}
