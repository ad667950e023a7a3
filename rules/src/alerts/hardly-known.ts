import type { SchoolCalendar } from '../clocks/calendar.ts';
import type { Seat } from '../vocabulary.ts';
import { defaultPolicy } from './default-policy.ts';
import type { Policy } from './policy.ts';
import { roundsOf } from './rounds.ts';

/** Whom one seat of a class ticked as hardly known, in one month's report. */
export interface CoverageReport {
  readonly classId: number;
  /** `YYYY-MM` */
  readonly month: string;
  readonly seat: Seat;
  readonly hardlyKnown: readonly string[];
}

/** A pupil whom no reporter of the class knows, round after round. */
export interface HardlyKnown {
  readonly pupilId: string;
  readonly classId: number;
  /** The rounds it stood on, oldest first, `YYYY-MM`. */
  readonly months: readonly string[];
}

/**
 * R12: pupils whom every seat that reported ticked as hardly known, in consecutive rounds: the homeroom teacher is asked to get to know them.
 *
 * Only seats that reported count; a round without any report is unknown, so nothing is said across it. A month that is no round is skipped
 * (June and September are neighbours). Counted class by class: who has moved is new to the others, and starts anew.
 *
 * A function of the set of reports: order and duplicates change nothing. Source: product.md R12; numbers in POLICY.md.
 * @returns each pupil and run of rounds once, oldest first
 * @example
 * findHardlyKnown([september('A', ['x']), september('B', ['x', 'y']), october('A', ['x', 'y'])], calendar)
 * // → [{ pupilId: 'x', classId: 1, months: ['2026-09', '2026-10'] }]
 */
export function findHardlyKnown(
  reports: readonly CoverageReport[],
  calendar: SchoolCalendar,
  policy: Policy = defaultPolicy,
): HardlyKnown[] {
  const dayIn = (month: string): string => `${month}-01`;
  const rounds = roundsOf(
    reports.map(({ month }) => dayIn(month)),
    calendar,
    policy,
  );
  const classes = [...new Set(reports.map(({ classId }) => classId))].sort((a, b) => a - b);
  return classes.flatMap((classId) => {
    const ofClass = reports.filter((report) => report.classId === classId);
    const ticked = new Map<number, { month: string; pupils: readonly string[] }>();
    for (const month of new Set(ofClass.map((report) => report.month))) {
      const number = rounds.numberOf(dayIn(month));
      const seats = ofClass.filter((report) => report.month === month);
      if (number !== null) ticked.set(number, { month, pupils: tickedByAll(seats) });
    }
    return [...ticked.keys()]
      .sort((a, b) => a - b)
      .flatMap((number) => {
        const run = Array.from({ length: policy.hardlyKnown.rounds }, (_, back) =>
          ticked.get(number - back),
        ).reverse();
        const known = run.flatMap((round) => round ?? []);
        if (known.length < run.length) return [];
        const months = known.map(({ month }) => month);
        return known
          .map(({ pupils }) => pupils)
          .reduce((all, pupils) => all.filter((pupil) => pupils.includes(pupil)))
          .map((pupilId) => ({ pupilId, classId, months }));
      });
  });
}

// A report that was corrected comes twice: whoever either version leaves out is known to somebody.
const tickedByAll = (reports: readonly CoverageReport[]): string[] =>
  reports
    .map(({ hardlyKnown }) => [...new Set(hardlyKnown)].sort())
    .reduce((all, ticks) => all.filter((pupil) => ticks.includes(pupil)));
