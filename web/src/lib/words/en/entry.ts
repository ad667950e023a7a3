import type { OwnWords } from '../zh-cn.ts';

export const signIn: OwnWords['signIn'] = {
  title: 'Sign in',
  lead: 'For committee members and teachers.',
  school: 'School',
  chooseSchool: 'Choose a school',
  account: 'Account',
  password: 'Password',
  submit: 'Sign in',
  noSchool: 'There is no school here yet. Set one up first.',
  toSetup: 'Set up a school',
  demoTitle: 'Come in as one of the demo people',
  demoLead: 'One tap and you are in. People and contents are made up: try anything.',
  privacyTitle: 'What is written here',
  privacy: [
    'is for the teachers who look after pupils, never for rankings or discipline.',
    'The system gives no scores, no labels and no diagnosis.',
    'If it is urgent, do not wait for a system: go to an adult near you.',
  ],
};

export const stepUp: OwnWords['stepUp'] = {
  title: 'Please enter your password again',
  text: 'This step is about something especially sensitive, so first confirm that it is you. It holds for 10 minutes and is written into the audit.',
  purpose: 'This time it is for',
  purposeIs: (purpose) => `This time it is for: ${purpose}`,
  holds: (purpose) =>
    `You gave your password a moment ago and are not asked again for some minutes. Purpose: ${purpose}`,
  purposes: {
    urgent_help: 'Helping a pupil urgently',
    follow_up: 'Following up on a pupil',
    verify_report: 'Checking a report',
    data_request: 'Answering a data request',
    break_glass: 'Emergency access',
    approve_grants: 'Approving roles',
  },
  password: 'Password',
  submit: 'Confirm and go on',
};

export const setup: OwnWords['setup'] = {
  title: 'First use: set up the school',
  lead: 'Give the school and an administrator. Roster, classes and teachers are imported later.',
  school: 'School',
  schoolName: 'Name of the school',
  schoolCode: 'School code',
  schoolCodeHint: 'Lower-case letters, used at sign-in, for example jiangpan',
  administrator: 'Administrator',
  administratorHint: 'Looks after accounts and the roster, and sees nothing about wellbeing.',
  leadCounsellor: 'Lead counsellor',
  leadHint:
    'Holds the alerts until a duty roster is made. Every role after these takes two people: the administrator proposes, a school leader approves; while there is none, this teacher does.',
  name: 'Name',
  account: 'Account',
  password: 'Password',
  passwordHint: 'At least 10 characters',
  submit: 'Set up the school',
  done: 'The school is set up. Sign in as the administrator.',
};
