import { redirect, type Cookies } from '@sveltejs/kit';
import { isLocale } from '#lib/locale.ts';
import { pathWithin } from '#lib/shell/path-within.ts';
import { isTheme } from '#lib/theme.ts';
import type { RequestHandler } from './$types';

const yearSeconds = 365 * 24 * 60 * 60;

/** Language, appearance and acting role, each kept in a cookie; works without scripts. */
export const POST: RequestHandler = async ({ request, cookies, url }) => {
  const form = await request.formData();
  const options: Parameters<Cookies['set']>[2] = {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: url.protocol === 'https:',
    maxAge: yearSeconds,
  };
  const language = form.get('lang');
  const theme = form.get('theme');
  const role = form.get('role');
  if (isLocale(language)) cookies.set('lang', language, options);
  if (isTheme(theme)) cookies.set('theme', theme, options);
  if (typeof role === 'string' && /^[a-z_]{1,40}$/.test(role)) cookies.set('role', role, options);
  redirect(303, pathWithin(form.get('next')));
};
