import type { Role } from '@shaodian/rules';

export type Section =
  | 'report'
  | 'alerts'
  | 'board'
  | 'pupils'
  | 'duty'
  | 'roster'
  | 'accounts'
  | 'grants'
  | 'audit'
  | 'break-glass'
  | 'help'
  | 'me';

const careSections: Section[] = ['alerts', 'pupils', 'duty', 'help', 'me'];

/** The sections of each role, the home first. What a person may do is decided by the API alone. */
export const sectionsOf: Record<Role, Section[]> = {
  committee_member: ['report', 'help', 'me'],
  pupil: ['help', 'me'],
  homeroom_teacher: ['alerts', 'pupils', 'duty', 'grants', 'help', 'me'],
  mentor: ['pupils', 'help', 'me'],
  mentor_lead: ['pupils', 'help', 'me'],
  grade_head: careSections,
  counsellor: ['alerts', 'board', 'pupils', 'duty', 'help', 'me'],
  lead_counsellor: ['alerts', 'board', 'pupils', 'duty', 'grants', 'audit', 'help', 'me'],
  school_leader: ['board', 'alerts', 'pupils', 'duty', 'grants', 'audit', 'help', 'me'],
  data_protection_officer: ['audit', 'break-glass', 'grants', 'duty', 'help', 'me'],
  expert: ['alerts', 'help', 'me'],
  administrator: ['roster', 'accounts', 'grants', 'duty', 'pupils', 'audit', 'help', 'me'],
  district_viewer: ['help', 'me'],
};

/** Whether notices come to this role; a child is never told of an alert. */
export const isTold = (role: Role): boolean => role !== 'committee_member' && role !== 'pupil';

/** The role a person acts in: the one they chose if they still hold it, else their first. */
export function actingRole(held: readonly Role[], chosen: string | undefined): Role {
  return held.find((role) => role === chosen) ?? held[0] ?? 'pupil';
}

export function homeOf(role: Role): string {
  return `/${sectionsOf[role][0] ?? 'me'}`;
}
