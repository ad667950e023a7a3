import type {
  AboutWhom,
  ClockKey,
  Colour,
  HolderKey,
  IndicatorCode,
  KnownBy,
  Role,
  RuleId,
  SourceKind,
  Tier,
} from '../vocabulary.ts';

/** One sign of one observation, with what the rules need to know of where it came from. */
export interface Fact {
  readonly observationId: string;
  readonly code: IndicatorCode;
  readonly sourceKind: SourceKind;
  /** Opaque; equal for the same person. */
  readonly reporter: string;
  readonly knownBy: KnownBy;
  readonly aboutWhom: AboutWhom | null;
  /** `YYYY-MM-DD` at the school. */
  readonly observedOn: string;
  /** ISO instant at which it reached the school. */
  readonly receivedAt: string;
  /** Whether what the form asks beside this sign was ticked; false where it asks nothing. */
  readonly conditionMet: boolean;
  /** Whether a person has closed an alert that stood on it: alone it starts nothing again. */
  readonly judgedBefore: boolean;
}

/** A rule that fired, with the numbers it stood on. Never says who reported. */
export interface Reason {
  readonly rule: RuleId;
  readonly colour: Colour;
  readonly tier: Tier;
  readonly codes: readonly IndicatorCode[];
  readonly dates: readonly string[];
  readonly observationIds: readonly string[];
  readonly sourceKinds: readonly SourceKind[];
  /** Whether one of these signs is marked as alerting the school at once. */
  readonly immediate: boolean;
}

/** Without these signs the decision would be lower; true by re-deciding. */
export interface Counterfactual {
  readonly withoutCodes: readonly IndicatorCode[];
  /** The colour then, or null for no alert. */
  readonly colour: Colour | null;
}

export interface AlertDecision {
  readonly outcome: 'alert';
  readonly policyVersion: string;
  readonly colour: Colour;
  readonly tier: Tier;
  /** Every rule that fired, strongest first. */
  readonly reasons: readonly Reason[];
  readonly clock: ClockKey;
  readonly holder: HolderKey;
  readonly informed: readonly Role[];
  /** About school staff: hidden from everybody but counsellors. */
  readonly counsellorOnly: boolean;
  /** The guardian is not told until the counsellor and one other person clear it. */
  readonly guardianLocked: boolean;
  /** A sign of the mandatory-report situations is among them. */
  readonly mandatoryReport: boolean;
  readonly whatWouldLower: readonly Counterfactual[];
}

export interface NoAlert {
  readonly outcome: 'none';
  readonly policyVersion: string;
}

export type Decision = AlertDecision | NoAlert;
