import { randomUUID } from 'node:crypto';
import type { Chance } from './chance.ts';
import type { Json } from './operations.ts';

/** What earlier answers gave: ids that exist, by the name of the field they came in, and everything else worth sending again. */
export interface Pool {
  readonly ids: Map<string, string[]>;
  readonly cursors: string[];
}

export const emptyPool = (): Pool => ({ ids: new Map(), cursors: [] });

const keptOfEach = 300;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Keeps the ids and cursors of an answer. `path` names what a bare `id` is of. */
export function harvest(pool: Pool, chance: Chance, path: string, answer: unknown): void {
  // `/pupils/{id}/exclusions` gives ids of exclusions.
  const of = path.split('/').findLast((part) => part !== '' && !part.startsWith('{')) ?? '';
  const visit = (value: unknown, key: string): void => {
    if (Array.isArray(value)) for (const one of value.slice(0, 40)) visit(one, key);
    else if (value !== null && typeof value === 'object')
      for (const [name, one] of Object.entries(value))
        visit(one, name === 'id' || name === 'items' ? key : name);
    else if (typeof value === 'string' && uuid.test(value)) keep(pool.ids, key, value, chance);
    else if (key === 'nextCursor' && typeof value === 'string')
      if (pool.cursors.length < keptOfEach) pool.cursors.push(value);
  };
  visit(answer, of);
}

function keep(ids: Map<string, string[]>, key: string, value: string, chance: Chance): void {
  const list = ids.get(key) ?? [];
  ids.set(key, list);
  if (list.length < keptOfEach) list.push(value);
  else list[chance.whole(0, keptOfEach - 1)] = value;
}

/** An id for a field of this name: most often one that is of the right kind, sometimes of another, sometimes of nothing. */
function idFor(name: string, pool: Pool, chance: Chance): string {
  const near = [...pool.ids.keys()].filter(
    (key) => key.slice(0, 4).toLowerCase() === name.slice(0, 4).toLowerCase(),
  );
  const lists = (chance.isLuck(0.85) && near.length > 0 ? near : [...pool.ids.keys()]).flatMap(
    (key) => pool.ids.get(key) ?? [],
  );
  return chance.isLuck(0.05) || lists.length === 0 ? randomUUID() : chance.pick(lists);
}

const words = [
  '他最近总是一个人',
  'a note',
  '午饭没吃',
  'Привет',
  '👩‍👧',
  'x',
  '帮同学讲题',
  ' 空格 ',
];

/** A value that the schema allows. `name` is the field's, or what the path says it is of. */
export function valueFor(schema: Json, name: string, pool: Pool, chance: Chance): unknown {
  const among = (schema['oneOf'] ?? schema['anyOf']) as Json[] | undefined;
  if (among) return valueFor(chance.pick(among), name, pool, chance);
  const all = schema['allOf'] as Json[] | undefined;
  if (all)
    return Object.assign({}, ...all.map((one) => valueFor(one, name, pool, chance))) as unknown;
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return chance.pick(schema['enum'] as unknown[]);
  const types = [schema['type']].flat().filter((one) => typeof one === 'string');
  switch (types.length > 0 ? chance.pick(types) : 'string') {
    case 'null':
      return null;
    case 'boolean':
      return chance.isLuck(0.5);
    case 'integer':
    case 'number':
      return numberFor(schema, chance);
    case 'array':
      return arrayFor(schema, name, pool, chance);
    case 'object':
      return objectFor(schema, pool, chance);
    default:
      return textFor(schema, name, pool, chance);
  }
}

function numberFor(schema: Json, chance: Chance): number {
  const least = (schema['minimum'] as number | undefined) ?? -5;
  const most = (schema['maximum'] as number | undefined) ?? least + 100;
  return chance.isLuck(0.2)
    ? chance.pick([least, most])
    : chance.whole(least, Math.min(most, least + 60));
}

function arrayFor(schema: Json, name: string, pool: Pool, chance: Chance): unknown[] {
  const least = (schema['minItems'] as number | undefined) ?? 0;
  const most = Math.min((schema['maxItems'] as number | undefined) ?? 3, least + 3);
  const items = (schema['items'] as Json | undefined) ?? {};
  return Array.from({ length: chance.whole(least, Math.max(least, most)) }, () =>
    valueFor(items, name, pool, chance),
  );
}

function objectFor(schema: Json, pool: Pool, chance: Chance): Json {
  const required = new Set((schema['required'] as string[] | undefined) ?? []);
  const properties = (schema['properties'] as Record<string, Json> | undefined) ?? {};
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([key]) => required.has(key) || chance.isLuck(0.6))
      .map(([key, one]) => [key, valueFor(one, key, pool, chance)]),
  );
}

const day = (chance: Chance): string =>
  new Date(Date.now() - chance.whole(0, chance.isLuck(0.9) ? 40 : 700) * 86_400_000)
    .toISOString()
    .slice(0, 10);

function textFor(schema: Json, name: string, pool: Pool, chance: Chance): string {
  if (schema['format'] === 'uuid') return idFor(name, pool, chance);
  if (schema['format'] === 'date') return day(chance);
  if (schema['format'] === 'uri') return 'http://127.0.0.1:9/fuzz';
  if (schema['format'] === 'date-time') return new Date().toISOString();
  if (name === 'cursor' && pool.cursors.length > 0) return chance.pick(pool.cursors);
  const pattern = schema['pattern'] as string | undefined;
  if (pattern) return patternFor(pattern, chance);
  const least = (schema['minLength'] as number | undefined) ?? 0;
  const most = (schema['maxLength'] as number | undefined) ?? 60;
  const text = chance.isLuck(0.1) ? '好'.repeat(most) : chance.pick(words);
  return text.slice(0, most).padEnd(least, '一');
}

/** Texts for the patterns that schemas use: letters, digits and months. */
function patternFor(pattern: string, chance: Chance): string {
  const texts = [
    day(chance).slice(0, 7),
    `fuzz-${chance.whole(1, 99_999)}`,
    `f${chance.whole(100, 999)}`,
    String(chance.whole(100_000, 999_999)),
    'abc',
    '+86 10 12356',
    '07:45',
    '17:05',
    'fuzz@school.example',
  ];
  const fitting = texts.filter((text) => new RegExp(pattern, 'u').test(text));
  if (fitting.length === 0) throw new Error(`teach the fuzzer a text for ${pattern}`);
  return chance.pick(fitting);
}
