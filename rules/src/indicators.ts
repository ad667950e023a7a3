import { indicatorRows } from './indicators.generated.ts';
import type { Audience, Domain, IndicatorCode, IndicatorTier } from './vocabulary.ts';

/** One coded sign of `data/indicators.csv`. */
export interface Indicator {
  readonly code: IndicatorCode;
  readonly domain: Domain;
  readonly tier: IndicatorTier;
  /** Alerts the school at once (R2), on its own clock. */
  readonly immediate: boolean;
  /** Situation of the 2020 nine-department opinion on mandatory report, or empty. */
  readonly mandatoryReport: string;
  readonly audience: readonly Audience[];
  readonly asksAboutWhom: boolean;
  readonly zh: string;
  readonly en: string;
  /** Keys of `data/SOURCES.md`. */
  readonly sources: readonly string[];
}

/** A code that is not in the list; the caller must not read it as "nothing". */
export class UnknownIndicatorError extends Error {
  override name = 'UnknownIndicatorError';
}

/** Every sign, in the order of the list. */
export const indicators: readonly Indicator[] = indicatorRows;

const byCode = new Map<string, Indicator>(
  indicators.map((indicator) => [indicator.code, indicator]),
);

/** @returns the sign of a code, or undefined */
export const findIndicator = (code: string): Indicator | undefined => byCode.get(code);

/**
 * The sign of a code.
 * @throws UnknownIndicatorError
 * @example
 * getIndicator('SUI01').tier // → 'emergency'
 */
export function getIndicator(code: string): Indicator {
  const found = byCode.get(code);
  if (!found) throw new UnknownIndicatorError(`unknown indicator ${code}`);
  return found;
}

/** The signs a form offers to pupils (`peer`) or to staff. */
export const indicatorsFor = (audience: Audience): readonly Indicator[] =>
  indicators.filter((indicator) => indicator.audience.includes(audience));

/** Whether a form must ask "about whom" when this sign is chosen. */
export const asksAboutWhom = (code: IndicatorCode): boolean => getIndicator(code).asksAboutWhom;
