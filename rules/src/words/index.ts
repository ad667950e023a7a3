import type { Counterfactual, Reason } from '../alerts/decision.ts';
import { findIndicator } from '../indicators.ts';
import type { RulesLocale } from './load-rules-words.ts';
import type { RulesWords } from './zh-cn.ts';

export { loadRulesWords, type RulesLocale } from './load-rules-words.ts';
export type { RulesWords } from './zh-cn.ts';

/**
 * A sign in words. A code that has left the list since it was stored is shown as it is.
 * @example
 * describeIndicator('ANX01', 'zh-CN') // → '突然心慌、发抖、喘不过气'
 */
export function describeIndicator(code: string, locale: RulesLocale): string {
  const indicator = findIndicator(code);
  if (!indicator) return code;
  return locale === 'en' ? indicator.en : indicator.zh;
}

/**
 * What a form asks beside a sign, or null where it asks nothing.
 * @param words the dictionary of either language
 * @example
 * describeCondition(words, 'BUL03') // → '涉及私密的照片或视频'
 */
export const describeCondition = ({ conditions }: RulesWords, code: string): string | null =>
  code in conditions ? conditions[code as keyof typeof conditions] : null;

/**
 * Why a rule fired, in one or two sentences: the rule and the signs, never who reported them.
 * @param words the dictionary of `locale`
 * @example
 * describeReason(words, { rule: 'R9', codes: ['ANX01'] }, 'zh-CN')
 * // → '至少有一种需要关心的表现。留意到的表现：突然心慌、发抖、喘不过气。'
 */
export const describeReason = (
  words: RulesWords,
  reason: Pick<Reason, 'rule' | 'codes'>,
  locale: RulesLocale,
): string =>
  words.reason(
    words.rules[reason.rule],
    reason.codes.map((code) => describeIndicator(code, locale)),
  );

/**
 * What the colour would be without some signs. It explains; only a person lowers an alert.
 * @param words the dictionary of `locale`
 * @example
 * describeCounterfactual(words, { withoutCodes: ['ANX01'], colour: null }, 'zh-CN')
 * // → '不会有这条预警，如果没有留意到：突然心慌、发抖、喘不过气。'
 */
export const describeCounterfactual = (
  words: RulesWords,
  { withoutCodes, colour }: Counterfactual,
  locale: RulesLocale,
): string =>
  words.withoutSigns(
    withoutCodes.map((code) => describeIndicator(code, locale)),
    colour && words.colours[colour].name,
  );
