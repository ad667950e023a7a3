import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { namesTwice } from './names-twice.ts';

let api: TestApi;
let admin: Requester;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  admin = await api.as('admin');
});
afterAll(() => api.stop());

const statusOf = async (body: string | Uint8Array, headers: Record<string, string> = {}) =>
  (await admin.post('/accounts', body, headers)).status;
const text = (value: unknown) => JSON.stringify(value);
const nested = (depth: number): unknown => (depth === 1 ? {} : { a: nested(depth - 1) });
const listed = (depth: number): unknown => (depth === 1 ? [] : [listed(depth - 1)]);
const keys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]));
/** A valid body of exactly so many bytes. */
const padded = (bytes: number) => `{}${' '.repeat(bytes - 2)}`;

// 422 says that the body went through the limits to the schema, which knows none of these fields.
describe.each<[string, string, string]>([
  ['bytes', padded(256 * 1024), padded(256 * 1024 + 1)],
  ['levels of objects', text(nested(8)), text(nested(9))],
  ['levels of arrays', text({ a: listed(7) }), text({ a: listed(8) })],
  ['characters of a text', text({ a: 'a'.repeat(4_000) }), text({ a: 'a'.repeat(4_001) })],
  ['items of an array', text({ a: Array(500).fill(1) }), text({ a: Array(501).fill(1) })],
  ['names of an object', text(keys(500)), text(keys(501))],
])('the most %s', (_name, within, beyond) => {
  test('pass, and one more does not', async () => {
    expect(await statusOf(within)).toBe(422);
    expect(await statusOf(beyond)).toBe(413);
  });
});

describe('an upload', () => {
  const upload = async (bytes: number) => {
    const headers = { 'content-type': 'application/octet-stream' };
    const sent = await admin.post('/roster-imports?fileName=a.csv', new Uint8Array(bytes), headers);
    return ((await sent.json()) as { code: string }).code;
  };
  test('is read from nobody but people who are signed in', async () => {
    let taken = 0;
    const endless = new ReadableStream({
      pull: (stream) => {
        taken += 1;
        stream.enqueue(new Uint8Array(64 * 1024));
      },
    });
    for (const cookie of ['', 'shaodian-session=nobody']) {
      const request = new Request('http://localhost/api/roster-imports?fileName=a.csv', {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream', cookie },
        body: cookie === '' ? endless : 'x',
        duplex: 'half',
      } as RequestInit);
      expect((await api.app.fetch(request)).status).toBe(401);
    }
    expect(taken).toBeLessThan(3);
  });

  test('has one address: elsewhere bytes are no body', async () => {
    const headers = { 'content-type': 'application/octet-stream' };
    const sent = await admin.post('/elsewhere/roster-imports', new Uint8Array(9), headers);
    expect(sent.status).toBe(415);
  });

  test('of 5 MB is read, and one byte more is not', async () => {
    expect(await upload(5 * 1024 * 1024)).toBe('roster-import.unreadable');
    expect(await upload(5 * 1024 * 1024 + 1)).toBe('request.too-large');
  });
});

test('a body that says it is short is counted all the same', async () => {
  const lying = { 'content-length': '2' };
  expect(await statusOf(padded(256 * 1024 + 1), lying)).toBe(413);
});

describe('one name twice in an object', () => {
  test.each([
    ['{"a":1,"a":1}', true],
    ['{"a":1,"\\u0061":2}', true],
    ['{"b":{"a":1,"a":2}}', true],
    ['[{"a":1},{"a":2}]', false],
    ['{"a":{"a":1}}', false],
    ['{"a":"a","b":"a"}', false],
    ['{"a":[{"b":1},"x"],"x":1,"b":2}', false],
    ['{"a":"{\\"a\\":1,\\"a\\":2}"}', false],
    ['{"__proto__":1,"__proto__":2}', true],
  ])('in %s is seen: %s', (json, twice) => {
    expect(namesTwice(json)).toBe(twice);
  });

  test('is refused, whatever else is right', async () => {
    const right = `"kind":"staff","name":"许新","title":"","account":"xuxin","password":"a good password","grants":[]`;
    expect(await statusOf(`{"account":"other",${right}}`)).toBe(422);
    expect(await statusOf(`{${right}}`, { 'idempotency-key': randomUUID() })).toBe(201);
  });

  test('is never seen in what JSON.stringify wrote, and always where a member was doubled', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, name) => {
        const json = JSON.stringify(value);
        expect(namesTwice(json)).toBe(false);
        const member = `${JSON.stringify(name)}:${json}`;
        expect(namesTwice(`[${json},{${member},"-${json.length}":1,${member}}]`)).toBe(true);
      }),
    );
  });
});
