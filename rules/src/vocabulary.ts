import { indicatorRows } from './indicators.generated.ts';

/** The words shared by code, database, API and screens. Ladders are ordered, lowest or nearest first. */

/** Urgency. */
export const colours = ['blue', 'yellow', 'orange', 'red'] as const;
export type Colour = (typeof colours)[number];

/** Who holds an alert. */
export const tiers = ['class', 'grade', 'school'] as const;
export type Tier = (typeof tiers)[number];

/** Where a missed clock climbs; the last is outside the school, and always there. */
export const rungs = [...tiers, 'outside'] as const;
export type Rung = (typeof rungs)[number];

/** What has to be done about an alert, each with a clock of its own; the list is the order in which they are shown. */
export const stepKinds = [
  'acknowledge',
  'see_evidence',
  'mandatory_report',
  'contact',
  'assessment',
  'guardian',
  'team',
] as const;
export type StepKind = (typeof stepKinds)[number];

/** How first contact was made: one of these counts as being with the pupil. */
export const contactWays = ['beside', 'voice', 'police_asked'] as const;
export type ContactWay = (typeof contactWays)[number];

/** How the guardian was told. */
export const guardianWays = ['in_person', 'call', 'message'] as const;
export type GuardianWay = (typeof guardianWays)[number];

/** What the short assessment says: words for what comes next, no figure. */
export const assessmentOutcomes = ['confirmed', 'less_than_feared', 'more_than_feared'] as const;
export type AssessmentOutcome = (typeof assessmentOutcomes)[number];

/** Ways out of the program to one person; in-app is always there. */
export const personalWays = ['ringing', 'email'] as const;
export type PersonalWay = (typeof personalWays)[number];

export const roles = [
  'committee_member',
  'pupil',
  'homeroom_teacher',
  'mentor',
  'mentor_lead',
  'grade_head',
  'counsellor',
  'lead_counsellor',
  'school_leader',
  'data_protection_officer',
  'expert',
  'administrator',
  'district_viewer',
] as const;
export type Role = (typeof roles)[number];

/** How weighty a sign is; `protective` and `coverage` are not on this ladder. */
export const indicatorTiers = ['observe', 'concern', 'serious', 'emergency'] as const;
export type IndicatorTier = (typeof indicatorTiers)[number] | 'protective' | 'coverage';

export const indicatorCodes = indicatorRows.map((row) => row.code) as unknown as readonly [
  IndicatorCode,
  ...IndicatorCode[],
];
export type IndicatorCode = (typeof indicatorRows)[number]['code'];
export type Domain = (typeof indicatorRows)[number]['domain'];

export const audiences = ['peer', 'staff'] as const;
export type Audience = (typeof audiences)[number];

export const sourceKinds = [
  'peer',
  'staff',
  'counsellor',
  'pupil',
  'guardian',
  'screening',
] as const;
export type SourceKind = (typeof sourceKinds)[number];

/** How the reporter came to know. */
export const knownByValues = ['seen', 'told_by_pupil', 'told_by_others'] as const;
export type KnownBy = (typeof knownByValues)[number];

/** Signs of which a form asks one thing more, because the answer changes what they lead to (R0). */
export const askingCodes = ['BUL03', 'PSY01', 'LEA02'] as const satisfies readonly IndicatorCode[];
export type AskingCode = (typeof askingCodes)[number];

export const sinceWhenValues = ['today', 'this_week', 'this_month', 'longer', 'unknown'] as const;
export type SinceWhen = (typeof sinceWhenValues)[number];

export const howOftenValues = ['once', 'several', 'often', 'unknown'] as const;
export type HowOften = (typeof howOftenValues)[number];

export const aboutWhomValues = [
  'family',
  'school_staff',
  'classmate',
  'online_or_outside',
  'unknown',
] as const;
export type AboutWhom = (typeof aboutWhomValues)[number];

export const alertStatuses = ['open', 'acknowledged', 'closed'] as const;
export type AlertStatus = (typeof alertStatuses)[number];

/** What a cluster alert is about. */
export const clusterSubjects = ['class', 'grade', 'school'] as const;
export type ClusterSubject = (typeof clusterSubjects)[number];

/** Committee seats of a class: A is the girl, B the boy. */
export const seats = ['A', 'B'] as const;
export type Seat = (typeof seats)[number];

/** What the person who acknowledges does next. */
export const nextSteps = [
  'go_to_pupil',
  'call_guardian_or_110',
  'talk_today',
  'talk_within_three_days',
  'hand_to_counsellor',
  'other',
] as const;
export type NextStep = (typeof nextSteps)[number];

export const ruleIds = ['R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'R7', 'R9', 'R10'] as const;
export type RuleId = (typeof ruleIds)[number];

/** Which acknowledgement clock runs, the shortest first; orange has two, and a pupil who asks for help has one of their own, as a rule sooner than yellow. */
export const clockKeys = ['red', 'orange-immediate', 'orange', 'help', 'yellow', 'blue'] as const;
export type ClockKey = (typeof clockKeys)[number];

/** Whom the duty roster and the grants are asked for. */
export const holderKeys = [
  'red_duty',
  'counsellor_on_duty',
  'grade_head',
  'homeroom_teacher',
] as const;
export type HolderKey = (typeof holderKeys)[number];
