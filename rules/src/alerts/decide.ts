import type { SchoolCalendar } from '../clocks/calendar.ts';
import { clockKeys, colours, ruleIds, tiers } from '../vocabulary.ts';
import type { ClockKey, Colour, Role, Tier } from '../vocabulary.ts';
import type { AlertDecision, Counterfactual, Decision, Fact, Reason } from './decision.ts';
import { defaultPolicy } from './default-policy.ts';
import { evidenceFor } from './evidence.ts';
import { holderOf } from './holder-of.ts';
import type { AcuteEventRule, Policy } from './policy.ts';
import { roundsOf } from './rounds.ts';
import type { Rounds } from './rounds.ts';
import { signsOf, weigh } from './signs.ts';
import type { Sign, WeighedSign } from './signs.ts';

/**
 * What follows from everything known about one pupil.
 *
 * A function of the set of facts and `asOf`: order and duplicates change nothing, facts that arrived after `asOf` do not count,
 * and more facts never give a lower colour or tier. Source: product.md, "Alert rules"; numbers in POLICY.md.
 * @param asOf ISO instant
 * @param calendar says which months are rounds
 * @throws UnknownIndicatorError for a code that is not in the list
 * @example
 * decide([{ code: 'SUI01', … }], '2026-11-24T02:00:00.000Z', calendar)
 * // → { outcome: 'alert', colour: 'red', tier: 'school', holder: 'red_duty', … }
 */
export function decide(
  facts: readonly Fact[],
  asOf: string,
  calendar: SchoolCalendar,
  policy: Policy = defaultPolicy,
): Decision {
  const signs = signsOf(facts, asOf);
  const rounds = roundsOf(
    signs.map(({ fact }) => fact.observedOn),
    calendar,
    policy,
  );
  const judgeThese = (these: readonly Sign[]): Decision => judge(these, rounds, policy);
  const decided = judgeThese(signs);
  if (decided.outcome === 'none') return decided;
  return { ...decided, whatWouldLower: counterfactuals(signs, decided, judgeThese) };
}

function judge(known: readonly Sign[], rounds: Rounds, policy: Policy): Decision {
  const signs = weigh(known, rounds, policy);
  const fired = policy.rules.flatMap((rule) => {
    const evidence = evidenceFor(rule, signs, rounds, policy);
    return evidence.length > 0 ? [{ rule, evidence }] : [];
  });
  const given = fired.flatMap(({ rule, evidence }) =>
    rule.kind === 'acute-event' ? [] : [{ clock: rule.clock, reason: reasonOf(rule, evidence) }],
  );
  if (given.length === 0) return { outcome: 'none', policyVersion: policy.version };
  const base = highest(
    colours,
    given.map(({ reason }) => reason.colour),
  );
  const lifted = fired.flatMap(({ rule, evidence }) =>
    rule.kind === 'acute-event' ? [liftedBy(rule, base, evidence, policy)] : [],
  );
  const all = [...given, ...lifted];
  const reasons = all.map(({ reason }) => reason).sort(strongestFirst);
  const colour = highest(
    colours,
    reasons.map((reason) => reason.colour),
  );
  const staff = signs.some((sign) => sign.fact.aboutWhom === 'school_staff');
  const locked = signs.some((sign) => locksGuardian(sign, policy));
  const tier = locked || staff ? 'school' : tierOf(colour, reasons, policy);
  const clock =
    all
      .filter(({ reason }) => reason.colour === colour)
      .map((one) => one.clock)
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
    mandatoryReport: signs.some((sign) => !sign.settled && isSurelyMandatory(sign)),
    whatWouldLower: [],
  };
}

/** R7: one colour more than the other rules give, and never above what the rule allows. */
function liftedBy(
  rule: AcuteEventRule,
  base: Colour,
  evidence: readonly WeighedSign[],
  policy: Policy,
): { readonly clock: ClockKey; readonly reason: Reason } {
  const above = Math.min(colours.indexOf(base) + 1, colours.indexOf(rule.notAbove));
  const colour = colours[above] ?? rule.notAbove;
  const gives = { rule: rule.rule, colour, tier: policy.leastTier[colour] };
  return { clock: colour, reason: reasonOf(gives, evidence) };
}

/** The highest given, never below the colour's. */
const tierOf = (colour: Colour, reasons: readonly Reason[], policy: Policy): Tier =>
  highest(tiers, [policy.leastTier[colour], ...reasons.map((reason) => reason.tier)]);

// "9 if an intimate image": certain only where the reporter ticked it; otherwise a person must look first.
const isSurelyMandatory = ({ fact, indicator: { mandatoryReport } }: Sign): boolean =>
  mandatoryReport !== '' && (fact.conditionMet || !mandatoryReport.includes(' if '));

const distinct = <T>(items: readonly T[]): T[] => [...new Set(items)].sort();

const reasonOf = (
  { rule, colour, tier }: Pick<Reason, 'rule' | 'colour' | 'tier'>,
  signs: readonly WeighedSign[],
): Reason => ({
  rule,
  colour,
  tier,
  codes: distinct(signs.map((sign) => sign.fact.code)),
  dates: distinct(signs.map((sign) => sign.fact.observedOn)),
  observationIds: distinct(signs.map((sign) => sign.fact.observationId)),
  sourceKinds: distinct(signs.map((sign) => sign.fact.sourceKind)),
  immediate: signs.some((sign) => sign.immediate),
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
  judgeThese: (these: readonly Sign[]) => Decision,
): Counterfactual[] {
  const top = distinct(
    decided.reasons
      .filter((reason) => reason.colour === decided.colour)
      .flatMap((reason) => reason.codes),
  );
  const candidates = top.length === 1 ? [top] : [...top.map((code) => [code]), top];
  return candidates.flatMap((withoutCodes) => {
    const then = judgeThese(signs.filter((sign) => !withoutCodes.includes(sign.fact.code)));
    const colour = then.outcome === 'none' ? null : then.colour;
    return colour === null || colours.indexOf(colour) < colours.indexOf(decided.colour)
      ? [{ withoutCodes, colour }]
      : [];
  });
}
