import fc from 'fast-check';
import type { Fact } from '../alerts/decision.ts';
import { indicators } from '../indicators.ts';
import { aboutWhomValues, knownByValues, sourceKinds } from '../vocabulary.ts';
import type { AboutWhom, IndicatorCode, IndicatorTier } from '../vocabulary.ts';

/** The moment at which the tests decide. */
export const now = '2026-11-24T04:00:00.000Z';

/** One ordinary fact, seen yesterday, with what a test wants to be different. */
export const factOf = (code: IndicatorCode, rest: Partial<Fact> = {}): Fact => ({
  observationId: `observation-${code}`,
  code,
  sourceKind: 'peer',
  reporter: 'reporter-1',
  knownBy: 'seen',
  aboutWhom: null,
  observedOn: '2026-11-23',
  receivedAt: '2026-11-23T09:00:00.000Z',
  conditionMet: false,
  judgedBefore: false,
  ...rest,
});

export const codesOf = (...tiers: readonly IndicatorTier[]): IndicatorCode[] =>
  indicators.filter(({ tier }) => tiers.includes(tier)).map(({ code }) => code);

const allCodes = indicators.map(({ code }) => code);

const days = (first: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) =>
    new Date(Date.parse(`${first}T00:00:00.000Z`) + index * 86_400_000).toISOString().slice(0, 10),
  );

export interface FactRange {
  readonly codes?: readonly IndicatorCode[];
  readonly observedOn?: readonly string[];
  readonly receivedAt?: readonly string[];
  readonly judgedBefore?: readonly boolean[];
}

/** From two years before `now` up to the day of `now`: some days are stale, some are not. */
const longAgoToToday = [
  ...days('2024-11-24', 3),
  ...days('2026-09-20', 6),
  ...days('2026-10-12', 3),
  ...days('2026-11-20', 5),
];
/** All of them before `now`. */
const lately = days('2026-11-22', 2).map((day) => `${day}T15:30:00.000Z`);

/** Few observations and days, so that facts often meet: the same one twice, or in two versions. */
export const someFact = (range: FactRange = {}): fc.Arbitrary<Fact> =>
  fc.record({
    observationId: fc.constantFrom('o1', 'o2', 'o3', 'o4'),
    code: fc.constantFrom(...(range.codes ?? allCodes)),
    sourceKind: fc.constantFrom(...sourceKinds),
    reporter: fc.constantFrom('r1', 'r2', 'r3'),
    knownBy: fc.constantFrom(...knownByValues),
    aboutWhom: fc.constantFrom<(AboutWhom | null)[]>(null, ...aboutWhomValues),
    observedOn: fc.constantFrom(...(range.observedOn ?? longAgoToToday)),
    receivedAt: fc.constantFrom(...(range.receivedAt ?? lately)),
    conditionMet: fc.boolean(),
    judgedBefore: fc.constantFrom(...(range.judgedBefore ?? [false, true])),
  });

/** Days from which everything that arrives `lately` is fresh. */
export const freshDays = days('2026-10-01', 50);
