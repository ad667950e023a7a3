/**
 * Everything the audit chain knows to say. `read` is the opening of P3 or P4, `act` a change, `denial` a refusal;
 * `area` says who else than the data-protection officer may read the row.
 */
export const auditActions = {
  'alert.read': { kind: 'read', area: 'wellbeing' },
  'observations.read': { kind: 'read', area: 'wellbeing' },
  'reporter.read': { kind: 'read', area: 'wellbeing' },
  'monthly-report.read': { kind: 'read', area: 'wellbeing' },
  'audit.read': { kind: 'read', area: 'system' },
  'audit.verified': { kind: 'act', area: 'system' },
  'readers.read': { kind: 'read', area: 'wellbeing' },
  'alert.acknowledged': { kind: 'act', area: 'wellbeing' },
  'alert.companion': { kind: 'act', area: 'wellbeing' },
  'alert.step-recorded': { kind: 'act', area: 'wellbeing' },
  'alert.proposed': { kind: 'act', area: 'wellbeing' },
  'alert.proposal-declined': { kind: 'act', area: 'wellbeing' },
  'alert.proposal-withdrawn': { kind: 'act', area: 'wellbeing' },
  'alert.closed': { kind: 'act', area: 'wellbeing' },
  'alert.lowered': { kind: 'act', area: 'wellbeing' },
  'alert.guardian-cleared': { kind: 'act', area: 'wellbeing' },
  'alert.reported': { kind: 'act', area: 'wellbeing' },
  'cluster.read': { kind: 'read', area: 'wellbeing' },
  'cluster.acknowledged': { kind: 'act', area: 'wellbeing' },
  'cluster.met': { kind: 'act', area: 'wellbeing' },
  'outside-contact.added': { kind: 'act', area: 'system' },
  'outside-contact.ended': { kind: 'act', area: 'system' },
  'drill.started': { kind: 'act', area: 'system' },
  'drill.stopped': { kind: 'act', area: 'system' },
  'drill.answered': { kind: 'act', area: 'system' },
  'channel.added': { kind: 'act', area: 'system' },
  'channel.changed': { kind: 'act', area: 'system' },
  'channel.tested': { kind: 'act', area: 'system' },
  'contact-point.set': { kind: 'act', area: 'session' },
  'contact-point.proven': { kind: 'act', area: 'session' },
  'contact-point.removed': { kind: 'act', area: 'session' },

  'observation.recorded': { kind: 'act', area: 'wellbeing' },
  'monthly-report.submitted': { kind: 'act', area: 'wellbeing' },
  'exclusions.read': { kind: 'read', area: 'wellbeing' },
  'exclusion.decided': { kind: 'act', area: 'wellbeing' },
  'exclusion.ended': { kind: 'act', area: 'wellbeing' },
  'break-glass.opened': { kind: 'act', area: 'wellbeing' },
  'break-glass.ended': { kind: 'act', area: 'wellbeing' },
  'break-glass.listed': { kind: 'read', area: 'wellbeing' },
  'break-glass.read': { kind: 'read', area: 'wellbeing' },
  'break-glass.reviewed': { kind: 'act', area: 'wellbeing' },
  'account.created': { kind: 'act', area: 'system' },
  'account.changed': { kind: 'act', area: 'system' },
  'grant.proposed': { kind: 'act', area: 'system' },
  'grant.approved': { kind: 'act', area: 'system' },
  'grant.refused': { kind: 'act', area: 'system' },
  'grant.ended': { kind: 'act', area: 'system' },
  'duty.planned': { kind: 'act', area: 'system' },
  'duty.covered': { kind: 'act', area: 'system' },
  'duty.copied': { kind: 'act', area: 'system' },
  'calendar.changed': { kind: 'act', area: 'system' },
  'absence.recorded': { kind: 'act', area: 'system' },
  'absence.ended': { kind: 'act', area: 'system' },
  'roster-import.previewed': { kind: 'act', area: 'system' },
  'roster-import.applied': { kind: 'act', area: 'system' },
  'pupil.erasure-requested': { kind: 'act', area: 'system' },
  'pupil.erased': { kind: 'act', area: 'system' },
  'keys.rewrapped': { kind: 'act', area: 'system' },
  'keys.exchanged': { kind: 'act', area: 'system' },
  'second-factor.reset': { kind: 'act', area: 'system' },
  'second-factor.set-up': { kind: 'act', area: 'session' },
  'second-factor.ended': { kind: 'act', area: 'session' },
  'second-factor.codes-renewed': { kind: 'act', area: 'session' },
  'second-factor.recovery-code-used': { kind: 'act', area: 'session' },
  'session.password-accepted': { kind: 'act', area: 'session' },
  'session.opened': { kind: 'act', area: 'session' },
  'session.stepped-up': { kind: 'act', area: 'session' },
  'session.password-changed': { kind: 'act', area: 'session' },
  'session.closed': { kind: 'act', area: 'session' },
  'session.refused': { kind: 'denial', area: 'session' },
  'request.refused': { kind: 'denial', area: 'wellbeing' },
} as const satisfies Record<string, { kind: AuditKind; area: AuditArea }>;

export type AuditKind = 'read' | 'act' | 'denial';
export type AuditArea = 'session' | 'system' | 'wellbeing';
export type AuditAction = keyof typeof auditActions;

export interface AuditAct {
  readonly action: AuditAction;
  /** Pupils concerned, by id; the chain keeps pseudonyms. Never for what a peer reported: the row would say who did. */
  readonly pupils?: readonly string[];
  /** What it was about, `kind:id`, or the route of a denial. Never words. */
  readonly resource?: string;
  /** The reason for which they might: `homeroom_teacher:12`, `holder`, `on_red_duty`, `break_glass`. */
  readonly why?: string;
  /** For a denial: the refusal's code. */
  readonly code?: string;
  /** The purpose given at step-up, as a code. */
  readonly purpose?: string;
}
