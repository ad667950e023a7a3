/** What the API answers, under the names the pages use; the API's own schemas give the types. */
import type {
  AccountList,
  AlertList,
  AuditList,
  ChannelList,
  ClassList,
  ClusterList,
  DemoCast,
  Drill,
  DrillList,
  ErasureList,
  GlassList,
  GrantList,
  GrantProposalList,
  NoticeList,
  ObservationList,
  OwnReports,
  PupilList,
  RosterImportList,
  RosterPreview,
  Session,
  SessionList,
} from '@shaodian/api/client';

export type {
  Account,
  ActiveGlass,
  Alert,
  AlertList,
  AccountList,
  Answered,
  Arrivals,
  AuditChain,
  AuditCounts,
  AuditList,
  AuditVerdict,
  Calendar,
  ChannelList,
  ChannelTest,
  ClassList,
  Cluster,
  ClusterList,
  ContactPointList,
  ContactPointSet,
  Drill,
  DrillList,
  DutyWeek,
  ErasureList,
  ExclusionList,
  Glass,
  GlassList,
  GrantList,
  GrantProposalList,
  HelpAsked,
  MonthlyReportSent,
  NoticeList,
  ObservationInput,
  ObservationList,
  ObservationSent,
  OwnReports,
  Problem,
  PupilPage,
  PupilList,
  OutsideContactList,
  Readers,
  Readiness,
  Reporter,
  RosterImportList,
  RosterPreview,
  SchoolBoard,
  SecondFactor,
  Session,
  SessionList,
  SignedIn,
} from '@shaodian/api/client';

export type StepUpPurpose = NonNullable<Session['steppedUp']>['purpose'];

export type AccountRow = AccountList['items'][number];
export type AlertRow = AlertList['items'][number];
export type DrillRow = DrillList['items'][number];
export type DrillWhole = NonNullable<Drill['whole']>;
export type Channel = ChannelList['items'][number];
export type AuditRow = AuditList['items'][number];
export type CastMember = DemoCast['items'][number];
export type ClusterRow = ClusterList['items'][number];
export type ClassRow = ClassList['items'][number];
export type GlassRow = GlassList['items'][number];
export type NoticeRow = NoticeList['items'][number];
export type ErasureRow = ErasureList['items'][number];
export type GrantRow = GrantList['items'][number];
export type ProposalRow = GrantProposalList['items'][number];
export type ObservationRow = ObservationList['items'][number];
export type OwnMonth = OwnReports['months'][number];
export type OwnRecent = OwnReports['recent'][number];
export type PupilRow = PupilList['items'][number];
export type RosterImportRow = RosterImportList['items'][number];
export type PreviewRow = RosterPreview['items'][number];
export type ImportAction = PreviewRow['action'];
export type SessionRow = SessionList['items'][number];
