import type { ObservationInput } from '#lib/api/shapes.ts';

/**
 * An alert sent in ten seconds. Nothing is asked that can wait, so every question that was not asked
 * is answered with what claims least: hearsay never counts as a second independent reporter.
 */
export function urgentInput(pupilId: string, codes: string[], today: string): ObservationInput {
  return {
    pupilId,
    indicators: codes as ObservationInput['indicators'],
    veryWorried: true,
    knownBy: 'told_by_others',
    sinceWhen: 'unknown',
    howOften: 'unknown',
    aboutWhom: 'unknown',
    words: '',
    observedOn: today,
  };
}
