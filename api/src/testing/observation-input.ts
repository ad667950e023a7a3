import type { ObservationInput } from '../observations/observations.schemas.ts';

/** A valid observation about a pupil; tests change what they are about. */
export const observationInput = (
  pupilId: string,
  changes: Partial<ObservationInput> = {},
): ObservationInput => ({
  pupilId,
  indicators: ['MOO01'],
  veryWorried: false,
  knownBy: 'seen',
  sinceWhen: 'this_week',
  howOften: 'several',
  aboutWhom: null,
  words: '',
  observedOn: new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10),
  ...changes,
});
