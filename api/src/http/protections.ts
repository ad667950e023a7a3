/**
 * Headers of every answer of the process, whoever gives it: API, page, static file, error before routing. A page brings a policy with
 * nonces of its own, and a file that never changes its own `cache-control`; both replace the line here.
 */
export const protections = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Not `no-referrer`: with it a browser sends `Origin: null` with our own forms.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'x-robots-tag': 'noindex, nofollow',
} as const;

/** Over https only: over http a browser ignores it, and a school that tries the program out must not be locked into https. */
export const httpsOnly = { 'strict-transport-security': 'max-age=31536000' } as const;
