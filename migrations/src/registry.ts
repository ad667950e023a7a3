import type { Migration } from './migration.ts';
import { security } from './list/0001-security.ts';
import { school } from './list/0002-school.ts';
import { people } from './list/0003-people.ts';
import { signIn } from './list/0004-sign-in.ts';
import { reports } from './list/0005-reports.ts';
import { alerts } from './list/0006-alerts.ts';
import { requests } from './list/0007-requests.ts';
import { audit } from './list/0008-audit.ts';
import { keys } from './list/0009-keys.ts';
import { outbox } from './list/0011-outbox.ts';
import { trust } from './list/0012-trust.ts';
import { versions } from './list/0013-versions.ts';
import { stepUp } from './list/0014-step-up.ts';
import { breakGlass } from './list/0015-break-glass.ts';
import { secondFactor } from './list/0017-second-factor.ts';
import { erasedPupils } from './list/0018-erased-pupils.ts';
import { studentNumbers } from './list/0019-student-numbers.ts';
import { twoPersonGrants } from './list/0020-two-person-grants.ts';
import { markedRequests } from './list/0021-marked-requests.ts';
import { disabledPeople } from './list/0022-disabled-people.ts';
import { forgottenAttempts } from './list/0023-forgotten-attempts.ts';
import { whoAnswers } from './list/0024-who-answers.ts';
import { unseatedReports } from './list/0025-unseated-reports.ts';
import { counsellorsKeptAway } from './list/0026-counsellors-kept-away.ts';
import { alertClocks } from './list/0027-alert-clocks.ts';
import { dutyRoster } from './list/0029-duty-roster.ts';
import { tickedConditions } from './list/0031-ticked-conditions.ts';
import { askedForHelp } from './list/0032-asked-for-help.ts';
import { calendarEdited } from './list/0033-calendar-edited.ts';
import { messages } from './list/0034-messages.ts';
import { drills } from './list/0037-drills.ts';
import { alertProposals } from './list/0039-alert-proposals.ts';
import { clusters } from './list/0040-clusters.ts';
import { clusterMessages } from './list/0041-cluster-messages.ts';

/**
 * Every migration, in order. Once landed on main a migration is never edited; a new one follows.
 * Numbers 10 and 16 were never landed.
 */
export const migrations: readonly Migration[] = [
  security,
  school,
  people,
  signIn,
  reports,
  alerts,
  requests,
  audit,
  keys,
  outbox,
  trust,
  versions,
  stepUp,
  breakGlass,
  secondFactor,
  erasedPupils,
  studentNumbers,
  twoPersonGrants,
  markedRequests,
  disabledPeople,
  forgottenAttempts,
  whoAnswers,
  unseatedReports,
  counsellorsKeptAway,
  alertClocks,
  dutyRoster,
  tickedConditions,
  askedForHelp,
  calendarEdited,
  messages,
  drills,
  alertProposals,
  clusters,
  clusterMessages,
];
