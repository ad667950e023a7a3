import type { OfficeWords } from '../office-zh-cn.ts';

export const erasures: OfficeWords['erasures'] = {
  title: 'Erasing a pupil',
  lead: 'Once erased, the name, numbers and every word about this pupil cannot be brought back, not even from a backup. It takes two people: one asks, another approves.',
  askTitle: (name) => `Ask to erase: ${name}`,
  reason: 'Reason',
  reasons: {
    left_school: 'Left the school',
    guardian_request: 'The guardian asked',
    pupil_request: 'The pupil asked',
    retention_over: 'No longer to be kept',
  },
  choose: 'Please choose',
  ask: 'Ask',
  asked: 'Asked; another person must approve',
  by: (name, time) => `Asked by ${name}, ${time}`,
  waiting: 'Waits for approval',
  done: (name, time) => `Approved by ${name}, ${time}: erased`,
  approve: 'Approve the erasure',
  confirmTitle: 'Erase for good?',
  confirmText: 'Nobody can bring it back, not even from a backup.',
  approved: 'Erased',
  somePupil: 'a pupil',
  empty: 'Nobody has asked for an erasure.',
  link: 'Ask to erase',
  all: 'Erasures',
};
