import type { Policy } from './policy.ts';

/** The default policy. Each number has its reason and source in POLICY.md. */
export const defaultPolicy = {
  version: 'default-1',
  rules: [
    {
      rule: 'R1',
      tiers: ['emergency'],
      immediate: null,
      colour: 'red',
      tier: 'school',
      clock: 'red',
    },
    {
      rule: 'R2',
      tiers: ['serious'],
      immediate: true,
      colour: 'orange',
      tier: 'school',
      clock: 'orange-immediate',
    },
    {
      rule: 'R3',
      tiers: ['serious'],
      immediate: false,
      colour: 'orange',
      tier: 'school',
      clock: 'orange',
    },
    {
      rule: 'R9',
      tiers: ['concern', 'serious', 'emergency'],
      immediate: null,
      colour: 'blue',
      tier: 'class',
      clock: 'blue',
    },
  ],
  freshDays: 60,
  holders: {
    red: 'red_duty',
    orange: 'counsellor_on_duty',
    yellow: 'grade_head',
    blue: 'homeroom_teacher',
  },
  informed: {
    red: ['counsellor', 'grade_head', 'school_leader'],
    'orange-immediate': ['lead_counsellor', 'grade_head'],
    orange: ['grade_head'],
    yellow: ['counsellor', 'homeroom_teacher'],
    blue: ['mentor'],
  },
  acknowledge: {
    red: { kind: 'elapsed', minutes: 10 },
    'orange-immediate': { kind: 'elapsed', minutes: 30 },
    orange: { kind: 'school-hours-or-elapsed', schoolHours: 2, minutes: 720 },
    yellow: { kind: 'school-days', days: 1 },
    blue: { kind: 'school-days', days: 3 },
  },
  laterSteps: {
    red: {
      withPupil: { kind: 'elapsed', minutes: 15 },
      assess: { kind: 'elapsed', minutes: 60 },
      guardian: { kind: 'elapsed', minutes: 60 },
    },
    'orange-immediate': {
      withPupil: { kind: 'elapsed', minutes: 120 },
      assess: { kind: 'elapsed', minutes: 1440 },
      guardian: { kind: 'elapsed', minutes: 1440 },
    },
    orange: {
      withPupil: { kind: 'elapsed-before-leaving-school', minutes: 720 },
      assess: { kind: 'elapsed', minutes: 1440 },
      team: { kind: 'school-days-after-assessment', days: 3 },
      guardian: { kind: 'elapsed', minutes: 1440 },
    },
    yellow: {
      withPupil: { kind: 'school-days', days: 3 },
      assess: { kind: 'school-days', days: 10 },
      guardian: { kind: 'in-the-plan' },
    },
    blue: {
      withPupil: { kind: 'school-days', days: 7 },
      assess: { kind: 'school-days', days: 20 },
      guardian: { kind: 'as-useful' },
    },
  },
  guardianLock: { domains: ['abuse-neglect'], codes: ['FAM02'] },
  roundSchoolDays: 8,
  reportDueSchoolDay: 5,
} as const satisfies Policy;
