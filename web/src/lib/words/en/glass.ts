import type { OfficeWords } from '../office-zh-cn.ts';

export const glass: OfficeWords['glass'] = {
  title: 'Emergency access',
  closed: 'You are not on the duty list of this alert, so why it was raised is closed to you.',
  closedHint:
    'When it cannot wait for those on duty, you may open it for 30 minutes. The lead counsellor and the data-protection officer are told at once and review it.',
  open: 'Open the reasons',

  askTitle: 'Open why the alerts on this pupil were raised',
  askLead:
    'First ring the duty phone; open it when that cannot wait. It opens this pupil alone: reasons and weeks, no words, and never who said so.',
  category: 'What for',
  categories: {
    danger_now: 'Somebody is in danger now',
    missing_pupil: 'The pupil cannot be found',
    outside_help: 'Parents, a hospital or an ambulance are waiting',
    official_request: 'The police or another authority is asking',
    other: 'Something else',
  },
  reason: 'Why it cannot wait',
  reasonHint: 'At least 20 characters, stored encrypted; whoever reviews it reads them.',
  consequences:
    'Once open: it closes by itself after 30 minutes, each look is recorded, and somebody else reviews it within two working days.',
  submit: 'Open for 30 minutes',

  bannerTitle: (name) => `Emergency access is open: ${name}`,
  left: (span) => `${span} left`,
  end: 'Close now',

  reviewLead:
    'Who opened what was closed, and in which need. Within two working days somebody who had no part in it says whether that was right.',
  all: 'All',
  states: { awaiting: 'Waiting for review', overdue: 'Overdue', reviewed: 'Reviewed' },
  verdicts: {
    justified: 'It was right',
    not_justified: 'It was not right',
    needs_talk: 'To be talked about in person',
  },
  empty: 'No emergency access',
  emptyText: 'When somebody uses it, it appears here and you are told.',
  emptyState: 'Nothing of this kind',
  openedBy: (name, time) => `Opened by ${name}, ${time}`,
  endedEarly: (time) => `Closed early, ${time}`,
  lasted: (time) => `Closed by itself, ${time}`,
  lasting: (time) => `Open now, closes by itself ${time}`,
  reviewBy: (time) => `Please review by ${time}`,
  overdueSince: (time) => `Was to be reviewed by ${time}`,
  somePupil: 'A pupil (you see no names)',
  pupil: 'Pupil',
  person: 'Opened by',
  when: 'When',
  oneTitle: 'One emergency access',
  reasonErased: 'The pupil was erased; the reason cannot be read any more.',
  readIsRecorded: 'Opening this page is kept in the audit record.',
  reviews: 'Reviews',
  reviewedBy: (name, time) => `${name}, ${time}`,
  yourReview: 'Your review',
  reviewTitle: 'Was it right to open it?',
  note: 'A note (optional)',
  noteHint: 'Stored encrypted. Facts, no judgement of the person.',
  review: 'Send the review',
  reviewAgain: 'Add another review',
  reviewed: 'The review is recorded',
  own: 'You opened this yourself: somebody else reviews it.',
};
