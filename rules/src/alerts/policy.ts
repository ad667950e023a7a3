import type {
  ClockKey,
  ClusterSubject,
  Colour,
  Domain,
  HolderKey,
  IndicatorCode,
  IndicatorTier,
  PersonalWay,
  Role,
  RuleId,
  Rung,
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

/** What a rule gives when it fires. */
interface Gives {
  readonly rule: RuleId;
  readonly colour: Colour;
  readonly tier: Tier;
  readonly clock: ClockKey;
}

/** One sign of these tiers is enough. */
export interface TierRule extends Gives {
  readonly kind: 'tier';
  readonly tiers: readonly IndicatorTier[];
  /** true: immediate signs only; false: the others; null: either. */
  readonly immediate: boolean | null;
}

/**
 * Concerns, same or different, of so many people who saw it or were told by the pupil, or so many different ones of one person;
 * seen within so many days, or within so many consecutive rounds.
 */
export interface SeveralReportersRule extends Gives {
  readonly kind: 'several-reporters';
  readonly reporters: number;
  readonly concernsOfOne: number;
  readonly days: number;
  readonly rounds: number;
}

/** Concerns of so many domains, seen within so many days. */
export interface SeveralDomainsRule extends Gives {
  readonly kind: 'several-domains';
  readonly domains: number;
  readonly days: number;
}

/** The same observe sign in two consecutive rounds, or so many different ones in one round. */
export interface ObservedAgainRule extends Gives {
  readonly kind: 'observed-again';
  readonly signsInOneRound: number;
}

/** One of these events with a concern of these domains within so many days, whichever came first: one colour up. */
export interface AcuteEventRule {
  readonly kind: 'acute-event';
  readonly rule: RuleId;
  readonly codes: readonly IndicatorCode[];
  readonly domains: readonly Domain[];
  readonly days: number;
  /** It lifts no alert above this colour. */
  readonly notAbove: Colour;
}

/** Every kind of rule there is; a policy is made of these and of nothing else. */
export type PolicyRule =
  TierRule | SeveralReportersRule | SeveralDomainsRule | ObservedAgainRule | AcuteEventRule;

/** R0: the tier of a sign when its condition is met; null: it counts for nothing. */
export interface ConditionalTier {
  readonly code: IndicatorCode;
  readonly when:
    | { readonly kind: 'alone'; readonly days: number }
    | { readonly kind: 'in-consecutive-rounds' }
    /** Whoever reported it ticked what the form asks beside it. */
    | { readonly kind: 'ticked' }
    /** Beside a sign of these domains or codes, within so many days, whichever came first. */
    | {
        readonly kind: 'beside';
        readonly domains: readonly Domain[];
        readonly codes: readonly IndicatorCode[];
        readonly days: number;
      };
  readonly tier: IndicatorTier | null;
  readonly immediate: boolean;
}

/** Thresholds and clocks as data; code reads them and repeats none. */
export interface Policy {
  readonly version: string;
  readonly conditionalTiers: readonly ConditionalTier[];
  readonly rules: readonly PolicyRule[];
  /** The lowest tier that may hold a colour. */
  readonly leastTier: Record<Colour, Tier>;
  /** A sign below serious can start an alert only if it arrived within this many days of being observed. */
  readonly freshDays: number;
  readonly holders: Record<Colour, HolderKey>;
  readonly informed: Record<ClockKey, readonly Role[]>;
  readonly acknowledge: Record<ClockKey, Duration>;
  readonly laterSteps: Record<ClockKey, LaterSteps>;
  /** R10: a pupil asks for help for themselves. A floor, whatever else is known. */
  readonly askedForHelp: {
    readonly colour: Colour;
    readonly tier: Tier;
    readonly clock: ClockKey;
    readonly holder: HolderKey;
  };
  /** What a missed clock is given next: the clock of whom it climbs to, unless its own is shorter. */
  readonly climb: Record<Rung, ClockKey>;
  /** How whoever must act is reached outside the program, the first way first; the others follow where it fails. */
  readonly messages: Record<
    Colour,
    {
      readonly ways: readonly PersonalWay[];
      /** Whether the group bots say it too. */
      readonly groups: boolean;
      /** At once, or with the next digest. */
      readonly when: 'at-once' | 'digest';
    }
  >;
  /** `HH:MM` at the school: what waits for a digest goes then, and between these no message is sent that can wait. */
  readonly digests: readonly string[];
  /** On a harm to a minor by others that must be reported: whose contact clock runs, and whose list is walked. */
  readonly mandatoryReport: { readonly clock: ClockKey; readonly holder: HolderKey };
  /** New evidence on an acknowledged alert, too light to start its clock again: seen by its holder within. */
  readonly seeEvidence: Duration;
  /** A clock of school days sleeps no longer than this through days without school; then weekdays count. */
  readonly longestSleepDays: number;
  /** Signs of these domains and codes lock the guardian notice when about family, or nobody knows. */
  readonly guardianLock: {
    readonly domains: readonly Domain[];
    readonly codes: readonly IndicatorCode[];
  };
  /**
   * R13: signs of these domains and tiers, of so many pupils of one class, one grade or the school, seen within so many days.
   */
  readonly clusters: Record<ClusterSubject, { readonly pupils: number; readonly days: number }> & {
    readonly domains: readonly Domain[];
    readonly tiers: readonly IndicatorTier[];
    readonly colour: Colour;
    readonly clock: ClockKey;
    readonly meeting: Extract<Due, { kind: 'elapsed-before-leaving-school' }>;
  };
  /** R12: hardly known to every seat that reported, in so many consecutive rounds. */
  readonly hardlyKnown: { readonly rounds: number };
  /** A calendar month with fewer school days is no round. */
  readonly roundSchoolDays: number;
  /** The monthly report is due on this school day of the next month. */
  readonly reportDueSchoolDay: number;
}
