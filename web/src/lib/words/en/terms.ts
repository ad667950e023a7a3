import type { Words } from '../index.ts';

export const knownBy: Words['knownBy'] = {
  seen: 'I saw or heard it myself',
  told_by_pupil: 'They told me themselves',
  told_by_others: 'Someone else told me',
};

export const sinceWhen: Words['sinceWhen'] = {
  today: 'Today',
  this_week: 'This week',
  this_month: 'This month',
  longer: 'Longer ago',
  unknown: "Don't know",
};

export const howOften: Words['howOften'] = {
  once: 'Once',
  several: 'A few times',
  often: 'Often',
  unknown: "Don't know",
};

export const aboutWhom: Words['aboutWhom'] = {
  family: 'Someone in the family',
  school_staff: 'A teacher or other school staff',
  classmate: 'A classmate',
  online_or_outside: 'Someone online or outside school',
  unknown: "Don't know",
};

export const nextSteps: Words['nextSteps'] = {
  go_to_pupil: 'I am going to the pupil now',
  call_guardian_or_110: 'I am calling now: guardian or 110',
  talk_today: 'I will talk with the pupil today',
  talk_within_three_days: 'I will talk with the pupil within three days',
  hand_to_counsellor: 'I am handing this to the counsellor',
  other: 'Something else',
};
