import type { Role } from '@shaodian/rules';

/**
 * The access table of the product, written down a second time and by hand, table by table of the database.
 * Nothing here is taken from the policies: where the two differ, the matrix test is red.
 *
 * A rule reads "this circle of readers reaches the rows of this reach, where all of the conditions hold".
 * Who is not named reaches nothing. A person reaches what any of their roles and circumstances reach.
 */
export type Circle =
  | Role
  /** Everybody signed in, and the rules while they judge. */
  | 'everybody'
  /** What holds for a person without any role: their own rows. */
  | 'oneself'
  /** On the red duty list now, whatever their role. */
  | 'red_duty'
  /** The rules, judging one pupil. */
  | 'evaluation';

export type Reach =
  /** The classes, the grade or the whole school that the grant is for. */
  | 'class'
  | 'grade'
  | 'school'
  /** Rows that name the person. */
  | 'own'
  /** Rows that carry the person's reporter mark. */
  | 'written'
  /** Alerts that the person holds. */
  | 'held'
  /** Rows about the pupil who is judged. */
  | 'pupil';

export type Condition =
  | 'not about staff'
  | 'from staff'
  | 'alert yellow or higher'
  | 'orange, red or tier school'
  | 'red'
  | 'not closed'
  | 'within 48 h'
  | 'not own'
  | 'own'
  | 'own mark'
  | 'own seat'
  | 'granted by oneself'
  | 'acknowledged by oneself';

type Rule = readonly [Reach, ...Condition[]];
export type Rules = Readonly<Partial<Record<Circle, Rule>>>;

const nobody: Rules = {};
const everybody: Rules = { everybody: ['school'] };
const administrator: Rules = { administrator: ['school'] };
const counsellors: Rules = { counsellor: ['school'], lead_counsellor: ['school'] };
const judged: Rules = { evaluation: ['pupil'] };

// "observation of one pupil": C. The table names committee members and homeroom teachers; grade heads and
// counsellors are entitled to report as well (the route serves every role that is), each within their reach.
const reporters: Rules = {
  committee_member: ['class'],
  homeroom_teacher: ['class'],
  grade_head: ['grade'],
  ...counsellors,
};

const alertReaders: Rules = {
  homeroom_teacher: ['class', 'not about staff'],
  grade_head: ['grade', 'not about staff'],
  ...counsellors,
  school_leader: ['school', 'orange, red or tier school', 'not about staff'],
  red_duty: ['school', 'red', 'not closed', 'not about staff'],
  oneself: ['held'],
  ...judged,
};

/** Which rows a person sees. */
export const maySee: Readonly<Record<string, Rules>> = {
  // The frame of a school: no row of the table, no wellbeing, no pupil; the forms of a child need all of it.
  schools: everybody,
  terms: everybody,
  calendar_days: everybody,
  grades: everybody,
  classes: everybody,
  // Ids and kinds; names of staff, so that "who holds this" can be said.
  people: everybody,
  staff: everybody,
  // Wrapped with a key outside the database.
  data_keys: everybody,

  // Roster. L is the class list, R is the record.
  pupils: {
    committee_member: ['class'],
    homeroom_teacher: ['class'],
    grade_head: ['grade'],
    ...counsellors,
    school_leader: ['school'],
    ...administrator,
    oneself: ['own'],
    ...judged,
  },
  pupil_records: {
    homeroom_teacher: ['class'],
    grade_head: ['grade'],
    ...counsellors,
    ...administrator,
  },
  // Whoever appoints to a seat sees who sits in it.
  committee_seats: {
    oneself: ['own'],
    homeroom_teacher: ['class'],
    grade_head: ['grade'],
    ...counsellors,
    school_leader: ['school'],
    ...administrator,
  },
  // The rules find the holder in the roster.
  duty_slots: {
    oneself: ['own'],
    grade_head: ['school'],
    ...counsellors,
    school_leader: ['school'],
    ...administrator,
    data_protection_officer: ['school'],
    evaluation: ['school'],
  },

  // Users, roles, grants.
  accounts: { oneself: ['own'], ...administrator, data_protection_officer: ['school'] },
  grants: {
    oneself: ['own'],
    ...administrator,
    school_leader: ['school'],
    data_protection_officer: ['school'],
    evaluation: ['school'],
  },
  sessions: { oneself: ['own'] },
  account_secrets: nobody,
  sign_in_attempts: nobody,

  // Monthly report: that it arrived; and what is in it.
  monthly_reports: {
    oneself: ['written', 'within 48 h'],
    homeroom_teacher: ['class'],
    grade_head: ['grade'],
    ...counsellors,
  },
  monthly_report_bodies: { oneself: ['written', 'within 48 h'], ...counsellors },

  // Observation: codes and the week; and day, words, reporter.
  observations: {
    oneself: ['written', 'within 48 h'],
    homeroom_teacher: ['class', 'not about staff'],
    grade_head: ['grade', 'alert yellow or higher', 'not about staff'],
    ...counsellors,
    ...judged,
  },
  observation_details: {
    oneself: ['written', 'within 48 h'],
    homeroom_teacher: ['class', 'from staff', 'not about staff'],
    ...counsellors,
    ...judged,
  },
  // Who reported it: by a logged way only, which is not built.
  reporter_seals: nobody,

  // Alert: colour, state, clock; reasons in short; the decision whole.
  alerts: alertReaders,
  alert_events: alertReaders,
  alert_reasons: {
    homeroom_teacher: ['class', 'not about staff'],
    grade_head: ['grade', 'not about staff'],
    ...counsellors,
    red_duty: ['school', 'red', 'not closed', 'not about staff'],
    oneself: ['held'],
    ...judged,
  },
  alert_decisions: counsellors,
  // Which observation an alert stands on: whoever may read both.
  alert_evidence: {
    homeroom_teacher: ['class', 'not about staff'],
    grade_head: ['grade', 'alert yellow or higher', 'not about staff'],
    ...counsellors,
    ...judged,
  },

  idempotency_records: { oneself: ['own'] },
  roster_imports: administrator,
};

