import { defaultPolicy } from '../alerts/default-policy.ts';
import type { Policy } from '../alerts/policy.ts';
import { clockKeys, tiers } from '../vocabulary.ts';
import type { ClockKey, Rung, Tier } from '../vocabulary.ts';
import type { SchoolCalendar } from './calendar.ts';
import { dueAfter } from './due-after.ts';

/** Who may hold an alert at this instant, tier by tier, in the order in which they are asked. Absent and excluded people are not in it. */
export type Ladder = Readonly<Record<Tier, readonly string[]>>;

/** How far an alert has climbed. */
export interface Standing {
  readonly rung: Rung;
  /** Everybody asked since somebody last acknowledged, or since it was raised. */
  readonly asked: readonly string[];
  /** The one accountable; null only where nobody at all could be found. */
  readonly holder: string | null;
}

/** Where an alert begins: with the first of its tier's list, or of the next list that has anybody. */
export function firstStanding(tier: Tier, ladder: Ladder): Standing {
  return climb({ rung: tier, asked: [], holder: null }, ladder);
}

/**
 * What a missed clock does: on to the next of the list, at its end to the next tier, and at last outside the school.
 *
 * Never down, and never to somebody already asked. Outside the holder stays, or is the first who was not asked yet: the list may have grown
 * meanwhile, and somebody is always accountable. Source: product.md, "A missed acknowledgement".
 * @example
 * climb({ rung: 'class', asked: ['homeroom'], holder: 'homeroom' }, { class: ['homeroom'], grade: ['head'], school: ['duty'] })
 * // → { rung: 'grade', asked: ['homeroom', 'head'], holder: 'head' }
 */
export function climb(standing: Standing, ladder: Ladder): Standing {
  const { rung } = standing;
  const open = rung === 'outside' ? (['school'] as const) : tiers.slice(tiers.indexOf(rung));
  for (const tier of open) {
    const next = ladder[tier].find((person) => !standing.asked.includes(person));
    if (next === undefined) continue;
    return {
      rung: rung === 'outside' ? rung : tier,
      asked: [...standing.asked, next],
      holder: next,
    };
  }
  return { ...standing, rung: 'outside' };
}

/**
 * Who takes over from a holder who cannot hold it any more, absent or kept away, although no clock ran out: the climb goes on where it is, and
 * begins nowhere anew. When everybody was asked already it is the first of the school's list who is there: somebody is always accountable.
 * @param ladder without whoever held it
 * @example
 * takeOver({ rung: 'outside', asked: ['d1', 'd2'], holder: 'd2' }, { class: [], grade: [], school: ['d1'] })
 * // → { rung: 'outside', asked: ['d1', 'd2'], holder: 'd1' }
 */
export function takeOver({ rung, asked }: Standing, ladder: Ladder): Standing {
  const next = climb({ rung, asked, holder: null }, ladder);
  return next.holder === null ? { ...next, holder: ladder.school[0] ?? null } : next;
}

/**
 * By when whoever a missed clock climbed to must have answered: by the clock of their rung, or by the alert's own where that is shorter.
 * @param missedAt ISO instant
 */
export function climbedDueAt(
  clock: ClockKey,
  rung: Rung,
  missedAt: string,
  calendar: SchoolCalendar,
  policy: Policy = defaultPolicy,
): string {
  const shorter = clockKeys.find((key) => key === clock || key === policy.climb[rung]) ?? clock;
  return dueAfter(policy.acknowledge[shorter], missedAt, calendar, policy);
}
