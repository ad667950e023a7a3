import type { Role } from '@shaodian/rules';

/** The reason for which a person may see something: a role within its scope, or a circumstance. */
export interface Why {
  readonly role: Role | 'holder' | 'on_red_duty' | 'break_glass' | 'own';
  /** The class or grade the role is for, by name; null for the whole school. */
  readonly scope: string | null;
  /** The same by id, as the audit keeps it. */
  readonly scopeId: number | null;
}

/** A reason as the audit keeps it: `homeroom_teacher:12`. */
export const whyText = ({ role, scopeId }: Why): string =>
  scopeId === null ? role : `${role}:${scopeId}`;

/** A reason as screens show it. */
export const shownWhy = ({ role, scope }: Why): Pick<Why, 'role' | 'scope'> => ({ role, scope });
