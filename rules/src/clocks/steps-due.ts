import { defaultPolicy } from '../alerts/default-policy.ts';
import type { Due, Policy } from '../alerts/policy.ts';
import type { ClockKey, StepKind } from '../vocabulary.ts';
import type { SchoolCalendar } from './calendar.ts';
import { dueAfter } from './due-after.ts';

/** What must be done by when. */
export interface StepDue {
  readonly kind: StepKind;
  /** ISO instant. */
  readonly dueAt: string;
}

/** What decides which clocks an alert has. */
export interface AlertClocks {
  readonly clock: ClockKey;
  readonly guardianLocked: boolean;
  readonly mandatoryReport: boolean;
}

/**
 * Every clock that starts with an alert, each counted from the alert itself.
 *
 * What the plan or the holder decides has no clock; a locked guardian notice has none before it is cleared (`guardianDueAt`); the team's starts
 * with the assessment (`teamDueAt`). Source: product.md, clocks table.
 * @param raisedAt ISO instant
 * @example
 * stepsDueAt({ clock: 'red', guardianLocked: true, mandatoryReport: false }, '2026-11-24T02:00:00.000Z', calendar)
 * // → acknowledge 02:10, contact 02:15, assessment 03:00; nothing for the guardian
 */
export function stepsDueAt(
  alert: AlertClocks,
  raisedAt: string,
  calendar: SchoolCalendar,
  policy: Policy = defaultPolicy,
): StepDue[] {
  const { withPupil, assess } = policy.laterSteps[alert.clock];
  const reportWithin = policy.laterSteps[policy.mandatoryReport.clock].withPupil;
  const wanted: readonly (readonly [StepKind, Due])[] = [
    ['acknowledge', policy.acknowledge[alert.clock]],
    ...(alert.mandatoryReport ? [['mandatory_report', reportWithin] as const] : []),
    ['contact', withPupil],
    ['assessment', assess],
  ];
  const guardian = alert.guardianLocked
    ? null
    : guardianDueAt(alert.clock, raisedAt, calendar, policy);
  return [
    ...wanted.flatMap(([kind, due]) => {
      const dueAt = timed(due, raisedAt, calendar, policy);
      return dueAt === null ? [] : [{ kind, dueAt }];
    }),
    ...(guardian === null ? [] : [{ kind: 'guardian' as const, dueAt: guardian }]),
  ];
}

/** By when the guardian is told, or null where the plan or the holder decides. @param startedAt of the alert, or when the lock was cleared */
export const guardianDueAt = (
  clock: ClockKey,
  startedAt: string,
  calendar: SchoolCalendar,
  policy: Policy = defaultPolicy,
): string | null => timed(policy.laterSteps[clock].guardian, startedAt, calendar, policy);

/** By when the support team meets, or null where none is called. @param assessedAt when the assessment confirmed the alert */
export function teamDueAt(
  clock: ClockKey,
  assessedAt: string,
  calendar: SchoolCalendar,
  policy: Policy = defaultPolicy,
): string | null {
  const { team } = policy.laterSteps[clock];
  if (team?.kind !== 'school-days-after-assessment') return null;
  return dueAfter({ kind: 'school-days', days: team.days }, assessedAt, calendar, policy);
}

/** By when the holder has seen evidence that started no clock again. @param attachedAt ISO instant */
export const seeEvidenceDueAt = (
  attachedAt: string,
  calendar: SchoolCalendar,
  policy: Policy = defaultPolicy,
): string => dueAfter(policy.seeEvidence, attachedAt, calendar, policy);

function timed(
  due: Due,
  startedAt: string,
  calendar: SchoolCalendar,
  policy: Policy,
): string | null {
  switch (due.kind) {
    case 'in-the-plan':
    case 'as-useful':
    case 'school-days-after-assessment':
      return null;
    default:
      return dueAfter(due, startedAt, calendar, policy);
  }
}
