import { clockKeys, colours, tiers } from '../vocabulary.ts';
import type { ClockKey, Colour, HolderKey, Tier } from '../vocabulary.ts';
import type { AlertDecision } from './decision.ts';
import { defaultPolicy } from './default-policy.ts';
import { holderOf } from './holder-of.ts';
import type { Policy } from './policy.ts';

/** The open alert a new decision meets. */
export interface OpenAlertState {
  readonly colour: Colour;
  readonly tier: Tier;
  readonly clock: ClockKey;
  readonly acknowledged: boolean;
}

/** What the signs that just arrived contain, apart from everything known before. */
export interface News {
  readonly emergency: boolean;
  readonly serious: boolean;
}

export interface Change {
  readonly event: 'raised' | 'fresh_emergency' | 'raised_higher' | 'evidence_attached';
  readonly colour: Colour;
  readonly tier: Tier;
  /** Whether the acknowledgement clock starts anew, with a holder found anew. */
  readonly restart: { readonly clock: ClockKey; readonly holder: HolderKey } | null;
}

const higher = <T extends string>(ladder: readonly T[], a: T, b: T): T =>
  ladder.indexOf(a) >= ladder.indexOf(b) ? a : b;

// The list runs from the shortest clock to the longest.
const isStricter = (a: ClockKey, b: ClockKey): boolean =>
  clockKeys.indexOf(a) < clockKeys.indexOf(b);

/**
 * R11: what a decision does to the alert that is open on the pupil. Never lowers colour or tier, and never puts a
 * slower clock in the place of one that nobody has answered.
 *
 * An emergency sign always starts a fresh red clock, even where the rules could not decide; a serious one restarts the
 * orange clock as new evidence; anything else is attached. Source: product.md, "Alert rules", R11.
 * @param open the open alert, or undefined when there is none
 * @example
 * attach({ colour: 'red', tier: 'school', clock: 'red', acknowledged: true }, decision, { emergency: true, serious: false })
 * // → { event: 'fresh_emergency', colour: 'red', tier: 'school', restart: { clock: 'red', holder: 'red_duty' } }
 */
export function attach(
  open: OpenAlertState | undefined,
  decision: AlertDecision,
  news: News,
  policy: Policy = defaultPolicy,
): Change {
  if (news.emergency) return emergency(open, decision, policy);
  if (!open) {
    const restart = { clock: decision.clock, holder: decision.holder };
    return { event: 'raised', colour: decision.colour, tier: decision.tier, restart };
  }
  const colour = higher(colours, open.colour, decision.colour);
  const tier = higher(tiers, open.tier, decision.tier);
  const running = open.acknowledged ? null : open.clock;
  if (colour !== open.colour || tier !== open.tier) {
    // Where only the tier rose, the clock stays the one of the open, higher colour.
    const due = colour === decision.colour ? decision.clock : open.clock;
    const clock = running && isStricter(running, due) ? running : due;
    return { event: 'raised_higher', colour, tier, restart: { clock, holder: decision.holder } };
  }
  const clock = orangeClock(decision, policy);
  const restarts = news.serious && !(running && isStricter(running, clock));
  const restart = restarts ? { clock, holder: holderOf('orange', decision, policy) } : null;
  return { event: 'evidence_attached', colour, tier, restart };
}

const emergency = (
  open: OpenAlertState | undefined,
  decision: AlertDecision,
  policy: Policy,
): Change => ({
  event: open ? 'fresh_emergency' : 'raised',
  colour: 'red',
  tier: 'school',
  restart: { clock: 'red', holder: holderOf('red', decision, policy) },
});

/** The shorter one as soon as any sign on the alert is marked immediate: which sign is new is not known here. */
function orangeClock(decision: AlertDecision, policy: Policy): ClockKey {
  const immediate = policy.rules.filter(
    (rule) => 'clock' in rule && rule.clock === 'orange-immediate',
  );
  const fired = decision.reasons.some((reason) =>
    immediate.some(({ rule }) => rule === reason.rule),
  );
  return fired || decision.clock === 'orange-immediate' ? 'orange-immediate' : 'orange';
}
