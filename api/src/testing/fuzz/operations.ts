import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

export type Json = Record<string, unknown>;

interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Json;
}

interface Described {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema?: Json }> };
  readonly responses: Record<string, unknown>;
}

/** One route as the document describes it: what is asked comes from here and from nowhere else. */
export interface Operation {
  /** `METHOD /path`, below `/api`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, Json>>;
  readonly query: Readonly<Record<string, { readonly schema: Json; readonly required: boolean }>>;
  readonly takesKey: boolean;
  readonly takesVersion: boolean;
  /** The JSON body, or null; `isUpload` when it is bytes. */
  readonly body: Json | null;
  readonly isUpload: boolean;
  readonly isStream: boolean;
  readonly bodyFits: ValidateFunction | null;
  /** Whether the query, as texts, is one that the document allows. */
  queryFits(query: Readonly<Record<string, string>>): boolean;
  /** The statuses under 400 that the document names. */
  readonly good: readonly number[];
}

interface Document {
  readonly paths: Record<string, Record<string, Described>>;
  readonly components: { readonly schemas: Record<string, Json> };
}

/** The document's schemas, in the eyes of a validator that is not the one the API parses with. */
export function operationsFrom(document: unknown): Operation[] {
  const { paths, components } = document as Document;
  const ajv = new Ajv2020({ strict: false, allErrors: false, discriminator: false });
  (formats as unknown as (ajv: Ajv2020) => void)(ajv);
  const expand = (schema: Json): Json => resolve(schema, components.schemas) as Json;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) =>
      operationOf(ajv, expand, path.replace(/^\/api/, ''), method.toUpperCase(), described),
    ),
  );
}

function operationOf(
  ajv: Ajv2020,
  expand: (schema: Json) => Json,
  path: string,
  method: string,
  described: Described,
): Operation {
  const parameters = described.parameters ?? [];
  const content = described.requestBody?.content ?? {};
  const schema = content['application/json']?.schema;
  const body = schema ? expand(schema) : null;
  const query = Object.fromEntries(
    parameters
      .filter((one) => one.in === 'query')
      .map((one) => [one.name, { schema: expand(one.schema), required: one.required ?? false }]),
  );
  const queryFits = ajv.compile({
    type: 'object',
    properties: Object.fromEntries(Object.entries(query).map(([name, one]) => [name, one.schema])),
    required: Object.entries(query).flatMap(([name, one]) => (one.required ? [name] : [])),
    additionalProperties: false,
  });
  const success = Object.entries(described.responses).filter(([status]) => Number(status) < 400);
  return {
    name: `${method} ${path}`,
    method,
    path,
    params: Object.fromEntries(
      parameters.filter((one) => one.in === 'path').map((one) => [one.name, expand(one.schema)]),
    ),
    query,
    takesKey: parameters.some((one) => one.name === 'idempotency-key'),
    takesVersion: parameters.some((one) => one.name === 'if-match'),
    body,
    isUpload: content['application/octet-stream'] !== undefined,
    isStream: JSON.stringify(success).includes('text/event-stream'),
    bodyFits: body && ajv.compile(body),
    queryFits: (texts) => queryFits(fromTexts(texts, query)) === true,
    good: success.map(([status]) => Number(status)),
  };
}

// A query is text; what reads as the number that its schema asks for is that number.
const fromTexts = (texts: Readonly<Record<string, string>>, query: Operation['query']): Json =>
  Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const type = query[name]?.schema['type'];
      const isNumber = (type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(text);
      return [name, isNumber ? Number(text) : text];
    }),
  );

/** A schema with its references filled in; `discriminator` says nothing more. */
function resolve(schema: unknown, named: Record<string, Json>): unknown {
  if (Array.isArray(schema)) return schema.map((one) => resolve(one, named));
  if (schema === null || typeof schema !== 'object') return schema;
  const { $ref, discriminator: _, ...own } = schema as Json & { $ref?: string };
  if ($ref) return resolve(named[$ref.split('/').at(-1) ?? ''], named);
  return Object.fromEntries(
    Object.entries(own).map(([key, value]) => [key, resolve(value, named)]),
  );
}
