import { defaultPolicy } from '../alerts/default-policy.ts';
import type { Policy } from '../alerts/policy.ts';
import type { Colour } from '../vocabulary.ts';
import { addDays, instantOf, localDate, minutesOf } from './dates.ts';

/**
 * When a message about an alert may go out: at once, or with the next digest.
 * @param at ISO instant at which there is something to say
 * @returns ISO instant, never earlier
 * @example
 * messageDueAt('blue', '2026-11-24T13:00:00.000Z', 'Asia/Shanghai') // at nine in the evening → '2026-11-24T23:30:00.000Z'
 */
export function messageDueAt(
  colour: Colour,
  at: string,
  timeZone: string,
  policy: Policy = defaultPolicy,
): string {
  if (policy.messages[colour].when === 'at-once') return at;
  const today = localDate(at, timeZone);
  const next = [today, addDays(today, 1)]
    .flatMap((day) => policy.digests.map((time) => instantOf(day, minutesOf(time), timeZone)))
    .filter((instant) => instant >= at)
    .sort()[0];
  return next ?? at;
}
