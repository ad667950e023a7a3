import type { OfficeWords } from '../office-zh-cn.ts';

export const exclusions: OfficeWords['exclusions'] = {
  title: 'Conflicts of interest',
  lead: 'Staff with a conflict of interest see no alert and no observation of this pupil, and never learn that they are kept away. The class list stays.',
  open: 'Conflicts of interest',
  person: 'Member of staff',
  choosePerson: 'Please choose',
  kind: 'Reason',
  kinds: {
    is_the_concern: 'The matter is about this person',
    relative: 'A relative',
    declined: 'The pupil does not want this person to know',
  },
  add: 'Keep away',
  addText:
    'Alerts held by this person go to the next holder at once; what they acknowledged starts its clock again.',
  added: 'This person is kept away now.',
  end: 'End',
  ended: 'The exclusion has ended.',
  empty: 'Nobody is kept away',
  emptyText: 'If what happens to this pupil involves a member of staff, add them below.',
  since: 'Since',
  decidedBy: 'Decided by',
  state: 'State',
  active: 'Kept away',
  endedOn: (time) => `Ended ${time}`,
};
