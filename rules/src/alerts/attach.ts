import { colours, tiers } from '../vocabulary.ts';
import type { ClockKey, Colour, HolderKey, Tier } from '../vocabulary.ts';
import type { AlertDecision } from './decision.ts';

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

const higher = <T extends string>(ladder: readonly T[], a: T, b: T): T => (ladder.indexOf(a) >= ladder.indexOf(b) ? a : b);

/**
 * R11: what a decision does to the alert that is open on the pupil. Never lowers colour or tier.
 *
 * An emergency sign always starts a fresh red clock; a serious one restarts the orange clock as new evidence;
 * anything else is attached. Source: product.md, "Alert rules", R11.
 * @param open the open alert, or undefined when there is none
 * @example
 * attach({ colour: 'red', tier: 'school', clock: 'red', acknowledged: true }, decision, { emergency: true, serious: false })
 * // → { event: 'fresh_emergency', colour: 'red', tier: 'school', restart: { clock: 'red', holder: 'red_duty' } }
 */
export function attach(open: OpenAlertState | undefined, decision: AlertDecision, news: News): Change {
  const fresh = { clock: decision.clock, holder: decision.holder };
  if (!open) return { event: 'raised', colour: decision.colour, tier: decision.tier, restart: fresh };
  const colour = higher(colours, open.colour, decision.colour);
  const tier = higher(tiers, open.tier, decision.tier);
  if (news.emergency) return { event: 'fresh_emergency', colour, tier, restart: fresh };
  if (colour !== open.colour || tier !== open.tier) return { event: 'raised_higher', colour, tier, restart: fresh };
  // A red clock that still runs is stricter than the orange one; it is left alone.
  const clockIsStricter = open.clock === 'red' && !open.acknowledged;
  if (news.serious && !clockIsStricter)
    return { event: 'evidence_attached', colour, tier, restart: { clock: 'orange', holder: 'counsellor_on_duty' } };
  return { event: 'evidence_attached', colour, tier, restart: null };
}
