import { daysBetween } from '../clocks/dates.ts';
import type {
  AcuteEventRule,
  ObservedAgainRule,
  Policy,
  PolicyRule,
  SeveralDomainsRule,
  SeveralReportersRule,
  TierRule,
} from './policy.ts';
import type { Rounds } from './rounds.ts';
import { isConcern, isWithin, mayStart } from './signs.ts';
import type { WeighedSign } from './signs.ts';

type Signs = readonly WeighedSign[];

/**
 * The signs that make a rule fire, or none. What came too late starts nothing, but beside what starts it is evidence.
 * More signs never give less evidence.
 */
export function evidenceFor(rule: PolicyRule, signs: Signs, rounds: Rounds, policy: Policy): Signs {
  const found = groupsFor(rule, signs, rounds).filter((group) =>
    group.some((sign) => mayStart(sign, policy)),
  );
  return [...new Set(found.flat())];
}

function groupsFor(rule: PolicyRule, signs: Signs, rounds: Rounds): Signs[] {
  switch (rule.kind) {
    case 'tier':
      return ofTier(rule, signs);
    case 'several-reporters':
      return severalReporters(rule, signs.filter(isConcern), rounds);
    case 'several-domains':
      return severalDomains(rule, signs.filter(isConcern));
    case 'observed-again':
      return observedAgain(rule, signs, rounds);
    case 'acute-event':
      return acuteEvent(rule, signs);
  }
}

const countOf = (values: Iterable<string>): number => new Set(values).size;

const ofTier = (rule: TierRule, signs: Signs): Signs[] => [
  signs.filter(
    ({ tier, immediate }) =>
      tier !== null &&
      rule.tiers.includes(tier) &&
      (rule.immediate === null || rule.immediate === immediate),
  ),
];

/** For each sign, what was seen from its day on, within so many days. */
const fromEachWithin = (signs: Signs, days: number): Signs[] =>
  signs.map((first) =>
    signs.filter((sign) => {
      const passed = daysBetween(first.fact.observedOn, sign.fact.observedOn);
      return passed >= 0 && passed <= days;
    }),
  );

/** For each sign, what was seen in its round and the rounds after it, `count` in all. */
const fromEachWithinRounds = (signs: Signs, count: number, rounds: Rounds): Signs[] =>
  signs.map((first) =>
    signs.filter((sign) => {
      if (sign.fact.observedOn.slice(0, 7) < first.fact.observedOn.slice(0, 7)) return false;
      const apart = rounds.apart(first.fact.observedOn, sign.fact.observedOn);
      return apart !== null && apart < count;
    }),
  );

function severalReporters(rule: SeveralReportersRule, concerns: Signs, rounds: Rounds): Signs[] {
  const isFulfilled = (window: Signs): boolean => {
    // "Told by others" never makes the second.
    const firstHand = window.filter(({ fact }) => fact.knownBy !== 'told_by_others');
    if (countOf(firstHand.map(({ fact }) => fact.reporter)) >= rule.reporters) return true;
    return [...new Set(window.map(({ fact }) => fact.reporter))].some((reporter) => {
      const own = window.filter(({ fact }) => fact.reporter === reporter);
      return countOf(own.map(({ fact }) => fact.code)) >= rule.concernsOfOne;
    });
  };
  return [
    ...fromEachWithin(concerns, rule.days),
    ...fromEachWithinRounds(concerns, rule.rounds, rounds),
  ].filter(isFulfilled);
}

const severalDomains = (rule: SeveralDomainsRule, concerns: Signs): Signs[] =>
  fromEachWithin(concerns, rule.days).filter(
    (window) => countOf(window.map(({ indicator }) => indicator.domain)) >= rule.domains,
  );

/** By the tier of the list: a sign that its condition made a concern still counts here, or more evidence would give less. */
function observedAgain(rule: ObservedAgainRule, signs: Signs, rounds: Rounds): Signs[] {
  const observed = signs.filter(
    ({ indicator, tier }) => indicator.tier === 'observe' && tier !== null,
  );
  const again = observed.map((sign) =>
    observed.filter(
      (other) =>
        other.fact.code === sign.fact.code &&
        rounds.apart(sign.fact.observedOn, other.fact.observedOn) === 1,
    ),
  );
  const manyAtOnce = fromEachWithinRounds(observed, 1, rounds).filter(
    (round) => countOf(round.map(({ fact }) => fact.code)) >= rule.signsInOneRound,
  );
  return [
    ...again.flatMap((others, index) => {
      const sign = observed[index];
      return sign ? others.map((other) => [sign, other]) : [];
    }),
    ...manyAtOnce,
  ];
}

const acuteEvent = (rule: AcuteEventRule, signs: Signs): Signs[] =>
  signs
    .filter(({ fact }) => rule.codes.includes(fact.code))
    .flatMap((event) =>
      signs
        .filter(
          (sign) =>
            isConcern(sign) &&
            rule.domains.includes(sign.indicator.domain) &&
            isWithin(event, sign, rule.days),
        )
        .map((sign) => [event, sign]),
    );
