import type { GlassRow } from '#lib/api/shapes.ts';

/** What the glass may be broken for, the most pressing first. */
export const categories = [
  'danger_now',
  'missing_pupil',
  'outside_help',
  'official_request',
  'other',
] as const satisfies readonly GlassRow['category'][];
