export * from './vocabulary.ts';
export {
  UnknownIndicatorError,
  asksAboutWhom,
  findIndicator,
  getIndicator,
  indicators,
  indicatorsFor,
  type Indicator,
} from './indicators.ts';
export type {
  AlertDecision,
  Counterfactual,
  Decision,
  Fact,
  NoAlert,
  Reason,
} from './alerts/decision.ts';
export { decide } from './alerts/decide.ts';
export { newsIn } from './alerts/news.ts';
export { askedForHelp, attachHelp } from './alerts/ask-for-help.ts';
export { attach, type Change, type News, type OpenAlertState } from './alerts/attach.ts';
export {
  clusterChange,
  clusterCodes,
  findClusters,
  type Cluster,
  type ClusterChange,
  type KnownCluster,
  type PupilFact,
} from './alerts/clusters.ts';
export { findHardlyKnown, type CoverageReport, type HardlyKnown } from './alerts/hardly-known.ts';
export { meetingDueAt } from './clocks/meeting-due.ts';
export { holderOf } from './alerts/holder-of.ts';
export { defaultPolicy } from './alerts/default-policy.ts';
export type { Due, Duration, LaterSteps, Policy, PolicyRule, TierRule } from './alerts/policy.ts';
export { ackDueAt } from './clocks/ack-due.ts';
export {
  climb,
  climbedDueAt,
  firstStanding,
  takeOver,
  type Ladder,
  type Standing,
} from './clocks/climb.ts';
export {
  guardianDueAt,
  seeEvidenceDueAt,
  stepsDueAt,
  teamDueAt,
  type StepDue,
} from './clocks/steps-due.ts';
export { messageDueAt } from './clocks/message-due.ts';
export { glassReviewDueAt } from './clocks/glass-review-due.ts';
export {
  addSchoolDays,
  isRound,
  isSchoolDay,
  monthlyReportDueOn,
  type SchoolCalendar,
} from './clocks/calendar.ts';
export {
  readCalendarList,
  type CalendarDay,
  type CalendarListFault,
} from './clocks/calendar-list.ts';
export { addDays, daysBetween, instantOf, localDate, localTime, weekOf } from './clocks/dates.ts';
export { duties, type Absence, type Duty, type DutySlot } from './duty/duty-roster.ts';
export { gapsOf, type DutyGap } from './duty/gaps-of.ts';
