import { OpenAPIHono } from '@hono/zod-openapi';
import type { Hook } from '@hono/zod-openapi';
import { problemResponse } from './problem.ts';
import type { FieldError } from './refusals.ts';
import type { ApiContext, Env } from './types.ts';

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly code: string;
  readonly message: string;
}

// Zod quotes the names of unknown fields, and whoever mistakes a field can have written a child's words in its place.
const fieldError = (issue: Issue): FieldError => ({
  path: issue.path.map(String).join('.'),
  code: issue.code,
  message: issue.code === 'unrecognized_keys' ? 'a field that is not known here' : issue.message,
});

// A broken path or cursor says nothing about what exists; a broken body is named field by field.
const answerInvalid: Hook<unknown, Env, string, unknown> = (result, c) => {
  if (result.success) return undefined;
  const locale = (c as unknown as ApiContext).get('locale');
  if (result.target === 'param') return problemResponse('resource.not-found', locale);
  const errors = (result.error.issues as unknown as Issue[]).slice(0, 50).map(fieldError);
  return problemResponse('request.invalid', locale, { errors });
};

/** A set of routes whose invalid inputs are answered as problems. */
export const routeSet = (): OpenAPIHono<Env> =>
  new OpenAPIHono<Env>({ defaultHook: answerInvalid as never });

/** The JSON answer of a route in its OpenAPI description. */
export const json = <S>(schema: S, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** The JSON body of a route. `required`, or a request without a content type would pass unread. */
export const jsonBody = <S>(schema: S) =>
  ({ body: { required: true, content: { 'application/json': { schema } } } }) as const;
