import { getCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import type { Locale } from './refusals.ts';
import type { Env } from './types.ts';

/** zh-CN unless the reader chose, or their browser asks for, English. */
export function localeOf(cookie: string | undefined, acceptLanguage: string | undefined): Locale {
  if (cookie === 'en' || cookie === 'zh-CN') return cookie;
  const first = acceptLanguage?.split(',')[0]?.trim().toLowerCase() ?? '';
  return first.startsWith('en') ? 'en' : 'zh-CN';
}

export const locale = createMiddleware<Env>(async (c, next) => {
  c.set('locale', localeOf(getCookie(c, 'lang'), c.req.header('accept-language')));
  await next();
});
