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
 * The signs that make a rule fire, or none. What came too late or was judged before starts nothing, but beside what
 * starts it is evidence.
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

/** What was seen within so many days, from each day on which something was. */
function withinDays(signs: Signs, days: number): Signs[] {
  const inOrder = signs.filter(({ day }) => !Number.isNaN(day)).sort((a, b) => a.day - b.day);
  const windows: Signs[] = [];
  let end = 0;
  for (const [start, first] of inOrder.entries()) {
    if (start > 0 && inOrder[start - 1]?.day === first.day) continue;
    while ((inOrder[end]?.day ?? Infinity) <= first.day + days) end += 1;
    windows.push(inOrder.slice(start, end));
  }
  return windows;
}

/** What was seen in each round and the rounds after it, `count` in all. */
function withinRounds(signs: Signs, count: number, rounds: Rounds): Signs[] {
  const byRound = new Map<number, WeighedSign[]>();
  for (const sign of signs) {
    const number = rounds.numberOf(sign.fact.observedOn);
    if (number === null) continue;
    const known = byRound.get(number);
    if (known) known.push(sign);
    else byRound.set(number, [sign]);
  }
  return [...byRound.keys()].map((first) =>
    Array.from({ length: count }, (_, after) => byRound.get(first + after) ?? []).flat(),
  );
}

function severalReporters(rule: SeveralReportersRule, concerns: Signs, rounds: Rounds): Signs[] {
  const isFulfilled = (window: Signs): boolean => {
    const all = new Set<string>();
    const codesOf = new Map<string, Set<string>>();
    for (const { fact } of window) {
      // "Told by others" never makes the second.
      if (fact.knownBy !== 'told_by_others') all.add(fact.reporter);
      const codes = codesOf.get(fact.reporter) ?? new Set();
      codesOf.set(fact.reporter, codes.add(fact.code));
    }
    return (
      all.size >= rule.reporters ||
      [...codesOf.values()].some((codes) => codes.size >= rule.concernsOfOne)
    );
  };
  return [
    ...withinDays(concerns, rule.days),
    ...withinRounds(concerns, rule.rounds, rounds),
  ].filter(isFulfilled);
}

const severalDomains = (rule: SeveralDomainsRule, concerns: Signs): Signs[] =>
  withinDays(concerns, rule.days).filter(
    (window) => countOf(window.map(({ indicator }) => indicator.domain)) >= rule.domains,
  );

/** By the tier of the list: a sign that its condition made a concern still counts here, or more evidence would give less. */
function observedAgain(rule: ObservedAgainRule, signs: Signs, rounds: Rounds): Signs[] {
  const observed = signs.filter(
    ({ indicator, tier }) => indicator.tier === 'observe' && tier !== null,
  );
  const again = [...Map.groupBy(observed, ({ fact }) => fact.code).values()].flatMap((same) =>
    withinRounds(same, 2, rounds).filter(
      (two) => countOf(two.map(({ fact }) => String(rounds.numberOf(fact.observedOn)))) === 2,
    ),
  );
  const manyAtOnce = withinRounds(observed, 1, rounds).filter(
    (round) => countOf(round.map(({ fact }) => fact.code)) >= rule.signsInOneRound,
  );
  return [...again, ...manyAtOnce];
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
