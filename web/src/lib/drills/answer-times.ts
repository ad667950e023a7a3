import type { DrillWhole } from '#lib/api/shapes.ts';

type Call = DrillWhole['calls'][number];

/** Seconds from being told to answering; null while there is no answer. */
export const secondsToAnswer = ({ askedAt, answeredAt }: Call): number | null =>
  answeredAt === null ? null : Math.round((Date.parse(answeredAt) - Date.parse(askedAt)) / 1000);

/** The median of those who answered, in seconds; null when nobody did. */
export function medianSeconds(calls: readonly Call[]): number | null {
  const times = calls.flatMap((call) => secondsToAnswer(call) ?? []).sort((a, b) => a - b);
  const [low, high] = [
    times[Math.floor((times.length - 1) / 2)],
    times[Math.floor(times.length / 2)],
  ];
  return low === undefined || high === undefined ? null : Math.round((low + high) / 2);
}

/** Those of the school who were told and have not answered. */
export const unansweredNames = (calls: readonly Call[]): string[] =>
  calls.filter((call) => !call.outside && call.answeredAt === null).map((call) => call.name);
