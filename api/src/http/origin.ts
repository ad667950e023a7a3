import { createMiddleware } from 'hono/factory';
import { problemResponse } from './problem.ts';
import type { Env } from './types.ts';

/**
 * Refuses changes that a browser sends from another site. A request without Origin and Sec-Fetch-Site is no browser's, and carries
 * no cookie that another site could have made it send.
 */
export const sameOrigin = createMiddleware<Env>(async (c, next) => {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
  const origin = c.req.header('origin');
  const site = c.req.header('sec-fetch-site');
  const foreignOrigin = origin !== undefined && !isSameOrigin(origin, c.req.url);
  const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  return foreignOrigin || foreignSite
    ? problemResponse('origin.mismatch', c.get('locale'))
    : next();
});

// Scheme, host and port; `null`, which a sandboxed page sends, is no address.
const isSameOrigin = (origin: string, url: string): boolean =>
  URL.canParse(origin) && new URL(origin).origin === new URL(url).origin;
