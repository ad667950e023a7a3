import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { z } from '@hono/zod-openapi';
import { openApiOf } from '../app.ts';
import type { Requester, TestApi } from './test-api.ts';

type Json = Record<string, unknown>;
interface Operation {
  readonly responses: Record<string, { content?: Record<string, { schema?: Json }> }>;
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, Json> };
}

export const documentOf = (api: Pick<TestApi, 'app'>) => openApiOf(api.app) as unknown as Document;

/** `METHOD /path` of every operation of the document, paths below `/api`. */
export const operationsOf = (document: Document): string[] =>
  Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map(
      (method) => `${method.toUpperCase()} ${path.replace(/^\/api/, '')}`,
    ),
  );

/** What was answered while the API was watched: `METHOD /path` → the statuses seen. */
export type Seen = Map<string, Set<number>>;

/**
 * From now on every answer of this API must be one its OpenAPI document names: the status, the type, and a body that has every
 * field of its schema and no other. A request that gets anything else fails.
 */
export function watchAnswers(api: TestApi): Seen {
  const document = documentOf(api);
  const seen: Seen = new Map();
  const { fetch } = api.app;
  const compiled = new Map<Json, z.ZodType>();
  const schemaOf = (schema: Json): z.ZodType => {
    const known = compiled.get(schema) ?? z.fromJSONSchema(closed(schema, document) as never);
    compiled.set(schema, known);
    return known;
  };
  api.app.fetch = async (request: Request, ...rest) => {
    const response = await fetch(request, ...rest);
    const path = new URL(request.url).pathname;
    const operation = findOperation(document, request.method, path);
    if (!operation) return response;
    const name = `${request.method} ${operation.path.replace(/^\/api/, '')}`;
    seen.set(name, (seen.get(name) ?? new Set()).add(response.status));
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    if (response.status === 500) throw new Error(`${name} answered 500: a bug, whatever was sent`);
    const described = operation.responses[response.status];
    if (!described) throw new Error(`${name} answered ${response.status}, which is not documented`);
    const content = described.content;
    if (!content) return response;
    const schema = content[type]?.schema;
    if (!schema) throw new Error(`${name} ${response.status}: ${type} is not documented`);
    if (!type.endsWith('json')) return response;
    const parsed = schemaOf(schema).safeParse(await response.clone().json());
    if (!parsed.success)
      throw new Error(`${name} ${response.status}: ${z.prettifyError(parsed.error)}`);
    return response;
  };
  return seen;
}

function findOperation(document: Document, method: string, path: string) {
  const matches = (template: string) =>
    new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(path);
  // A path without parameters is the better match: `/monthly-reports/mine` before `/monthly-reports/{id}`.
  const found = Object.keys(document.paths)
    .filter((template) => matches(template) && document.paths[template]?.[method.toLowerCase()])
    .sort((a, b) => a.split('{').length - b.split('{').length)[0];
  const operation = found && document.paths[found]?.[method.toLowerCase()];
  return operation ? { path: found, ...operation } : undefined;
}

/** A schema whose objects allow no field that they do not name; `allOf` is one object. */
function closed(schema: unknown, document: Document): unknown {
  if (Array.isArray(schema)) return schema.map((one) => closed(one, document));
  if (schema === null || typeof schema !== 'object') return schema;
  const { $ref, allOf, ...own } = schema as Json & { $ref?: string; allOf?: Json[] };
  if ($ref) return closed(document.components.schemas[$ref.split('/').at(-1) ?? ''], document);
  if (allOf) {
    const parts = allOf.map((one) => closed(one, document) as Json);
    return {
      type: 'object',
      properties: Object.assign({}, ...parts.map((part) => part['properties'])) as Json,
      required: parts.flatMap((part) => (part['required'] as string[] | undefined) ?? []),
      additionalProperties: false,
    };
  }
  const entries = Object.entries(own).map(([key, value]) => [
    key,
    key === 'properties' ? closedProperties(value as Json, document) : closed(value, document),
  ]);
  const object = Object.fromEntries(entries) as Json;
  return 'properties' in object && !('additionalProperties' in object)
    ? { ...object, additionalProperties: false }
    : object;
}

const closedProperties = (properties: Json, document: Document): Json =>
  Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [key, closed(value, document)]),
  );

