import { indicatorsFor } from '@shaodian/rules';
import {
  describeCondition,
  describeIndicator,
  loadRulesWords,
  type RulesWords,
} from '@shaodian/rules/words';
import type { Locale } from '#lib/locale.ts';
import type { Sign, SignGroup } from './draft.ts';

type Indicator = ReturnType<typeof indicatorsFor>[number];

/** Asked elsewhere on the form: coverage on its own, and being very worried with a box of its own. */
const askedElsewhere: readonly Indicator['domain'][] = ['coverage', 'worry'];

/**
 * The signs a form offers to its kind of reporter, by domain, in one language. Chosen on the server,
 * so that the form does not ship the whole list of rules in two languages.
 */
export async function signGroups(audience: 'peer' | 'staff', locale: Locale): Promise<SignGroup[]> {
  const words = await loadRulesWords(locale);
  const groups = new Map<string, SignGroup>();
  for (const indicator of indicatorsFor(audience)) {
    const { domain } = indicator;
    if (askedElsewhere.includes(domain)) continue;
    const group = groups.get(domain) ?? { domain, label: words.domains[domain], signs: [] };
    group.signs.push(signOf(indicator, locale, words));
    groups.set(domain, group);
  }
  return [...groups.values()];
}

const signOf = (indicator: Indicator, locale: Locale, words: RulesWords): Sign => ({
  code: indicator.code,
  text: describeIndicator(indicator.code, locale),
  emergency: indicator.tier === 'emergency',
  asksAboutWhom: indicator.asksAboutWhom,
  condition: describeCondition(words, indicator.code),
});
