import { createContext } from 'svelte';
import type { Locale } from '#lib/locale.ts';
import type { FactorWords } from './zh-cn.ts';

/** What only the pages of the second factor say: fetched with them, so that the report form of a child carries none of it. */
export const loadFactorWords = (locale: Locale): Promise<FactorWords> => ofLocale[locale]();

const ofLocale = {
  'zh-CN': async () => (await import('./zh-cn.ts')).zhCN,
  en: async () => (await import('./en.ts')).en,
} satisfies Record<Locale, () => Promise<FactorWords>>;

export const [getFactorWords, setFactorWords] = createContext<FactorWords>();
