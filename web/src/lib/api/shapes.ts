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
    kind: 'school' | 'grade' | 'class' | 'self';
    id: number | null;
    name: string | null;
  };
  until: string | null;
}

export interface Session {
  account: string;
  person: { id: string; name: string };
  school: { id: number; code: string; name: string; timeZone: string; dutyPhone: string | null };
  roles: RoleGrant[];
  seat: { classId: number; className: string; seat: 'A' | 'B' } | null;
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
  state: 'due' | 'late' | 'submitted';
  submittedAt: string | null;
}

/** An observation of one's own, and whether an adult answered; never what they did. */
export interface MyRecent {
  id: string;
  submittedAt: string;
  answered: boolean;
}

export interface MyReports {
  seat: { classId: number; className: string; seat: 'A' | 'B' };
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
  /** In the order they were sent. */
  observationIds: string[];
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

export interface Arrivals {
  month: string;
  dueOn: string;
  items: { class: Named; seats: number; arrived: number; late: number }[];
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
  counsellorOnly: boolean;
  version: number;
}

export interface AlertReason {
  rule: string;
  colour: Colour;
  tier: Tier;
  codes: string[];
  /** The Mondays of the weeks in which it was noticed. */
  weeks: string[];
}

export type AlertEventKind =
  | 'raised'
  | 'fresh_emergency'
  | 'raised_higher'
  | 'evidence_attached'
  | 'acknowledged'
  | 'with_pupil';

export interface ObservationRow {
  id: string;
  indicators: string[];
  week: string;
  source: 'someone_at_school' | 'staff' | 'counsellor' | 'pupil' | 'guardian' | 'screening';
  observedOn: string | null;
  knownBy: KnownBy | null;
  words: string | null;
  own: boolean;
}

export interface AlertDetail extends AlertRow {
  why: { role: Role | 'holder' | 'on_red_duty'; scope: string | null };
  reasons: AlertReason[];
  guardianLocked: boolean;
  mandatoryReport: boolean;
  informed: Role[];
  acknowledgement: { by: string; at: string; nextStep: NextStep; note: string | null } | null;
  events: { at: string; kind: AlertEventKind; colour: Colour; by: string | null }[];
  canAcknowledge: boolean;
  dutyPhones: { name: string; phone: string }[];
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

export interface RosterImport {
  id: string;
  state: 'previewed' | 'applied';
  fileName: string;
  createdAt: string;
  appliedAt: string | null;
  counts: Record<ImportAction, number>;
  /** False while one row has an error: then nothing of the file is imported. */
  applicable: boolean;
}

export interface ImportRow {
  row: number;
  action: ImportAction;
  name: string | null;
  className: string | null;
  changed: string[];
  issues: {
    column: string | null;
    code: string;
    message: string;
    severity: 'error' | 'warning';
  }[];
}

export interface RosterPreview extends RosterImport {
  ignoredColumns: string[];
  newClasses: string[];
  homeroomTeachers: { className: string; from: string | null; to: string }[];
  items: ImportRow[];
  nextCursor: string | null;
}

export interface Account {
  id: string;
  account: string;
  person: { id: string; name: string };
  roles: RoleGrant[];
  disabled: boolean;
}
