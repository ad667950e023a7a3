import { randomUUID } from 'node:crypto';
import type { Chance } from './chance.ts';
import { brokenTexts, damaged, hostileText, poisoned } from './damage.ts';
import type { Operation } from './operations.ts';
import { valueFor } from './values.ts';
import type { Pool } from './values.ts';

export type Kind = 'valid' | 'broken' | 'hostile';

export interface FuzzRequest {
  readonly operation: Operation;
  readonly kind: Kind;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  /** The document does not allow it: whatever accepts it is wrong. */
  readonly isInvalid: boolean;
}

const csv = (chance: Chance): string =>
  `学号,姓名,性别,年级,班级\nF${chance.whole(1, 9_999)},测试${chance.pick(['一', '二', '三'])},女,七年级,七(1)班\n`;

const uploads: readonly ((chance: Chance) => Uint8Array)[] = [
  (chance) => new TextEncoder().encode(csv(chance)),
  () => Buffer.from('PK\u0003\u0004nonsense', 'latin1'),
  () => Buffer.alloc(2_000, 0),
  (chance) => Buffer.from(Array.from({ length: 600 }, () => chance.whole(0, 255))),
  () => new TextEncoder().encode('=1+1,@SUM(A1),"unclosed\n'.repeat(50)),
  () => new Uint8Array(),
];

/** A request for an operation: as the document says, with one thing broken, or with an intent. */
export function requestFor(
  operation: Operation,
  kind: Kind,
  pool: Pool,
  chance: Chance,
  samples?: readonly unknown[],
): FuzzRequest {
  const query = queryFor(operation, kind, pool, chance);
  const body = samples
    ? { body: JSON.stringify(chance.pick(samples)), isInvalid: false }
    : bodyFor(operation, kind, pool, chance);
  const params = paramsFor(operation, kind, pool, chance);
  const headers = headersFor(operation, kind, chance);
  const search = new URLSearchParams(query).toString();
  return {
    operation,
    kind,
    path: `${params.path}${search === '' ? '' : `?${search}`}`,
    headers: headers.headers,
    body: body.body,
    isInvalid:
      params.isInvalid || body.isInvalid || headers.isInvalid || !operation.queryFits(query),
  };
}

function paramsFor(operation: Operation, kind: Kind, pool: Pool, chance: Chance) {
  let isInvalid = false;
  const section = operation.path.split('/')[1] ?? '';
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const good = String(valueFor(operation.params[name] ?? {}, section, pool, chance));
    if (kind === 'valid' || !chance.isLuck(0.15)) return good;
    isInvalid = true;
    return encodeURIComponent(
      chance.pick([
        good.toUpperCase().replace(/^\d*$/, 'A'),
        'x',
        `${good}0`,
        good.slice(1),
        hostileText(chance).toWellFormed() || 'x',
        '..',
      ]),
    );
  });
  // Without a letter, an id in capitals is the same id.
  return { path, isInvalid: isInvalid && !operation.path.includes(path) };
}

function queryFor(operation: Operation, kind: Kind, pool: Pool, chance: Chance) {
  const query: Record<string, string> = {};
  for (const [name, { schema, required }] of Object.entries(operation.query))
    if (required || chance.isLuck(0.4)) query[name] = String(valueFor(schema, name, pool, chance));
  if (kind === 'valid') return query;
  const names = Object.keys(operation.query);
  if (names.length > 0 && chance.isLuck(0.5))
    query[chance.pick(names)] = chance
      .pick(['', '-1', '0', '1.5', '99999999999', 'true', hostileText(chance)])
      .toWellFormed();
  if (names.length > 0 && chance.isLuck(0.1)) query['unknown'] = '1';
  return query;
}

function bodyFor(
  operation: Operation,
  kind: Kind,
  pool: Pool,
  chance: Chance,
): { body: string | Uint8Array | undefined; isInvalid: boolean } {
  if (operation.isUpload)
    return {
      body: (kind === 'valid' ? uploads[0]! : chance.pick(uploads))(chance),
      isInvalid: false,
    };
  if (!operation.body) return { body: undefined, isInvalid: false };
  const good = valueFor(operation.body, '', pool, chance);
  if (kind === 'valid') return { body: JSON.stringify(good), isInvalid: false };
  const changed = kind === 'broken' ? damaged(good, chance) : poisoned(good, chance);
  const text = JSON.stringify(changed) ?? '';
  if (kind === 'broken' && chance.isLuck(0.15)) {
    const broken = chance.pick(brokenTexts(text));
    return { body: broken, isInvalid: !fits(operation, broken) };
  }
  return { body: text, isInvalid: !fits(operation, text) };
}

function fits(operation: Operation, text: string): boolean {
  try {
    return operation.bodyFits?.(JSON.parse(text)) === true;
  } catch {
    return false;
  }
}

/** Headers of a browser, and of somebody who is none. What makes a change invalid is known here: another origin, no key, another type. */
function headersFor(operation: Operation, kind: Kind, chance: Chance) {
  const headers: Record<string, string> = {};
  let isInvalid = false;
  const changes = operation.method !== 'GET';
  if (changes && operation.method !== 'DELETE')
    headers['content-type'] = operation.isUpload ? 'application/octet-stream' : 'application/json';
  if (operation.takesKey) headers['idempotency-key'] = randomUUID();
  if (operation.takesVersion) headers['if-match'] = chance.pick(['"1"', '"2"', '"3"']);
  if (kind === 'valid') return { headers, isInvalid };
  if (chance.isLuck(0.1)) {
    if (operation.takesKey) {
      const key = chance.pick(['', 'x', '1'.repeat(300), 'not-a-uuid']);
      headers['idempotency-key'] = key;
      isInvalid = true;
    }
  } else if (chance.isLuck(0.08)) {
    headers['origin'] = chance.pick([
      'https://elsewhere.example',
      'null',
      'http://localhost:1',
      'localhost',
    ]);
    isInvalid = changes;
  } else if (chance.isLuck(0.05)) {
    headers['sec-fetch-site'] = chance.pick(['cross-site', 'same-site']);
    isInvalid = changes;
  } else if (chance.isLuck(0.08) && headers['content-type']) {
    headers['content-type'] = chance.pick([
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonx',
      '',
    ]);
    isInvalid = true;
  } else if (chance.isLuck(0.2)) {
    headers['accept-language'] = chance.pick([
      'en',
      'zh',
      '*',
      'xx-'.repeat(200),
      '; q=0',
      'en\u00e9',
    ]);
    headers['x-forwarded-for'] = '127.0.0.1';
    headers['x-forwarded-proto'] = 'https';
    headers['if-match'] = chance.pick(['*', '"1"', 'x']);
  }
  return { headers, isInvalid };
}
