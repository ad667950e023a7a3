/** What the API answers, as far as the pages read it. */

export type Colour = 'blue' | 'yellow' | 'orange' | 'red';
export type Tier = 'class' | 'grade' | 'school';
export type Role =
  | 'committee_member'
  | 'pupil'
  | 'homeroom_teacher'
  | 'mentor'
  | 'mentor_lead'
  | 'grade_head'
  | 'counsellor'
  | 'lead_counsellor'
  | 'school_leader'
  | 'data_protection_officer'
  | 'expert'
  | 'administrator'
  | 'district_viewer';
export type KnownBy = 'seen' | 'told_by_pupil' | 'told_by_others';
export type SinceWhen = 'today' | 'this_week' | 'this_month' | 'longer' | 'unknown';
export type HowOften = 'once' | 'several' | 'often' | 'unknown';
export type AboutWhom = 'family' | 'school_staff' | 'classmate' | 'online_or_outside' | 'unknown';
export type AlertStatus = 'open' | 'acknowledged' | 'closed';
export type NextStep =
  | 'go_to_pupil'
  | 'call_guardian_or_110'
  | 'talk_today'
  | 'talk_within_three_days'
  | 'hand_to_counsellor'
  | 'other';

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail?: string;
  errors?: { path: string; code: string; message: string }[];
}

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

export interface Named {
  id: number;
  name: string;
}

export interface RoleGrant {
  role: Role;
  scope: {
    kind: 'school' | 'grade' | 'class' | 'pupils' | 'self';
    id: number | null;
    name: string | null;
  };
  until: string | null;
}

export interface Session {
  account: string;
  person: { id: string; name: string };
  school: { id: number; code: string; name: string; timeZone: string; dutyPhone?: string | null };
  roles: RoleGrant[];
  seat: { classId: number; className: string; seat: 'A' | 'B' } | null;
  language: string;
  demo: boolean;
  expiresAt: string;
  /** The school's date in domain time. */
  today: string;
}

export interface SessionRow {
  id: string;
  createdAt: string;
  lastSeenAt: string;
  current: boolean;
  device: string;
}

export interface CastMember {
  school: string;
  schoolName: string;
  account: string;
  name: string;
  role: Role;
  story: { 'zh-CN': string; en: string };
}

export interface SchoolClass {
  id: number;
  name: string;
  grade: Named;
  pupils: number;
  homeroomTeacher: string | null;
}

export interface Pupil {
  id: string;
  name: string;
  sex: 'female' | 'male' | 'unknown';
  studentNo: string | null;
  class: Named;
}

export interface ObservationInput {
  pupilId: string;
  indicators: string[];
  veryWorried: boolean;
  knownBy: KnownBy;
  sinceWhen: SinceWhen;
  howOften: HowOften;
  aboutWhom: AboutWhom | null;
  words: string;
  observedOn: string;
}

export interface MyMonth {
  month: string;
  dueOn: string;
  state: 'due' | 'late' | 'submitted' | 'not_yet';
  reportId: string | null;
}

export interface MyRecent {
  kind: 'monthly_report' | 'observation';
  id: string;
  month: string | null;
  submittedAt: string;
  answeredByAdult: boolean;
}

export interface MyReports {
  seat: { classId: number; className: string; seat: 'A' | 'B' } | null;
  months: MyMonth[];
  recent: MyRecent[];
}

export interface SubmittedReport {
  id: string;
  month: string;
  submittedAt: string;
  late: boolean;
  emergency: boolean;
  next: 'emergency' | 'thanks';
}

export interface SubmittedObservation {
  id: string;
  emergency: boolean;
  submittedAt: string;
  next: 'emergency' | 'thanks';
}

export interface AnswerStatus {
  answered: boolean;
  answeredAt: string | null;
}

export interface SeatArrivals {
  class: Named;
  month: string;
  seats: { seat: 'A' | 'B'; state: 'missing' | 'on_time' | 'late' }[];
}

export interface AlertRow {
  id: string;
  colour: Colour;
  tier: Tier;
  status: AlertStatus;
  pupil: { id: string; name: string };
  class: Named;
  raisedAt: string;
  ackDueAt: string;
  overdue: boolean;
  holder: { name: string; me: boolean } | null;
  acknowledgedAt: string | null;
  needsReview: boolean;
  version: number;
}

export interface AlertReason {
  rule: string;
  codes: string[];
  week?: string;
  dates?: string[];
  sourceKinds: string[];
}

export interface ObservationRow {
  id: string;
  indicators: string[];
  week: string;
  source: string;
  observedOn: string | null;
  knownBy: KnownBy | null;
  words: string | null;
  own: boolean;
}

export interface AlertDetail extends AlertRow {
  why: { reason: string; words: string };
  reasons: AlertReason[] | null;
  whatToDo: string;
  guardianLocked: boolean;
  mandatoryReport: boolean;
  informed: Role[];
  acknowledgement: { by: string; at: string; nextStep: NextStep; note: string | null } | null;
  companions: { by: string; at: string }[];
  history: { at: string; what: string; by: string | null }[];
  canAcknowledge: boolean;
  observations: ObservationRow[] | null;
}

/** A count the reader may not see exactly is null: fewer than five. */
export type Count = number | null;

export interface SchoolBoard {
  asOf: string;
  alerts: {
    byColourTier: { colour: Colour; tier: Tier; open: Count; acknowledged: Count }[];
    unacknowledged: Count;
    overdue: Count;
    acknowledgedWithinClock: { n: Count; of: Count };
  };
  submissions: {
    month: string;
    dueOn: string;
    classes: number;
    seats: number;
    submitted: number;
    late: number;
    missing: number;
  };
  byGrade: { grade: Named | string; submitted: number; seats: number; open: Count }[];
  months: { month: string; blue: Count; yellow: Count; orange: Count; red: Count }[];
}

export type ImportAction = 'create' | 'update' | 'unchanged' | 'error';

export interface ImportRow {
  row: number;
  action: ImportAction;
  name: string | null;
  studentNo: string | null;
  className: string | null;
  changes?: { column: string; from: string | null; to: string | null }[];
  errors?: { column: string; code: string; message: string }[];
}

export interface RosterImport {
  id: string;
  state: 'previewed' | 'applied' | 'stale';
  fileName: string;
  counts: Record<ImportAction, number>;
  applicable: boolean;
  ignoredColumns: string[];
  newClasses: string[];
  rows: ImportRow[];
  nextCursor: string | null;
}

export interface Account {
  id: string;
  account: string;
  person: { id: string; name: string };
  roles: RoleGrant[];
  disabled: boolean;
}
