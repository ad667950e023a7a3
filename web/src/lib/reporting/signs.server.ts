import { findIndicator, indicatorsFor } from '@shaodian/rules';
import { rulesWords } from '@shaodian/rules/words';
import type { Locale } from '#lib/locale.ts';
import type { Draft, Sign, SignGroup } from './draft.ts';

/**
 * The signs a form offers to its kind of reporter, by domain, in one language. Chosen on the server,
 * so that the form does not ship the whole list of rules in two languages.
 */
export function signGroups(audience: 'peer' | 'staff', locale: Locale): SignGroup[] {
  const groups = new Map<string, SignGroup>();
  for (const indicator of indicatorsFor(audience)) {
    if (indicator.tier === 'coverage') continue;
    const { domain } = indicator;
    const group = groups.get(domain) ?? {
      domain,
      label: rulesWords[locale].domains[domain],
      signs: [],
    };
    group.signs.push(signOf(indicator, locale));
    groups.set(domain, group);
  }
  return [...groups.values()];
}

function signOf(indicator: ReturnType<typeof indicatorsFor>[number], locale: Locale): Sign {
  return {
    code: indicator.code,
    text: locale === 'en' ? indicator.en : indicator.zh,
    emergency: indicator.tier === 'emergency',
    asksAboutWhom: indicator.asksAboutWhom,
  };
}

/** Whether what was reported cannot wait. */
export function isUrgent(draft: Draft): boolean {
  return (
    draft.veryWorried || draft.indicators.some((code) => findIndicator(code)?.tier === 'emergency')
  );
}
