import type { Handle, HandleFetch, HandleServerError } from '@sveltejs/kit/hooks';
import { findApiFetch, findPageFaultLog } from '#lib/api/in-process.ts';
import { isLocale, preferredLocale } from '#lib/locale.ts';
import { cookiesAfter } from '#lib/api/cookies-after.ts';
import { isTheme } from '#lib/theme.ts';

export const handle: Handle = async ({ event, resolve }) => {
  const language = event.cookies.get('lang');
  const theme = event.cookies.get('theme');
  event.locals.locale = isLocale(language)
    ? language
    : preferredLocale(event.request.headers.get('accept-language'));
  event.locals.theme = isTheme(theme) ? theme : 'system';
  event.locals.apiCookies = [];
  if (await isUnreadableForm(event.request)) return new Response(null, { status: 400 });

  const response = await resolve(event, {
    transformPageChunk: ({ html }) =>
      html
        .replace('%shaodian.lang%', event.locals.locale)
        .replace('%shaodian.theme%', event.locals.theme),
  });

  // The server sets every other protection; Kit alone marks some of its answers as cacheable.
  response.headers.set('cache-control', 'no-store');
  for (const cookie of event.locals.apiCookies) response.headers.append('set-cookie', cookie);
  return response;
};

/** A form that cannot be read is the sender's fault, said here once and not as a fault of every action. */
async function isUnreadableForm(request: Request): Promise<boolean> {
  const type = request.headers.get('content-type') ?? '';
  if (request.method !== 'POST' || !/multipart\/form-data|x-www-form-urlencoded/.test(type))
    return false;
  return request
    .clone()
    .formData()
    .then(
      () => false,
      () => true,
    );
}

export const handleFetch: HandleFetch = async ({ event, request, fetch }) => {
  const apiFetch = findApiFetch();
  if (!apiFetch || !new URL(request.url).pathname.startsWith('/api/')) return fetch(request);

  const headers = new Headers(request.headers);
  headers.set('accept-language', event.locals.locale);
  headers.set('origin', event.url.origin);
  for (const name of ['cookie', 'user-agent', 'x-forwarded-for', 'x-forwarded-proto']) {
    const value = event.request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const cookies = cookiesAfter(headers.get('cookie') ?? '', event.locals.apiCookies);
  if (cookies !== '') headers.set('cookie', cookies);
  const response = await apiFetch(new Request(request, { headers }));
  event.locals.apiCookies.push(...response.headers.getSetCookie());
  return response;
};

/** Logs where a fault happened through the log of the process, which lets no message out. */
export const handleError: HandleServerError = ({ error, kind, event }) => {
  if (kind === 'unknown') findPageFaultLog()?.(error, event.route.id);
};
