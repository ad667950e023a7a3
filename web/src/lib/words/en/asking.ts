import type { AskingWords } from '../zh-cn/asking.ts';

export const asking: AskingWords = {
  lead: 'Asking for yourself takes courage. There is nothing to write: one tap is enough.',
  ask: "I'd like to talk with a counsellor",
  asked: 'A counsellor will see it',
  askedText: 'A counsellor sees it within 24 hours, and then quietly finds a time with you.',
  next: [
    'Only counsellors know. No classmate, homeroom teacher or parent is told.',
    'You decide what you talk about, and how much.',
    'If you are in danger, the counsellor looks for a way together with you, and asks other adults to help.',
  ],
  now: 'It hurts now and cannot wait? Go straight to an adult, or call:',
};
