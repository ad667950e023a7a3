import type {
  ClockKey,
  Colour,
  Domain,
  HolderKey,
  IndicatorCode,
  IndicatorTier,
  Role,
  RuleId,
  Tier,
} from '../vocabulary.ts';

/** How long until somebody must have answered. */
export type Duration =
  | { readonly kind: 'elapsed'; readonly minutes: number }
  | { readonly kind: 'school-days'; readonly days: number }
  /** Whichever comes first. */
  | {
      readonly kind: 'school-hours-or-elapsed';
      readonly schoolHours: number;
      readonly minutes: number;
    };

/** By when a step after the acknowledgement is due, counted from the alert unless it says otherwise. */
export type Due =
  | Duration
  /** And in any case before the pupil goes home. */
  | { readonly kind: 'elapsed-before-leaving-school'; readonly minutes: number }
  | { readonly kind: 'school-days-after-assessment'; readonly days: number }
  /** The plan names the day. */
  | { readonly kind: 'in-the-plan' }
  | { readonly kind: 'as-useful' };

/** The steps after the acknowledgement. */
export interface LaterSteps {
  /** Somebody is with the pupil. */
  readonly withPupil: Due;
  /** Assessed, and a plan made. */
  readonly assess: Due;
  /** The support team meets; absent where none is called. */
  readonly team?: Due;
  /** The guardian is told, unless the notice is locked. */
  readonly guardian: Due;
}

/** One rule: which signs make it fire, and what it gives. */
export interface TierRule {
  readonly rule: RuleId;
  readonly tiers: readonly IndicatorTier[];
  /** true: immediate signs only; false: the others; null: either. */
  readonly immediate: boolean | null;
  readonly colour: Colour;
  readonly tier: Tier;
  readonly clock: ClockKey;
}

/** Thresholds and clocks as data; code reads them and repeats none. */
export interface Policy {
  readonly version: string;
  readonly rules: readonly TierRule[];
  /** A sign below serious can start an alert only if it arrived within this many days of being observed. */
  readonly freshDays: number;
  readonly holders: Record<Colour, HolderKey>;
  readonly informed: Record<ClockKey, readonly Role[]>;
  readonly acknowledge: Record<ClockKey, Duration>;
  /** Shown to whoever holds the alert; no reminder runs on them yet. */
  readonly laterSteps: Record<ClockKey, LaterSteps>;
  /** Signs of these domains and codes lock the guardian notice when about family, or nobody knows. */
  readonly guardianLock: {
    readonly domains: readonly Domain[];
    readonly codes: readonly IndicatorCode[];
  };
  /** A calendar month with fewer school days is no round. */
  readonly roundSchoolDays: number;
  /** The monthly report is due on this school day of the next month. */
  readonly reportDueSchoolDay: number;
}
