import type { OwnWords } from '../zh-cn.ts';

export const roster: OwnWords['roster'] = {
  title: 'Roster import',
  lead: 'Upload Excel (.xlsx) or CSV. Look at the preview first; nothing changes before you confirm.',
  file: 'Roster file',
  drop: 'Drop the file here, or choose one',
  chosen: (name) => `Chosen: ${name}`,
  upload: 'Upload and preview',
  uploading: 'Reading',
  columns: 'Columns',
  columnsText:
    'Needed: name, class, and the national or the student number. Welcome: sex, grade, date of birth, homeroom teacher, boarding. The notes column is not read.',
  noFile: 'Please choose a file first',
  imports: 'Latest imports',
  importsEmpty: 'None yet.',
  states: { previewed: 'previewed, not applied', applied: 'applied' },
  row: 'Row',
  name: 'Name',
  class: 'Class',
  details: 'Details',
  changed: (columns) => `changes: ${columns}`,
  actions: { create: 'New', update: 'Updated', unchanged: 'Unchanged', error: 'Errors' },
  emptyTab: 'No rows of this kind.',
  ignored: (columns) => `Columns not read: ${columns}`,
  newClasses: (classes) => `Classes to be created: ${classes}`,
  teachers: 'Homeroom teachers',
  teacherChange: (className, from, to) => `${className}: ${from} → ${to}`,
  notApplicable:
    'While a row has an error, nothing of the file is imported. Correct the file and upload it again.',
  nothing: 'The same as the roster now, nothing to change.',
  apply: 'Apply to the roster',
  confirmTitle: 'Apply to the roster?',
  confirmText: (create, update) =>
    `${create} new, ${update} updated. Either all of it is applied, or none.`,
  applied: 'Applied to the roster',
  again: 'Upload another file',
};

export const accounts: OwnWords['accounts'] = {
  title: 'Accounts',
  lead: 'Sign-in accounts for teachers.',
  account: 'Account',
  person: 'Name',
  roles: 'Roles',
  disabled: 'disabled',
  empty: 'No accounts yet',
  create: 'New account',
  personHint: 'The same name takes a member of staff who is there already',
  password: 'First password',
  passwordHint: 'At least 10 characters; hand it over in person',
  role: 'Role',
  scope: 'Scope',
  wholeSchool: 'Whole school',
  submit: 'Create the account',
  done: 'The account is ready',
};

export const me: OwnWords['me'] = {
  title: 'Me',
  roles: 'My roles',
  until: (day) => `until ${day}`,
  sessions: 'Signed-in devices',
  current: 'this device',
  seen: (time) => `last used ${time}`,
  end: 'Sign out there',
  ended: 'Signed out on that device',
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
