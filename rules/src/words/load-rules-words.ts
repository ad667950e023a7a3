/* eslint no-restricted-syntax: "off" --
   This file loads a dictionary and does nothing else: that is what keeps a page to one language. */
import type { RulesWords } from './zh-cn.ts';

/** The languages of the screens. */
export type RulesLocale = 'zh-CN' | 'en';

const modules = {
  'zh-CN': async () => (await import('./zh-cn.ts')).zhCn,
  en: async () => (await import('./en.ts')).en,
} satisfies Record<RulesLocale, () => Promise<RulesWords>>;

/**
 * The words of one language; the other one is not loaded.
 * @example
 * (await loadRulesWords('zh-CN')).colours.red // → { name: '红色', meaning: '立即' }
 */
export const loadRulesWords = (locale: RulesLocale): Promise<RulesWords> => modules[locale]();
