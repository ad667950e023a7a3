import type { Colour, NextStep } from '@shaodian/rules';

/** The step chosen beforehand, so that in a corridor one tap is enough; any other stays one tap away. */
export const suggestedStep = {
  red: 'go_to_pupil',
  orange: 'go_to_pupil',
  yellow: 'talk_today',
  blue: 'talk_within_three_days',
} satisfies Record<Colour, NextStep>;
