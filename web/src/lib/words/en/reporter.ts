import type { OfficeWords } from '../office-zh-cn.ts';

export const reporter: OfficeWords['reporter'] = {
  title: 'See who reported',
  lead: 'Only when it is truly needed: to help this pupil, you must first check with whoever reported. Mostly you do not need to know.',
  which: 'Which observation',
  reason: 'Why you must know',
  reasonHint: 'At least 10 characters, kept encrypted.',
  recorded: 'Each look is recorded: your name, the time, the purpose and the reason.',
  submit: 'See who reported',
  shown: 'Who reported',
  once: 'This look is recorded. The name is shown here once, and no longer when you leave this page.',
  care: [
    'Talk alone and in private, and first thank them for speaking up.',
    'Do not mention it in class, and let nobody notice that it came from them.',
    'Do not pass the name on to the homeroom teacher or anybody else.',
  ],
  erased: 'What was kept has been erased as it had to be; who reported cannot be known any more.',
  recordedOnly: 'This look is recorded.',
  open: 'See who reported',
  hiddenFor:
    'If you truly need to check, you can see who reported from the observations; each look is recorded.',
};
