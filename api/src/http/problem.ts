import { z } from '@hono/zod-openapi';
import { refusals } from './refusals.ts';
import type { Locale, RefusalCode, RefusalExtras } from './refusals.ts';

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    errors: z
      .array(z.object({ path: z.string(), code: z.string(), message: z.string() }))
      .optional(),
    current: z.unknown().optional(),
  })
  .openapi('Problem', {
    description:
      'RFC 9457 problem details; `code` is stable, `title` is in the language of the reader',
  });

/** The body of a refusal (RFC 9457). */
function problemBody(code: RefusalCode, locale: Locale, extras: RefusalExtras = {}) {
  const { status } = refusals[code];
  return {
    type: `urn:shaodian:problem:${code}`,
    title: refusals[code][locale],
    status,
    code,
    ...(extras.errors ? { errors: extras.errors } : {}),
    ...(extras.current === undefined ? {} : { current: extras.current }),
  };
}

export function problemResponse(
  code: RefusalCode,
  locale: Locale,
  extras: RefusalExtras = {},
): Response {
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json; charset=utf-8',
    'content-language': locale,
  };
  if (extras.retryAfterSeconds) headers['retry-after'] = String(extras.retryAfterSeconds);
  return new Response(JSON.stringify(problemBody(code, locale, extras)), {
    status: refusals[code].status,
    headers,
  });
}

type ProblemAnswer = {
  description: string;
  content: { 'application/problem+json': { schema: typeof problemSchema } };
};

/** The OpenAPI answers of these refusals, grouped by status. Those that any route can give are always there. */
export function answersOf(...codes: RefusalCode[]): Record<number, ProblemAnswer> {
  const always: RefusalCode[] = [
    'request.too-large',
    'origin.mismatch',
    'service.unavailable',
    'internal.error',
  ];
  const byStatus = new Map<number, string[]>();
  // Wherever a session is asked for, one that still waits for its second factor is not enough.
  const unfinished: RefusalCode[] = codes.includes('session.required')
    ? ['session.second-factor-required']
    : [];
  for (const code of [...new Set([...codes, ...unfinished, ...always])]) {
    const status = refusals[code].status;
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      status,
      {
        description: names.join(' · '),
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  );
}
