import { defaultAcknowledge } from '../alerts/default-acknowledge.ts';
import type { Due, Duration } from '../alerts/policy.ts';
import type { ClockKey } from '../vocabulary.ts';
import type { RulesWords } from './zh-cn.ts';

const counted = (count: number, unit: string): string =>
  `${count} ${unit}${count === 1 ? '' : 's'}`;

const minutes = (count: number): string =>
  count % 60 === 0 ? counted(count / 60, 'hour') : counted(count, 'minute');

function howLong(duration: Duration): string {
  switch (duration.kind) {
    case 'elapsed':
      return `within ${minutes(duration.minutes)}`;
    case 'school-days':
      return `within ${counted(duration.days, 'school day')}`;
    case 'school-hours-or-elapsed':
      return `within ${counted(duration.schoolHours, 'school hour')} or ${minutes(duration.minutes)}, whichever comes first`;
  }
}

function due(by: Due): string {
  switch (by.kind) {
    case 'elapsed-before-leaving-school':
      return `within ${minutes(by.minutes)}, and before the pupil leaves school`;
    case 'school-days-after-assessment':
      return `within ${counted(by.days, 'school day')} after the assessment confirms it`;
    case 'in-the-plan':
      return 'on the day the plan names';
    case 'as-useful':
      return 'when it helps';
    default:
      return howLong(by);
  }
}

const clock = (key: ClockKey): string => howLong(defaultAcknowledge[key]);

