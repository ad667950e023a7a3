import type { z } from '@hono/zod-openapi';
import type { accountListSchema, accountSchema } from './accounts/accounts.schemas.ts';
import type { alertListSchema, alertSchema } from './alerts/alerts.schemas.ts';
import type {
  auditChainSchema,
  auditCountsSchema,
  auditListSchema,
  auditVerdictSchema,
  readersSchema,
} from './audit-log/audit-log.schemas.ts';
import type { schoolBoardSchema } from './boards/boards.schemas.ts';
import type {
  activeGlassSchema,
  glassListSchema,
  glassSchema,
} from './break-glass/break-glass.schemas.ts';
import type { calendarSchema } from './calendar/calendar.schemas.ts';
import type { castSchema } from './demo/demo.schemas.ts';
import type { clusterListSchema, clusterSchema } from './clusters/clusters.schemas.ts';
import type { dutyWeekSchema } from './duty/duty.schemas.ts';
import type { erasureListSchema } from './erasures/erasures.schemas.ts';
import type { exclusionListSchema } from './exclusions/exclusions.schemas.ts';
import type { grantListSchema, proposalListSchema } from './grants/grants.schemas.ts';
import type { problemSchema } from './http/problem.ts';
import type { helpAskedSchema } from './help-requests/help-requests.schemas.ts';
import type {
  arrivalsSchema,
  monthlyReportSentSchema,
  ownReportsSchema,
} from './monthly-reports/monthly-reports.schemas.ts';
import type {
  channelListSchema,
  channelTestSchema,
  contactPointListSchema,
  contactPointSetSchema,
  readinessSchema,
} from './messages/messages.schemas.ts';
import type { noticeListSchema } from './notifications/notices.schemas.ts';
import type {
  answeredSchema,
  observationInputSchema,
  observationListSchema,
  observationSentSchema,
  reporterSchema,
} from './observations/observations.schemas.ts';
import type { drillListSchema, drillSchema } from './drills/drills.schemas.ts';
import type { outsideContactListSchema } from './outside-contacts/outside-contacts.schemas.ts';
import type {
  rosterImportListSchema,
  rosterPreviewSchema,
} from './roster-imports/roster-imports.schemas.ts';
import type { classListSchema, pupilListSchema, pupilPageSchema } from './roster/roster.schemas.ts';
import type { secondFactorSchema } from './second-factor/second-factor.schemas.ts';
import type {
  sessionListSchema,
  sessionSchema,
  signedInSchema,
} from './sign-in/sign-in.schemas.ts';

/**
 * What the web knows of the API: the types of its answers, taken from the very schemas that check and document them.
 * Types only, so that no line of the server reaches a browser.
 */
export type SecondFactor = z.infer<typeof secondFactorSchema>;
export type SignedIn = z.infer<typeof signedInSchema>;
export type Session = z.infer<typeof sessionSchema>;
export type SessionList = z.infer<typeof sessionListSchema>;
export type DemoCast = z.infer<typeof castSchema>;
export type ClassList = z.infer<typeof classListSchema>;
export type Cluster = z.infer<typeof clusterSchema>;
export type ClusterList = z.infer<typeof clusterListSchema>;
export type PupilPage = z.infer<typeof pupilPageSchema>;
export type PupilList = z.infer<typeof pupilListSchema>;
export type Account = z.infer<typeof accountSchema>;
export type AccountList = z.infer<typeof accountListSchema>;
export type ObservationInput = z.infer<typeof observationInputSchema>;
export type HelpAsked = z.infer<typeof helpAskedSchema>;
export type ObservationSent = z.infer<typeof observationSentSchema>;
export type ObservationList = z.infer<typeof observationListSchema>;
export type Reporter = z.infer<typeof reporterSchema>;
export type Answered = z.infer<typeof answeredSchema>;
export type OwnReports = z.infer<typeof ownReportsSchema>;
export type MonthlyReportSent = z.infer<typeof monthlyReportSentSchema>;
export type Arrivals = z.infer<typeof arrivalsSchema>;
export type AlertList = z.infer<typeof alertListSchema>;
export type Alert = z.infer<typeof alertSchema>;
export type AuditList = z.infer<typeof auditListSchema>;
export type AuditChain = z.infer<typeof auditChainSchema>;
export type AuditVerdict = z.infer<typeof auditVerdictSchema>;
export type AuditCounts = z.infer<typeof auditCountsSchema>;
export type Readers = z.infer<typeof readersSchema>;
export type Calendar = z.infer<typeof calendarSchema>;
export type ChannelList = z.infer<typeof channelListSchema>;
export type ChannelTest = z.infer<typeof channelTestSchema>;
export type ContactPointList = z.infer<typeof contactPointListSchema>;
export type ContactPointSet = z.infer<typeof contactPointSetSchema>;
export type Readiness = z.infer<typeof readinessSchema>;
export type DrillList = z.infer<typeof drillListSchema>;
export type Drill = z.infer<typeof drillSchema>;
export type OutsideContactList = z.infer<typeof outsideContactListSchema>;
export type DutyWeek = z.infer<typeof dutyWeekSchema>;
export type ExclusionList = z.infer<typeof exclusionListSchema>;
export type ActiveGlass = z.infer<typeof activeGlassSchema>;
export type GlassList = z.infer<typeof glassListSchema>;
export type Glass = z.infer<typeof glassSchema>;
export type GrantProposalList = z.infer<typeof proposalListSchema>;
export type GrantList = z.infer<typeof grantListSchema>;
export type NoticeList = z.infer<typeof noticeListSchema>;
export type ErasureList = z.infer<typeof erasureListSchema>;
export type SchoolBoard = z.infer<typeof schoolBoardSchema>;
export type RosterImportList = z.infer<typeof rosterImportListSchema>;
export type RosterPreview = z.infer<typeof rosterPreviewSchema>;
export type Problem = z.infer<typeof problemSchema>;
