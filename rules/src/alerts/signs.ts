import { dayNumberOf } from '../clocks/dates.ts';
import { getIndicator } from '../indicators.ts';
import type { Indicator } from '../indicators.ts';
import { indicatorTiers } from '../vocabulary.ts';
import type { IndicatorTier } from '../vocabulary.ts';
import type { Fact } from './decision.ts';
import type { ConditionalTier, Policy } from './policy.ts';
import type { Rounds } from './rounds.ts';

/** A fact, the sign it is of, and its days as numbers: they are compared many times. */
export interface Sign {
  readonly fact: Fact;
  readonly indicator: Indicator;
  /** Days since 1970 of the day it was seen; NaN where the date cannot be read. */
  readonly day: number;
  /** Days from being seen to reaching the school; NaN where a date cannot be read. */
  readonly waited: number;
}

/** A sign as it counts beside the others: R0 is applied. */
export interface WeighedSign extends Sign {
  /** null: it counts for nothing. */
  readonly tier: IndicatorTier | null;
  readonly immediate: boolean;
  /** A person has judged it already, and nothing that came since changes its weight: alone it starts nothing. */
  readonly settled: boolean;
}

/**
 * What counts is what had arrived. Where a fact comes in two versions, both count:
 * a correction never takes away what the first version raised, hid or locked.
 * @param asOf ISO instant
 * @throws UnknownIndicatorError
 */
export function signsOf(facts: readonly Fact[], asOf: string): Sign[] {
  const now = Date.parse(asOf);
  return facts
    .map((fact) => signOf(fact, getIndicator(fact.code)))
    .filter((sign) => !(Date.parse(sign.fact.receivedAt) > now));
}

export function signOf(fact: Fact, indicator: Indicator): Sign {
  const day = dayNumberOf(fact.observedOn);
  return { fact, indicator, day, waited: dayNumberOf(fact.receivedAt.slice(0, 10)) - day };
}

/** R0: gives each sign the tier that it has beside the others. More signs never give a lower one. */
export function weigh(signs: readonly Sign[], rounds: Rounds, policy: Policy): WeighedSign[] {
  const conditions = new Map(policy.conditionalTiers.map((one) => [one.code as string, one]));
  const unjudged = signs.filter(({ fact }) => !fact.judgedBefore);
  return signs.map((sign) => {
    const conditional = conditions.get(sign.fact.code);
    const { tier, immediate } =
      conditional && isMet(conditional, sign, signs, rounds) ? conditional : sign.indicator;
    const settled =
      sign.fact.judgedBefore && !(conditional && weighsMoreBy(conditional, sign, unjudged, rounds));
    return { ...sign, tier, immediate, settled };
  });
}

/** Whether one of these others by itself makes it weightier. */
function weighsMoreBy(
  conditional: ConditionalTier,
  sign: Sign,
  others: readonly Sign[],
  rounds: Rounds,
): boolean {
  const { kind } = conditional.when;
  // What was ticked was known when it was judged.
  if (kind === 'ticked') return false;
  return isMet(conditional, sign, others, rounds) !== (kind === 'alone');
}

function isMet(
  { when }: ConditionalTier,
  sign: Sign,
  signs: readonly Sign[],
  rounds: Rounds,
): boolean {
  const isAnother = (other: Sign): boolean => other.fact.code !== sign.fact.code;
  switch (when.kind) {
    case 'alone':
      return !signs.some(
        (other) => isAnother(other) && isOnLadder(other) && isWithin(sign, other, when.days),
      );
    case 'in-consecutive-rounds':
      return signs.some((other) => !isAnother(other) && isNextRound(sign, other, rounds));
    case 'ticked':
      return sign.fact.conditionMet;
    case 'beside':
      return signs.some(
        (other) =>
          isAnother(other) &&
          (when.domains.includes(other.indicator.domain) || when.codes.includes(other.fact.code)) &&
          isWithin(sign, other, when.days),
      );
  }
}

const isOnLadder = ({ indicator }: Sign): boolean => ladder.includes(indicator.tier);
const ladder: readonly string[] = indicatorTiers;

/** Whether two signs were seen within so many days, whichever came first. */
export const isWithin = (one: Sign, other: Sign, days: number): boolean =>
  Math.abs(one.day - other.day) <= days;

/** Whether two signs were seen in consecutive rounds, whichever came first. */
function isNextRound(one: Sign, other: Sign, rounds: Rounds): boolean {
  const [a, b] = [rounds.numberOf(one.fact.observedOn), rounds.numberOf(other.fact.observedOn)];
  return a !== null && b !== null && Math.abs(a - b) === 1;
}

/** A concern: concern or higher. */
export const isConcern = ({ tier }: WeighedSign): boolean => tier === 'concern' || isWeighty(tier);

const isWeighty = (tier: IndicatorTier | null): boolean =>
  tier === 'serious' || tier === 'emergency';

/**
 * A sign may start an alert if nobody has judged it yet, and it is weighty or reached the school soon after it was seen. A date that cannot be
 * read counts as soon: an alert too many is looked at, one too few is not.
 */
export const mayStart = ({ waited, tier, settled }: WeighedSign, policy: Policy): boolean =>
  !settled && (isWeighty(tier) || !(waited > policy.freshDays));
