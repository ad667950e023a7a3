import { indicatorsFor } from '@shaodian/rules';
import { describeIndicator, loadRulesWords } from '@shaodian/rules/words';
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
  const { domains } = await loadRulesWords(locale);
  const groups = new Map<string, SignGroup>();
  for (const indicator of indicatorsFor(audience)) {
    const { domain } = indicator;
    if (askedElsewhere.includes(domain)) continue;
    const group = groups.get(domain) ?? { domain, label: domains[domain], signs: [] };
    group.signs.push(signOf(indicator, locale));
    groups.set(domain, group);
  }
  return [...groups.values()];
}

const signOf = (indicator: Indicator, locale: Locale): Sign => ({
  code: indicator.code,
  text: describeIndicator(indicator.code, locale),
  emergency: indicator.tier === 'emergency',
  asksAboutWhom: indicator.asksAboutWhom,
});
