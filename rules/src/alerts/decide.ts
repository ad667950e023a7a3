import { getIndicator } from '../indicators.ts';
import type { Indicator } from '../indicators.ts';
import { daysBetween } from '../clocks/dates.ts';
import { clockKeys, colours, ruleIds, tiers } from '../vocabulary.ts';
import type { ClockKey, Colour, Role, Tier } from '../vocabulary.ts';
import type { AlertDecision, Counterfactual, Decision, Fact, Reason } from './decision.ts';
import { defaultPolicy } from './default-policy.ts';
import { holderOf } from './holder-of.ts';
import type { Policy, TierRule } from './policy.ts';

interface Sign {
  readonly fact: Fact;
  readonly indicator: Indicator;
}

/**
 * What follows from everything known about one pupil.
 *
 * A function of the set of facts and `asOf`: order and duplicates change nothing, facts that arrived after `asOf` do not count,
 * and more facts never give a lower colour or tier. Source: product.md, "Alert rules"; numbers in POLICY.md.
 * @param asOf ISO instant
 * @throws UnknownIndicatorError for a code that is not in the list
 * @example
 * decide([{ code: 'SUI01', … }], '2026-11-24T02:00:00.000Z')
 * // → { outcome: 'alert', colour: 'red', tier: 'school', holder: 'red_duty', … }
 */
export function decide(
  facts: readonly Fact[],
  asOf: string,
  policy: Policy = defaultPolicy,
): Decision {
  const signs = signsOf(facts, asOf);
  const decided = judge(signs, policy);
  if (decided.outcome === 'none') return decided;
  return { ...decided, whatWouldLower: counterfactuals(signs, decided, policy) };
}

/**
 * What counts is what had arrived. Where a fact comes in two versions, both count:
 * a correction never takes away what the first version raised, hid or locked.
 */
function signsOf(facts: readonly Fact[], asOf: string): Sign[] {
  const now = Date.parse(asOf);
  return facts
    .map((fact) => ({ fact, indicator: getIndicator(fact.code) }))
    .filter((sign) => !(Date.parse(sign.fact.receivedAt) > now));
}

const alwaysCounts = new Set(['serious', 'emergency']);

/**
 * A sign may start an alert if it is weighty, or reached the school soon after it was seen. A date that cannot be read
 * counts as soon: an alert too many is looked at, one too few is not.
 */
const mayStart = ({ fact, indicator }: Sign, policy: Policy): boolean =>
  alwaysCounts.has(indicator.tier) ||
  !(daysBetween(fact.observedOn, fact.receivedAt.slice(0, 10)) > policy.freshDays);

function judge(signs: readonly Sign[], policy: Policy): Decision {
  const fired = policy.rules.flatMap((rule) => {
    const matching = signs.filter((sign) => matches(rule, sign.indicator));
    // What came too late starts nothing, but beside what starts it is evidence, and it still hides and locks.
    const starts = matching.some((sign) => mayStart(sign, policy));
    return starts ? [{ rule, reason: reasonOf(rule, matching) }] : [];
  });
  if (fired.length === 0) return { outcome: 'none', policyVersion: policy.version };
  const reasons = fired.map(({ reason }) => reason).sort(strongestFirst);
  const colour = highest(
    colours,
    reasons.map((reason) => reason.colour),
  );
  const staff = signs.some((sign) => sign.fact.aboutWhom === 'school_staff');
  const locked = signs.some((sign) => locksGuardian(sign, policy));
  const tier =
    locked || staff
      ? 'school'
      : highest(
          tiers,
          reasons.map((reason) => reason.tier),
        );
  const clock =
    fired
      .filter(({ rule }) => rule.colour === colour)
      .map(({ rule }) => rule.clock)
      .sort(byClock)[0] ?? colour;
  return {
    outcome: 'alert',
    policyVersion: policy.version,
    colour,
    tier,
    reasons,
    clock,
    holder: holderOf(colour, { counsellorOnly: staff, guardianLocked: locked }, policy),
    informed: staff ? policy.informed[clock].filter(mayKnowOfStaff) : policy.informed[clock],
    counsellorOnly: staff,
    guardianLocked: locked,
    mandatoryReport: signs.some(({ indicator }) => isSurelyMandatory(indicator)),
    whatWouldLower: [],
  };
}

// "9 if an intimate image": a person must look first; only the unconditional situations are certain.
const isSurelyMandatory = ({ mandatoryReport }: Indicator): boolean =>
  mandatoryReport !== '' && !mandatoryReport.includes(' if ');

const matches = (rule: TierRule, indicator: Indicator): boolean =>
  rule.tiers.includes(indicator.tier) &&
  (rule.immediate === null || rule.immediate === indicator.immediate);

const distinct = <T>(items: readonly T[]): T[] => [...new Set(items)].sort();

const reasonOf = (rule: TierRule, signs: readonly Sign[]): Reason => ({
  rule: rule.rule,
  colour: rule.colour,
  tier: rule.tier,
  codes: distinct(signs.map((sign) => sign.fact.code)),
  dates: distinct(signs.map((sign) => sign.fact.observedOn)),
  observationIds: distinct(signs.map((sign) => sign.fact.observationId)),
  sourceKinds: distinct(signs.map((sign) => sign.fact.sourceKind)),
  immediate: signs.some((sign) => sign.indicator.immediate),
});

const strongestFirst = (a: Reason, b: Reason): number =>
  colours.indexOf(b.colour) - colours.indexOf(a.colour) ||
  ruleIds.indexOf(a.rule) - ruleIds.indexOf(b.rule);

// The list runs from the shortest clock to the longest.
const byClock = (a: ClockKey, b: ClockKey): number => clockKeys.indexOf(a) - clockKeys.indexOf(b);

function highest<T extends Colour | Tier>(ladder: readonly T[], given: readonly T[]): T {
  return given.reduce((top, one) => (ladder.indexOf(one) > ladder.indexOf(top) ? one : top));
}

/** About family, or nobody knows: telling the guardian could put the child at risk. */
const locksGuardian = ({ fact, indicator }: Sign, policy: Policy): boolean =>
  (policy.guardianLock.domains.includes(indicator.domain) ||
    policy.guardianLock.codes.includes(indicator.code)) &&
  (fact.aboutWhom === null || fact.aboutWhom === 'family' || fact.aboutWhom === 'unknown');

/** About school staff: nobody but counsellors, until it is cleared. */
const mayKnowOfStaff = (role: Role): boolean => role === 'counsellor' || role === 'lead_counsellor';

/** For each sign of the strongest colour, and for all of them together: what would be decided without. Only what lowers is kept. */
function counterfactuals(
  signs: readonly Sign[],
  decided: AlertDecision,
  policy: Policy,
): Counterfactual[] {
  const top = distinct(
    decided.reasons
      .filter((reason) => reason.colour === decided.colour)
      .flatMap((reason) => reason.codes),
  );
  const candidates = top.length === 1 ? [top] : [...top.map((code) => [code]), top];
  return candidates.flatMap((withoutCodes) => {
    const then = judge(
      signs.filter((sign) => !withoutCodes.includes(sign.fact.code)),
      policy,
    );
    const colour = then.outcome === 'none' ? null : then.colour;
    return colour === null || colours.indexOf(colour) < colours.indexOf(decided.colour)
      ? [{ withoutCodes, colour }]
      : [];
  });
}
