import type { Handle, HandleFetch, HandleServerError } from '@sveltejs/kit/hooks';
import { findApiFetch } from '#lib/api/in-process.ts';
import { isLocale, preferredLocale } from '#lib/locale.ts';
import { isTheme } from '#lib/theme.ts';

const protections = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
};

export const handle: Handle = async ({ event, resolve }) => {
  const language = event.cookies.get('lang');
  const theme = event.cookies.get('theme');
  event.locals.locale = isLocale(language)
    ? language
    : preferredLocale(event.request.headers.get('accept-language'));
  event.locals.theme = isTheme(theme) ? theme : 'system';
  event.locals.apiCookies = [];
  if (await isUnreadableForm(event.request))
    return new Response(null, { status: 400, headers: protections });

  const response = await resolve(event, {
    transformPageChunk: ({ html }) =>
      html
        .replace('%shaodian.lang%', event.locals.locale)
        .replace('%shaodian.theme%', event.locals.theme),
  });

  for (const [name, value] of Object.entries(protections)) response.headers.set(name, value);
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
  const response = await apiFetch(new Request(request, { headers }));
  event.locals.apiCookies.push(...response.headers.getSetCookie());
  return response;
};

/** Logs where a fault happened and never its message, which may quote what somebody wrote. */
export const handleError: HandleServerError = ({ error, kind, event }) => {
  if (kind !== 'unknown') return;
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 8) : [];
  const name = error instanceof Error ? error.name : typeof error;
  process.stderr.write(`${[`${name} at ${event.route.id ?? 'no route'}`, ...frames].join('\n')}\n`);
};
