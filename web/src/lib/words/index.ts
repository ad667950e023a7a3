import type { Locale } from '#lib/locale.ts';
import type { zhCN } from './zh-cn.ts';

/** Everything a page says. Chinese gives the shape, English has to fill it. */
export type Words = typeof zhCN;

/** The words of one language, fetched alone. */
export async function loadWords(locale: Locale): Promise<Words> {
  if (locale === 'en') return (await import('./en.ts')).en;
  return (await import('./zh-cn.ts')).zhCN;
}
