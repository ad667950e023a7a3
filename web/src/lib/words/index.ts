import { loadRulesWords, type RulesWords } from '@shaodian/rules/words';
import type { Locale } from '#lib/locale.ts';
import type { OfficeWords } from './office-zh-cn.ts';
import type { OwnWords } from './zh-cn.ts';
import type { AskingWords } from './zh-cn/asking.ts';

/** Everything a page says: the words of the rules, and those of the pages themselves. */
export type Words = Omit<RulesWords, keyof OwnWords> & OwnWords;

/** The words of one language, fetched alone. */
export async function loadWords(locale: Locale): Promise<Words> {
  const [rules, own] = await Promise.all([loadRulesWords(locale), ownWords[locale]()]);
  return { ...rules, ...own };
}

const ownWords = {
  'zh-CN': async () => (await import('./zh-cn.ts')).zhCN,
  en: async () => (await import('./en.ts')).en,
} satisfies Record<Locale, () => Promise<OwnWords>>;

export const loadOfficeWords = (locale: Locale): Promise<OfficeWords> => officeWords[locale]();

const officeWords = {
  'zh-CN': async () => (await import('./office-zh-cn.ts')).zhCN,
  en: async () => (await import('./office-en.ts')).en,
} satisfies Record<Locale, () => Promise<OfficeWords>>;

export const loadAskingWords = (locale: Locale): Promise<AskingWords> => askingWords[locale]();

const askingWords = {
  'zh-CN': async () => (await import('./zh-cn/asking.ts')).asking,
  en: async () => (await import('./en/asking.ts')).asking,
} satisfies Record<Locale, () => Promise<AskingWords>>;
