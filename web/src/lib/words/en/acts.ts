import type { acts as zhActs } from '../zh-cn/acts.ts';

export const acts: typeof zhActs = {
  title: 'Close or lower',
  lead: 'Lowering and closing are decisions of people, with a written reason; time alone lowers nothing.',
  choose: 'What is to be done',
  act: {
    close: 'Close this alert',
    lower: 'Lower the colour',
    clear_guardian: 'Lift “the guardian is not told yet”',
  },
  outcome: 'What it came to',
  outcomes: {
    supported: 'Got help, and is steady',
    not_confirmed: 'Looked into, and not what was feared',
    referred: 'Referred to a hospital or to professionals outside',
    moved_to_case: 'Became a case that a counsellor follows',
    mistake: 'Entered by mistake',
  },
  colour: 'Lower to',
  reason: 'Reason',
  reasonHint:
    'What was seen and what was done, 10 characters or more; encrypted, for those who act and the second person alone',
  raiseAgain: 'What would make us raise it again',
  raiseAgainHint: 'Name what would be seen, 10 characters or more',
  needsSecond:
    'For orange and red another qualified person has to agree: not who proposes it, nor who holds the alert.',
  guardianSecond: 'The guardian is told once a counsellor and another qualified person agree.',
  propose: 'Send to a second person',
  now: 'Confirm',
  waiting: (what) => `Waits for a second person: ${what}`,
  proposedBy: (who, time) => `Proposed by ${who}, ${time}`,
  agree: 'Agree',
  decline: 'Decline',
  withdraw: 'Take it back',
  decideHint:
    'Please check first, and talk to who proposed it where you need to. It takes effect at once.',
  history: 'What was proposed before',
  states: {
    open: 'waiting',
    agreed: 'in effect',
    declined: 'declined',
    withdrawn: 'taken back',
    lapsed: 'lapsed, something new came',
  },
  decidedBy: (who) => `decided by ${who}`,
  closedAs: (outcome) => `Closed: ${outcome}`,
  done: 'It is in effect.',
  proposed: 'Sent to a second person.',
  decided: 'Your decision is written down.',
};
