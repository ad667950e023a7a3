import { defaultPolicy } from '../alerts/default-policy.ts';
import type { Policy } from '../alerts/policy.ts';
import type { ClockKey } from '../vocabulary.ts';
import type { SchoolCalendar } from './calendar.ts';
import { dueAfter } from './due-after.ts';

/**
 * When an alert must have been acknowledged.
 *
 * Red and immediate orange count minutes day and night. School days end with the last bell of the n-th school day after the alert.
 * Source: product.md, clocks table.
 * @param raisedAt ISO instant
 * @returns ISO instant
 * @example
 * ackDueAt('red', '2026-11-24T02:00:00.000Z', calendar) // → '2026-11-24T02:10:00.000Z'
 */
export const ackDueAt = (
  clock: ClockKey,
  raisedAt: string,
  calendar: SchoolCalendar,
  policy: Policy = defaultPolicy,
): string => dueAfter(policy.acknowledge[clock], raisedAt, calendar, policy);