/** Which new rows a person may write. */
export const mayInsert: Readonly<Record<string, Rules>> = {
  people: administrator,
  staff: administrator,
  grades: administrator,
  classes: administrator,
  pupils: administrator,
  pupil_records: administrator,
  committee_seats: administrator,
  // Never to oneself, never in another's name.
  accounts: { administrator: ['school', 'not own'] },
  grants: { administrator: ['school', 'not own', 'granted by oneself'] },
  duty_slots: { lead_counsellor: ['school'], school_leader: ['school'] },
  data_keys: everybody,
  reporter_seals: { oneself: ['written'] },
  monthly_reports: { committee_member: ['class'] },
  monthly_report_bodies: { committee_member: ['class', 'own mark', 'own seat'] },
  observations: reporters,
  observation_details: Object.fromEntries(
    Object.entries(reporters).map(([circle, rule]) => [circle, [...rule, 'own mark']]),
  ) as unknown as Rules,
  alerts: judged,
  alert_reasons: judged,
  alert_decisions: judged,
  alert_evidence: judged,
  idempotency_records: { oneself: ['own'] },
  roster_imports: { administrator: ['school', 'own'] },
};

/** The three kinds of alert events have three kinds of writers. */
export const mayInsertEvent: Readonly<Record<'with_pupil' | 'acknowledged' | 'raised', Rules>> = {
  // Anyone who sees the alert may say "I am with the pupil"; the rules are nobody, and say nothing.
  with_pupil: Object.fromEntries(
    Object.entries(alertReaders)
      .filter(([circle]) => circle !== 'evaluation')
      .map(([circle, rule]) => [circle, [...rule, 'own']]),
  ) as unknown as Rules,
  acknowledged: Object.fromEntries(
    Object.entries(alertReaders)
      .filter(([circle]) => circle !== 'evaluation')
      .map(([circle, rule]) => [circle, [...rule, 'own', 'acknowledged by oneself']]),
  ) as unknown as Rules,
  raised: judged,
};

/** Which rows a person may change, in the columns that may be changed at all. */
export const mayUpdate: Readonly<Record<string, Rules>> = {
  pupils: administrator,
  pupil_records: administrator,
  // Duty roster: counsellors their own, lead counsellor, leaders and administrator all.
  duty_slots: {
    counsellor: ['school', 'own'],
    lead_counsellor: ['school'],
    school_leader: ['school'],
    ...administrator,
  },
  sessions: { oneself: ['own'] },
  grants: { administrator: ['school', 'not own'] },
  observations: judged,
  // Act if holder; counsellors all; on red duty the red ones.
  alerts: {
    oneself: ['held'],
    ...counsellors,
    red_duty: ['school', 'red', 'not closed', 'not about staff'],
    ...judged,
  },
  roster_imports: administrator,
};

/** Which rows a person may delete: the rules replace their own reasons, nobody else deletes anything. */
export const mayDelete: Readonly<Record<string, Rules>> = { alert_reasons: judged };
