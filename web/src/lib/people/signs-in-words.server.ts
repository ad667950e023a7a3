import { describeCondition, describeIndicator, loadRulesWords } from '@shaodian/rules/words';
import type { ObservationRow } from '#lib/api/shapes.ts';
import type { Locale } from '#lib/locale.ts';

/** The signs of an observation, each with what was ticked beside it. */
export async function signsInWords(
  { indicators, conditionsMet }: Pick<ObservationRow, 'indicators' | 'conditionsMet'>,
  locale: Locale,
): Promise<string[]> {
  const words = await loadRulesWords(locale);
  const met: readonly string[] = conditionsMet;
  return indicators.map((code) => {
    const sign = describeIndicator(code, locale);
    return met.includes(code) ? `${sign} · ${describeCondition(words, code)}` : sign;
  });
}
