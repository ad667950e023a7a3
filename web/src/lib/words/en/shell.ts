import type { OwnWords } from '../zh-cn.ts';

export const shell: OwnWords['shell'] = {
  product: 'Shaodian',
  tagline: 'Student wellbeing and early warning',
  skip: 'Skip to content',
  demo: 'Demo · all people are fictional',
  menu: 'Main menu',
  theme: 'Appearance',
  themes: { system: 'As the device', light: 'Light', dark: 'Dark' },
  actingAs: 'Acting as',
  switchRole: 'Switch',
  signOut: 'Sign out',
  nav: {
    report: 'Report',
    alerts: 'Alerts',
    board: 'Overview',
    pupils: 'Pupils',
    duty: 'Duty',
    roster: 'Roster',
    audit: 'Audit',
    'break-glass': 'Emergency',
    accounts: 'Accounts',
    grants: 'Roles',
    help: 'Help',
    me: 'Me',
  },
  back: { home: 'Back to the start' },
};

const counted = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

export const ui: OwnWords['ui'] = {
  charactersLeft: (left) => `${counted(left, 'character')} left`,
  listMark: ', ',
  none: 'None',
  search: 'Search',
  more: 'Next page',
  first: 'Back to the first page',
  cancel: 'Cancel',
  confirm: 'Confirm',
  chartData: 'The numbers in the chart',
  offline: 'No network. Nothing can be sent now: please go to an adult.',
  inAbout: (span) => ` (in about ${span})`,
  notSent: 'Not sent',
  notSentText:
    'The network is down or the system did not answer. What you wrote is still on this page. Try again; if it is urgent, go to an adult.',
  checkFields: 'A few things need changing',
  fieldFaults: {
    too_small: 'Missing, or too short',
    too_big: 'Too long',
    invalid_type: 'Please fill this in',
    invalid_value: 'Please choose one',
    invalid_format: 'Not the right format',
    custom: 'Please check this',
  },
};

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export const dates: OwnWords['dates'] = {
  monthDay: (month, day) => `${day} ${months[month - 1] ?? ''}`,
  month: (month) => months[month - 1] ?? '',
  yearMonth: (year, month) => `${months[month - 1] ?? ''} ${year}`,
  weekOf: (day) => `the week of ${day}`,
  minutes: (n) => counted(n, 'minute'),
  hours: (n) => counted(n, 'hour'),
  days: (n) => counted(n, 'day'),
};

export const errors: OwnWords['errors'] = {
  title: {
    403: 'This is not possible',
    404: 'Not found',
    429: 'Too many attempts',
    503: 'Not available just now',
    other: 'Something went wrong',
  },
  text: {
    403: 'This step did not pass a check. Please go back and try again.',
    404: 'This page does not exist, or is not among what you may see.',
    429: 'Please try again in a while.',
    503: 'Please try again in a moment.',
    other: 'It was not your doing. Please try again, and tell the administrator if it stays.',
  },
  urgent:
    'If it is urgent, do not wait: go to an adult near you, or call 120 (ambulance), 110 (police) or 12356 (counselling).',
};

export const sexes: OwnWords['sexes'] = { female: 'girl', male: 'boy', unknown: 'not given' };
