import { error, redirect } from '@sveltejs/kit';
import type { Problem } from './shapes.ts';

/** The part of a request event the client needs; a load's and an action's event both have it. */
export interface ApiEvent {
  fetch: typeof fetch;
  url: URL;
}

/** A refusal: its body, how long to wait where the answer says so, and whether the password is wanted again. */
export type SentProblem = Problem & { retryAfterSeconds?: number; stepUp?: StepUpAsked };

export interface StepUpAsked {
  /** A password was given, and the refusal is about it. */
  given: boolean;
  /** What for, as chosen so far. */
  purpose: string;
}

export type Sent<Answer> = { ok: true; data: Answer } | { ok: false; problem: SentProblem };

type Query = Record<string, string | number | null | undefined>;

/** Reads one resource for a page. No session leads to sign-in, any other refusal to the error page. */
export async function read<Answer>(
  event: ApiEvent,
  path: string,
  query: Query = {},
): Promise<Answer> {
  const response = await event.fetch(addressOf(path, query));
  if (response.ok) return (await response.json()) as Answer;
  if (response.status === 401) toSignIn(event);
  const problem = await problemOf(response);
  error(problem.status, problem.title);
}

/** Reads a resource that may not be there, or not for this reader: null for a 401 or a 404. */
export async function find<Answer>(
  event: ApiEvent,
  path: string,
  query: Query = {},
): Promise<Answer | null> {
  const response = await event.fetch(addressOf(path, query));
  if (response.ok) return (await response.json()) as Answer;
  if (response.status === 401 || response.status === 404) return null;
  const problem = await problemOf(response);
  error(problem.status, problem.title);
}

/** Sends a form. A refusal comes back as the problem, so that the page can keep what was typed. */
export function send<Answer>(
  event: ApiEvent,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
  idempotencyKey?: string,
): Promise<Sent<Answer>> {
  const key = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
  return sendWith(event, method, path, body, new Headers(key as Record<string, string>));
}

/** Sends a change of the version that was read. Where somebody else was first, the problem holds the `current` one (412). */
export function sendChange<Answer>(
  event: ApiEvent,
  path: string,
  body: unknown,
  version: string,
): Promise<Sent<Answer>> {
  return sendWith(event, 'PATCH', path, body, new Headers({ 'if-match': `"${version}"` }));
}

async function sendWith<Answer>(
  event: ApiEvent,
  method: string,
  path: string,
  body: unknown,
  headers: Headers,
): Promise<Sent<Answer>> {
  const raw = body instanceof Blob;
  if (body !== undefined) {
    headers.set('content-type', raw ? 'application/octet-stream' : 'application/json');
  }
  const response = await event.fetch(addressOf(path), {
    method,
    headers,
    ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
  });
  if (response.status === 401 && path !== '/session') toSignIn(event);
  if (!response.ok) return { ok: false, problem: await problemOf(response) };
  const data = response.status === 204 ? null : await response.json();
  return { ok: true, data: data as Answer };
}

/** Sends the reader to sign-in and back here afterwards. */
export function toSignIn(event: Pick<ApiEvent, 'url'>): never {
  const next = event.url.pathname === '/' ? '' : `?next=${encodeURIComponent(event.url.pathname)}`;
  redirect(303, `/sign-in${next}`);
}

/** A part of a page's address may not climb to another resource: `/alerts/..%2Fsession` is no alert. */
function addressOf(path: string, query: Query = {}): string {
  const [pathname = '', search = ''] = path.split('?');
  if (new URL(`/api${pathname}`, 'http://here.invalid').pathname !== `/api${pathname}`)
    error(404, '');
  return `/api${pathname}${search === '' ? searchOf(query) : `?${search}`}`;
}

function searchOf(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  return search.size === 0 ? '' : `?${search}`;
}

async function problemOf(response: Response): Promise<SentProblem> {
  const type = response.headers.get('content-type') ?? '';
  const wait = Number(response.headers.get('retry-after'));
  if (type.includes('json'))
    return {
      ...((await response.json()) as Problem),
      ...(wait > 0 && { retryAfterSeconds: wait }),
    };
  return {
    type: 'about:blank',
    title: '',
    status: response.status < 400 ? 502 : response.status,
    code: 'service.unavailable',
  };
}
