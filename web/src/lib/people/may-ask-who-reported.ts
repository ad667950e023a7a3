import type { Session } from '#lib/api/shapes.ts';

/** Whether to offer the way to who reported; the API decides. */
export const mayAskWhoReported = (session: Session): boolean =>
  session.roles.some(({ role }) => role === 'counsellor' || role === 'lead_counsellor');