/** What the rules say, in English. */
export const en = {
  colours: {
    blue: { name: 'Blue', meaning: 'keep an eye out' },
    yellow: { name: 'Yellow', meaning: 'in the next few days' },
    orange: { name: 'Orange', meaning: 'today' },
    red: { name: 'Red', meaning: 'now' },
  },

  tiers: { class: 'Class', grade: 'Grade', school: 'School' },

  roles: {
    committee_member: 'Committee member',
    pupil: 'Pupil',
    homeroom_teacher: 'Homeroom teacher',
    mentor: 'Mentor',
    mentor_lead: 'Mentor lead',
    grade_head: 'Grade head',
    counsellor: 'Counsellor',
    lead_counsellor: 'Lead counsellor',
    school_leader: 'School leader',
    data_protection_officer: 'Data-protection officer',
    expert: 'Outside expert',
    administrator: 'Administrator',
    district_viewer: 'District viewer',
  },

  holders: {
    red_duty: 'Person on red duty',
    counsellor_on_duty: 'Counsellor on duty',
    grade_head: 'Grade head',
    homeroom_teacher: 'Homeroom teacher',
  },

  domains: {
    'self-harm': 'Wanting to hurt themselves',
    mood: 'Mood',
    anxiety: 'Worry and fear',
    health: 'Body and sleep',
    social: 'Getting along with others',
    bullying: 'Being bullied or bullying',
    'abuse-neglect': 'Being harmed or not cared for',
    eating: 'Eating and weight',
    perception: 'Thoughts and senses unlike before',
    online: 'Phone and internet',
    'family-event': 'Something big at home or close by',
    learning: 'Learning and attendance',
    substance: 'Alcohol, smoking and drugs',
    violence: 'Conflict and dangerous things',
    protective: 'Good changes and support',
    coverage: 'How well they are known',
    worry: 'Very worried',
  },

  indicatorTiers: {
    observe: 'Keep an eye on',
    concern: 'Needs care',
    serious: 'Serious',
    emergency: 'Emergency',
    protective: 'Good changes and support',
    coverage: 'Not known well',
  },

  audiences: { peer: 'Pupils', staff: 'Staff' },

  sourceKinds: {
    peer: 'A fellow pupil',
    staff: 'Staff',
    counsellor: 'Counsellor',
    pupil: 'The pupil',
    guardian: 'Guardian',
    screening: 'Screening',
  },

  knownBy: {
    seen: 'Seen or heard directly',
    told_by_pupil: 'Told by the pupil',
    told_by_others: 'Told by others',
  },

  conditions: {
    BUL03: 'an intimate picture or video is involved',
    PSY01: 'the voice tells them to hurt someone',
    LEA02: 'away without leave for 3 school days or more',
  },

  sinceWhen: {
    today: 'Today',
    this_week: 'This week',
    this_month: 'This month',
    longer: 'Longer ago',
    unknown: "Don't know",
  },

  howOften: { once: 'Once', several: 'A few times', often: 'Often', unknown: "Don't know" },

  aboutWhom: {
    family: 'Someone in the family',
    school_staff: 'A teacher or other school staff',
    classmate: 'A classmate',
    online_or_outside: 'Someone online or outside school',
    unknown: "Don't know",
  },

  alertStatuses: { open: 'Waiting for an answer', acknowledged: 'Acknowledged', closed: 'Closed' },

  seats: { A: "Girl's seat", B: "Boy's seat" },

  nextSteps: {
    go_to_pupil: 'I am going to the pupil now',
    call_guardian_or_110: 'I am calling now: guardian or 110',
    talk_today: 'I will talk with the pupil today',
    talk_within_three_days: 'I will talk with the pupil within three days',
    hand_to_counsellor: 'I am handing this to the counsellor',
    other: 'Something else',
  },

  rules: {
    R1: 'There is an emergency sign: once is enough, whoever said it.',
    R2: 'There is a serious sign that the school must know of at once.',
    R3: 'There is a serious sign that a counsellor should look at.',
    R4: 'More than one person noticed, each for themselves, that someone may need care; or one person noticed three different signs.',
    R5: 'There are signs in three different areas within two months.',
    R6: 'The same slight change in two monthly reports in a row, or three slight changes in one month.',
    R7: 'Something grave has just happened, and mood or friendships show it: one colour up, orange at most.',
    R9: 'There is at least one sign that someone may need care.',
    R10: 'They asked to talk with somebody, for themselves.',
  },

  howLong,

  clocks: {
    red: clock('red'),
    'orange-immediate': clock('orange-immediate'),
    orange: clock('orange'),
    help: clock('help'),
    yellow: clock('yellow'),
    blue: clock('blue'),
  },

  laterSteps: {
    withPupil: 'An adult is with the pupil',
    assess: 'Assess and make a plan',
    team: 'The support team meets',
    guardian: 'Tell the guardian (unless the alert says not to yet)',
  },

  due,

  whatToDo: {
    red: [
      'Go to the pupil now, or reach them by phone first; if nobody can find them, call 110.',
      'Do not leave the pupil alone; if life is in danger call 120 or 110 first, then a counsellor.',
      'Before telling the guardian, check whether this alert says not to tell them yet.',
    ],
    orange: [
      'See the pupil in person soon, at the latest before they leave school.',
      'Listen calmly; do not press for details or for who said it; do not promise to tell nobody.',
      'Settle the next step with a counsellor; if it becomes urgent, treat it as red.',
    ],
    yellow: [
      'In the next few days find a quiet place and ask the pupil how things are.',
      'Compare what you see with the homeroom teacher and the counsellor, and agree who follows up.',
      'If it becomes serious, tell a counsellor at once; do not wait.',
    ],
    blue: [
      'Find an ordinary moment to ask, in private, how they have been.',
      'Listen more than you judge, and never in front of classmates.',
      'If you grow more worried, write an observation or go straight to a counsellor.',
    ],
  },

  emergency: {
    title: 'Go to an adult now',
    lines: [
      'Go to the nearest teacher or another adult right away and tell them face to face.',
      'Do not stay alone with this, and do not promise anyone to keep it secret.',
      'If someone has a knife or another dangerous thing, or is at an edge, a window or by water: do not go near. Get to a safe place, then call an adult.',
      'You have done what you should. The adults do the rest.',
    ],
    numbers: [
      {
        number: '120',
        use: 'Ambulance: someone is hurt, has collapsed, or took something dangerous',
      },
      { number: '110', use: 'Police: someone is in danger, may hurt others, or cannot be found' },
      { number: '12356', use: 'Support line: when you feel bad and want to talk to someone' },
    ],
  },

  notThis: {
    title: 'What this tool does not do',
    lines: [
      'No diagnosis: it holds what was seen and heard; whether someone is ill is for a doctor to say.',
      'No score: there is no risk number, and nobody is ranked.',
      'No labels: we say "a pupil who may need care"; the care is for the person, who is not "a problem".',
      'No substitute for people: the system only reminds; staff and pupil decide together what helps.',
      'No discipline: what is written here never feeds ratings or punishment.',
    ],
  },

  reason: (rule, signs) => `${rule} Signs noticed: ${signs.join('; ')}.`,

  withoutSigns: (signs, colour) =>
    `${colour === null ? 'There would be no alert' : `This alert would be ${colour.toLowerCase()}`} without these signs: ${signs.join('; ')}.`,
} satisfies RulesWords;
