import type { OwnWords } from '../zh-cn.ts';

export const me: OwnWords['me'] = {
  waiting: 'Your role waits for approval',
  waitingText: (roles) =>
    `${roles}. You can use it once it is approved; until then there is nothing to see.`,
  myRecord: 'What I did',
  title: 'Me',
  roles: 'My roles',
  until: (day) => `until ${day}`,
  sessions: 'Signed-in devices',
  current: 'this device',
  seen: (time) => `last used ${time}`,
  end: 'Sign out there',
  ended: 'Signed out on that device',
  password: 'Change password',
  passwordText: 'Afterwards every device, this one too, must sign in again with the new password.',
  passwordNow: 'Password now',
  passwordNew: 'New password',
  passwordHint: 'At least 10 characters',
  passwordAgain: 'New password again',
  passwordDiffers: 'The two new passwords are not the same',
  passwordSubmit: 'Change password',
  passwordChanged: 'The password is changed. Sign in with the new one',
  appearance: 'Display',
  save: 'Save',
};

export const help: OwnWords['help'] = {
  title: 'Help',
  lead: 'No need to wait for a system or to fill in a form first.',
  now: 'Somebody is in danger now',
  numbers: 'Call these at any time',
  adults: 'Or go to',
  adultsList: [
    'your homeroom teacher, or any teacher you trust',
    'the school counsellor, at the counselling room',
    'your parents or others in the family',
  ],
  isTitle: 'What it does',
  isList: [
    'It brings "somebody has noticed" to the adult in charge, quickly.',
    'It says why, who holds it, and by when there should be an answer.',
    'Only the teachers who look after this pupil see it.',
  ],
};
