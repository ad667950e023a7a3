import type { SchoolCalendar } from '../clocks/calendar.ts';
import { findIndicator } from '../indicators.ts';
import type { News } from './attach.ts';
import type { Fact } from './decision.ts';
import { defaultPolicy } from './default-policy.ts';
import type { Policy } from './policy.ts';
import { roundsOf } from './rounds.ts';
import { signOf, weigh } from './signs.ts';

/**
 * How weighty what just arrived is: its own signs, and earlier ones that it makes weightier (R0). A code that is not in the list
 * weighs nothing here; deciding refuses it.
 * @param isNew which of the facts just arrived
 * @example
 * // The death in the family was known; what arrived is "hides arms", and makes it serious.
 * newsIn([familyEvent, hidesArms], (fact) => fact === hidesArms, calendar) // → { emergency: false, serious: true }
 */
export function newsIn(
  facts: readonly Fact[],
  isNew: (fact: Fact) => boolean,
  calendar: SchoolCalendar,
  policy: Policy = defaultPolicy,
): News {
  const signs = facts.flatMap((fact) => {
    const indicator = findIndicator(fact.code);
    return indicator ? [signOf(fact, indicator)] : [];
  });
  const rounds = roundsOf(
    facts.map(({ observedOn }) => observedOn),
    calendar,
    policy,
  );
  const earlier = signs.filter(({ fact }) => !isNew(fact));
  const before = new Map(
    weigh(earlier, rounds, policy).map(({ fact, tier }) => [fact, tier] as const),
  );
  const risen = weigh(signs, rounds, policy).filter(
    ({ fact, tier }) => isNew(fact) || before.get(fact) !== tier,
  );
  const has = (tier: 'emergency' | 'serious'): boolean => risen.some((sign) => sign.tier === tier);
  return { emergency: has('emergency'), serious: has('serious') };
}
