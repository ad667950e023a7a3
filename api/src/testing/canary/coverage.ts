import { gunzipSync } from 'node:zlib';
import type { Sql } from 'postgres';
import { sealedColumns } from '../../crypto/sealed-columns.ts';
import type { MasterKey } from '../../crypto/master-key.ts';
import type { Database } from '../../db/database.ts';
import type { Json, Operation } from '../fuzz/operations.ts';
import { listSealedValues, openSealedValue } from '../sealed-values.ts';
import type { Hit } from './search.ts';
import type { Exchange } from './visitor.ts';

type Find = (bytes: Uint8Array) => Hit[];

/** Sealed columns → the canaries found in what their rows say when they are opened with their keys. */
export async function openSealedColumns(
  admin: Sql,
  db: Pick<Database, 'asSystem'>,
  master: MasterKey,
  find: Find,
): Promise<Map<string, Set<string>>> {
  const found = new Map(
    sealedColumns.map(({ table, column }) => [`${table}.${column}`, new Set<string>()]),
  );
  for (const value of await listSealedValues(admin)) {
    const plain = await openSealedValue(db, master, value);
    const isPacked = plain[0] === 0x1f && plain[1] === 0x8b;
    for (const hit of find(isPacked ? gunzipSync(plain) : plain))
      found.get(`${value.column.table}.${value.column.column}`)?.add(hit.needle);
  }
  return found;
}

/** Columns of P3 and P4 tables that lie open and could hold any text: no list of allowed values bounds them. */
export async function listOpenTexts(admin: Sql): Promise<string[]> {
  const rows = await admin<{ name: string }[]>`
    select c.relname || '.' || a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace in ('app'::regnamespace, 'sec'::regnamespace) and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
      and a.atttypid in ('text'::regtype, 'varchar'::regtype, 'json'::regtype, 'jsonb'::regtype, 'text[]'::regtype, 'jsonb[]'::regtype)
      and (obj_description(c.oid, 'pg_class') ~ '^P[34]' or exists (select from pg_attribute s where s.attrelid = c.oid
        and s.atttypid = 'bytea'::regtype and not s.attisdropped and s.attname !~ '_sha256$'))
      and not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]
        and pg_get_constraintdef(k.oid) ~ '= ANY [(]ARRAY')
    order by 1`;
  return rows.map((one) => one.name);
}

/** Fields of request bodies that take any text, as `operation field.of.field`. */
export function listFreeInputs(operations: readonly Operation[]): Map<string, Operation> {
  const inputs = new Map<string, Operation>();
  for (const operation of operations)
    for (const field of operation.body ? freeTexts(operation.body) : [])
      inputs.set(`${operation.name} ${field}`, operation);
  return inputs;
}

function freeTexts(schema: Json, at = ''): string[] {
  const parts = ['oneOf', 'anyOf', 'allOf'].flatMap(
    (key) => (schema[key] as Json[] | undefined) ?? [],
  );
  const properties = Object.entries((schema['properties'] as Record<string, Json>) ?? {});
  const items = schema['items'] as Json | undefined;
  return [
    ...new Set([
      ...parts.flatMap((part) => freeTexts(part, at)),
      ...properties.flatMap(([name, one]) => freeTexts(one, at === '' ? name : `${at}.${name}`)),
      ...(items ? freeTexts(items, at) : []),
      ...(isFree(schema) ? [at] : []),
    ]),
  ];
}

function isFree(schema: Json): boolean {
  const isText = [schema['type']].flat().includes('string');
  if (!isText || 'enum' in schema || 'const' in schema || 'format' in schema) return false;
  const pattern = schema['pattern'] as string | undefined;
  return pattern === undefined || new RegExp(pattern, 'u').test('ccanary0a1b2c');
}

/** The inputs into which a canary was written in a request that was accepted. */
export function listPlanted(
  operations: readonly Operation[],
  exchanges: readonly Exchange[],
  find: Find,
): Set<string> {
  const planted = new Set<string>();
  const named = operations.map((one) => ({ name: one.name, form: formOf(one) }));
  for (const { request, status, sent } of exchanges) {
    const operation = named.find(({ form }) => form.test(request));
    if (!operation || status >= 300 || sent === null || typeof sent !== 'object') continue;
    for (const field of marked(sent, find)) planted.add(`${operation.name} ${field}`);
  }
  return planted;
}

const formOf = ({ name }: Operation): RegExp =>
  new RegExp(`^${name.replaceAll(/\{[^}]+\}/g, '[^/?]+')}(\\?|$)`);

function marked(value: unknown, find: Find, at = ''): string[] {
  if (typeof value === 'string') return find(Buffer.from(value)).length > 0 ? [at] : [];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, one]) => {
    if (Array.isArray(value)) return marked(one, find, at);
    return marked(one, find, at === '' ? key : `${at}.${key}`);
  });
}
