import type { OwnWords } from '../zh-cn.ts';

const counted = (n: number): string => `${n} notice${n === 1 ? '' : 's'}`;
const a = (colour: string): string =>
  `${/^[aeiou]/i.test(colour) ? 'An' : 'A'} ${colour.toLowerCase()}`;

export const notices: OwnWords['notices'] = {
  title: 'Notices',
  lead: 'They say that something waits for you, never whom it is about. Open one to see.',
  bell: (unseen) => (unseen === 0 ? 'Notices' : `Notices, ${unseen} not seen`),
  kinds: {
    alert_to_acknowledge: (colour) => `${a(colour)} alert waits for you to acknowledge it`,
    alert_to_review: (colour) => `${a(colour)} alert needs somebody to look at it`,
    alert_to_know: (colour) => `${a(colour)} alert was raised; you are informed`,
    alert_step_overdue: (colour) => `A step of ${a(colour)} alert is overdue; please look now`,
    cluster_raised: (_colour) => 'Several pupils need care at once; please meet about it today',
    own_factor_reset: (_colour) =>
      'An administrator reset your two-step verification. If you did not ask for it, tell a school leader at once',
    factor_reset: (colleague) =>
      `An administrator reset the two-step verification of ${colleague}. Please make sure they asked for it`,
    break_glass_opened: (_colour) => 'Somebody used emergency access; please review it',
    counsellor_kept_away: (_colour) =>
      'A counsellor was kept away from a pupil by another one; please look at it',
    alert_to_decide: (colour) =>
      `A decision about ${a(colour).toLowerCase()} alert waits for you as the second person`,
    drill_to_answer: (_colour) => 'Drill: please open it and answer',
    grant_to_decide: (_colour) => 'Proposed roles wait for you to decide',
    grant_decided: (_colour) => 'Roles that you proposed were decided about',
  },
  unseen: 'Not seen',
  answered: 'Acknowledged',
  seenAll: 'Mark all as seen',
  empty: 'No notices yet',
  emptyText: 'When something needs you, it appears here.',
  undelivered: (n) => `${counted(n)} could not be delivered to anybody`,
  undeliveredText:
    'The program keeps trying. Please check the duty roster and the accounts: is everybody there who should be told?',
};
