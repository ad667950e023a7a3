import type { Chance } from './chance.ts';

type Path = readonly (string | number)[];

/** Every place in a value, the whole first. */
function placesOf(value: unknown, at: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [at];
  return [at, ...Object.entries(value).flatMap(([key, one]) => placesOf(one, [...at, key]))];
}

const lookUp = (value: unknown, at: Path): unknown =>
  at.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], value);

function replaced(value: unknown, at: Path, make: (old: unknown) => unknown): unknown {
  const [key, ...rest] = at;
  if (key === undefined) return make(value);
  if (Array.isArray(value))
    return value.map((one, index) =>
      String(index) === String(key) ? replaced(one, rest, make) : one,
    );
  const old = value as Record<string, unknown>;
  return { ...old, [key]: replaced(old[key], rest, make) };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

type Damage = (old: unknown, chance: Chance) => unknown;

/** Things that are seldom what was asked for. */
const strange: readonly unknown[] = [
  null,
  true,
  '',
  ' ',
  0,
  -1,
  1.5,
  1e308,
  -0,
  2 ** 31,
  2 ** 53,
  [],
  {},
  [[]],
  'null',
  'undefined',
  '2026-02-30',
  '2026-13-01',
  '0000-00-00',
  '9999-12-31',
  'not-an-id',
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-4FFF-8FFF-FFFFFFFFFFFF',
];

/** Texts with a purpose. */
const hostile: readonly string[] = [
  "'; drop table app.alerts; --",
  "' or 1=1 --",
  '${7*7}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '%00',
  'a\u0000b',
  '\ud800',
  '\u202eabc',
  '\u200b\u200d\ufeff',
  "=cmd|'/c calc'!A1",
  '@SUM(1+1)',
  '👨‍👩‍👧‍👦'.repeat(40),
  'é'.normalize('NFD').repeat(50),
  'x'.repeat(4_000),
  'x'.repeat(4_001),
  '\r\nset-cookie: a=b',
  '__proto__',
  'constructor',
  'ﷺ'.repeat(100),
  '1e400',
  'NaN',
];

const damages: readonly Damage[] = [
  (_, chance) => chance.pick(strange),
  (_, chance) => chance.pick(hostile),
  (old) => (isObject(old) ? { ...old, unknownField: 1 } : [old]),
  (old, chance) => {
    if (!isObject(old) || Object.keys(old).length === 0) return { value: old };
    const gone = chance.pick(Object.keys(old));
    return Object.fromEntries(Object.entries(old).filter(([key]) => key !== gone));
  },
  (old) => (typeof old === 'string' ? old + 'x'.repeat(5_000) : String(old)),
  (old) => (Array.isArray(old) ? Array.from({ length: 501 }, () => old[0] ?? 1) : Number.MAX_VALUE),
  (old) => (typeof old === 'string' ? old.toUpperCase() : old === true ? 'true' : { a: old }),
  (old) => Array.from({ length: 12 }).reduce<unknown>((inner) => ({ a: inner }), old),
  // Built by parsing, so that it is an own key and not the prototype.
  () => JSON.parse('{"__proto__": {"isAdmin": true}, "constructor": {"prototype": {}}}') as unknown,
];

/** The value with one thing in it changed; whether that made it invalid is for the schema to say. */
export function damaged(value: unknown, chance: Chance): unknown {
  const at = chance.pick(placesOf(value));
  const damage = chance.pick(damages);
  return replaced(value, at, (old) => damage(old, chance));
}

/** The value with one text in it replaced by a hostile one. */
export function poisoned(value: unknown, chance: Chance): unknown {
  const texts = placesOf(value).filter((at) => typeof lookUp(value, at) === 'string');
  return texts.length === 0
    ? value
    : replaced(value, chance.pick(texts), () => chance.pick(hostile));
}

/** JSON that is none, or not quite what it says. */
export const brokenTexts = (good: string): readonly string[] => [
  '',
  '{',
  good.slice(0, -1),
  `${good}}`,
  `\ufeff${good}`,
  good.replaceAll('"', "'"),
  `[${good}]`,
  '"text"',
  '1',
  'null',
  'NaN',
  good.replace('{', '{"a":1,"a":2,'),
  '\u0000',
  '['.repeat(5_000),
];

export const hostileText = (chance: Chance): string => chance.pick(hostile);
