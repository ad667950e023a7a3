import { defaultPolicy } from '../alerts/default-policy.ts';
import type { Policy } from '../alerts/policy.ts';
import type { SchoolCalendar } from './calendar.ts';
import { dueAfter } from './due-after.ts';

/**
 * By when those who work with the pupils of a cluster have met: before the last bell of that school day, while they are still there; raised
 * after it, or on a day without school, within 24 hours. Source: product.md R13, "meeting the same day".
 * @param raisedAt ISO instant
 * @returns ISO instant, always later
 * @example
 * meetingDueAt('2026-11-24T02:00:00.000Z', calendar) // → '2026-11-24T09:30:00.000Z', the last bell at 17:30
 */
export const meetingDueAt = (
  raisedAt: string,
  calendar: SchoolCalendar,
  policy: Policy = defaultPolicy,
): string => dueAfter(policy.clusters.meeting, raisedAt, calendar, policy);