/** A request that the route accepts, once. */
export interface Sample {
  readonly method: string;
  readonly path: string;
  /** Null: without a session. */
  readonly as: Requester | null;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Answer {
  readonly status: number;
  readonly code: string | null;
  readonly text: string;
}

/** Sends a sample, changed; with a fresh Idempotency-Key unless `headers` says otherwise. */
export async function send(
  api: TestApi,
  sample: Sample,
  changes: Partial<Sample> & { readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  const wanted = { ...sample, ...changes };
  const headers: Record<string, string> = {
    ...(wanted.as ? { cookie: wanted.as.cookie } : {}),
    'idempotency-key': randomUUID(),
    ...sample.headers,
    ...changes.headers,
  };
  const response = await api.anonymous(wanted.method, wanted.path, wanted.body, headers);
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  if (isStream) await response.body?.cancel();
  const text = isStream ? '' : await response.text();
  const type = response.headers.get('content-type') ?? '';
  const code = type.includes('problem') ? (JSON.parse(text) as { code: string }).code : null;
  return { status: response.status, code, text };
}

const expectRefusal = (answer: Answer, status: number, code: string) =>
  expect({ status: answer.status, code: answer.code }).toEqual({ status, code });

/** 401 before anything is looked at. */
export async function refusesStrangers(api: TestApi, sample: Sample): Promise<void> {
  expectRefusal(await send(api, sample, { as: null }), 401, 'session.required');
  const stale = { cookie: `shaodian-session=${'x'.repeat(43)}` };
  expectRefusal(await send(api, sample, { as: null, headers: stale }), 401, 'session.required');
}

/** 403 for a change that a browser sends from another site. */
export async function refusesOtherOrigins(api: TestApi, sample: Sample): Promise<void> {
  const foreign: Record<string, string>[] = [
    { origin: 'https://elsewhere.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ];
  for (const headers of foreign)
    expectRefusal(await send(api, sample, { headers }), 403, 'origin.mismatch');
}

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });

/** 400, 413, 415 and 422 for bodies that are no body of this route. */
export async function refusesBrokenBodies(api: TestApi, sample: Sample): Promise<void> {
  for (const body of ['{"a":', '', '\ufeff{', new Uint8Array([0x22, 0xff, 0x22])])
    expectRefusal(await send(api, sample, { body }), 400, 'request.malformed-json');
  const other = { 'content-type': 'text/plain' };
  expectRefusal(await send(api, sample, { headers: other }), 415, 'request.unsupported-media-type');
  const large = `"${'a'.repeat(256 * 1024)}"`;
  for (const body of [large, nested(9), { a: 'a'.repeat(4_001) }, Array.from({ length: 501 })])
    expectRefusal(await send(api, sample, { body }), 413, 'request.too-large');
  const unknown = { ...(sample.body as object), surprise: 1 };
  for (const body of [unknown, [], 'null', '"text"', nested(8)])
    expectRefusal(await send(api, sample, { body }), 422, 'request.invalid');
}

/** 422 for a query parameter that the route does not know. */
export async function refusesUnknownQueries(api: TestApi, sample: Sample): Promise<void> {
  const path = `${sample.path}${sample.path.includes('?') ? '&' : '?'}surprise=1`;
  expectRefusal(await send(api, sample, { path }), 422, 'request.invalid');
}

/**
 * The promise of the Idempotency-Key, on fresh samples of a creating route.
 * @param effects how many rows the route has made so far
 * @param other the same request with another valid content
 */
export async function happensOnce(
  api: TestApi,
  sample: Sample,
  other: Pick<Sample, 'body'> | Pick<Sample, 'path'>,
  effects: () => Promise<number>,
): Promise<void> {
  const before = await effects();
  for (const key of ['', 'short', randomUUID().slice(1)])
    expectRefusal(
      await send(api, sample, { headers: { 'idempotency-key': key } }),
      400,
      'idempotency.key-missing',
    );
  expect(await effects()).toBe(before);
  const headers = { 'idempotency-key': randomUUID() };
  const at = await Promise.all(Array.from({ length: 6 }, () => send(api, sample, { headers })));
  expect(at.map((one) => one.status).filter((status) => status === 201).length).toBeGreaterThan(0);
  for (const one of at.filter((answer) => answer.status !== 201))
    expectRefusal(one, 409, 'idempotency.in-progress');
  expect(await effects()).toBe(before + 1);
  const first = at.find((one) => one.status === 201);
  // The stored answer is jsonb: the same fields, in another order.
  const plain = (answer: Answer | undefined) =>
    answer && { ...answer, text: JSON.parse(answer.text) as unknown };
  expect(plain(await send(api, sample, { headers }))).toEqual(plain(first));
  const upper = { 'idempotency-key': headers['idempotency-key'].toUpperCase() };
  expect(plain(await send(api, sample, { headers: upper }))).toEqual(plain(first));
  expectRefusal(await send(api, sample, { ...other, headers }), 422, 'idempotency.payload-differs');
  expect(await effects()).toBe(before + 1);
}

/** What the reader may not see, what another school has, and what never was, are answered byte for byte the same. */
export async function hidesTheInvisible(
  api: TestApi,
  sample: Sample,
  pathOf: (id: string) => string,
  invisible: readonly string[],
): Promise<void> {
  const nothing = await send(api, sample, { path: pathOf(randomUUID()) });
  expectRefusal(nothing, 404, 'resource.not-found');
  for (const id of [...invisible, 'not-an-id'])
    expect(await send(api, sample, { path: pathOf(id) })).toEqual(nothing);
}
