import type { Policy } from './policy.ts';

/** Until when somebody must have answered. Apart from the rest of the policy: a page that says no more than this need not carry it all. */
export const defaultAcknowledge = {
  red: { kind: 'elapsed', minutes: 10 },
  'orange-immediate': { kind: 'elapsed', minutes: 30 },
  orange: { kind: 'school-hours-or-elapsed', schoolHours: 2, minutes: 720 },
  help: { kind: 'elapsed', minutes: 1440 },
  yellow: { kind: 'school-days', days: 1 },
  blue: { kind: 'school-days', days: 3 },
} as const satisfies Policy['acknowledge'];
