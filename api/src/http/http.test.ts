import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createApp } from '../app.ts';
import { startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { localeOf } from './locale.ts';
import { protections } from './protections.ts';
import { refusals } from './refusals.ts';

let api: TestApi;
let admin: Requester;
let teacher: Requester;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
  [admin, teacher] = [await api.as('admin'), await api.as('banzhuren')];
});
afterAll(() => api.stop());

const cursorOf = (...keys: unknown[]) => Buffer.from(JSON.stringify(keys)).toString('base64url');
const csv = new TextEncoder().encode('学号,姓名,性别,年级,班级\nZ0001,新来,女,七年级,七(1)班\n');
const binary = { 'content-type': 'application/octet-stream' };

describe('a cursor', () => {
  test('gives back the keys it was made of', () => {
    const keys = [7, '欧阳 "一"', randomUUID()];
    expect(decodeCursor(encodeCursor(keys), ['number', 'text', 'uuid'])).toEqual(keys.map(String));
  });

  test.each([
    ['/pupils', cursorOf(2 ** 31, '名', randomUUID())],
    ['/pupils', cursorOf(-(2 ** 31) - 1, '名', randomUUID())],
    ['/pupils', cursorOf(1.5, '名', randomUUID())],
    ['/pupils', cursorOf(1, '名\0', randomUUID())],
    ['/pupils', cursorOf(1, '名', 'x')],
    ['/accounts', cursorOf(1)],
    ['/accounts', cursorOf('a'.repeat(101))],
    ['/alerts', cursorOf('0000-01-01T00:00:00.000Z', randomUUID())],
  ])('that %s did not make is refused (%s)', async (path, cursor) => {
    expect((await admin.get(`${path}?cursor=${cursor}`)).status).toBe(422);
  });
});

describe('a zero byte, which PostgreSQL cannot keep,', () => {
  const person = { name: '某\0人', account: 'someone', password: 'a good password' };
  const cases: [string, unknown][] = [
    ['/accounts', { kind: 'staff', title: '', grants: [], ...person }],
    ['/accounts', { kind: 'staff', title: '\0', grants: [], ...person, name: '某人' }],
    ['/session', { school: 'jiangpan', account: 'a\0b', password: 'x' }],
    ['/session', { school: '\0', account: 'ab', password: 'x' }],
    ['/setup', { school: { code: 'abc', name: '\0' }, administrator: person, lead: person }],
  ];
  test.each(cases)('is refused in a body of %s', async (path, body) => {
    expect((await admin.post(path, body)).status).toBe(422);
  });

  test('is refused in a file name, and in a query', async () => {
    expect((await admin.post('/roster-imports?fileName=a%00.csv', csv, binary)).status).toBe(422);
    expect((await teacher.get('/pupils?q=a%00')).status).toBe(422);
  });
});

describe('an Idempotency-Key', () => {
  test('is the person’s own: another person with the same key is not answered with it', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const [a, b] = [await api.as('xinli'), await api.as('zixun')];
    const [alert] = await api.admin<
      { id: string }[]
    >`select id from app.alerts where school_id = ${a.schoolId} limit 1`;
    const path = `/alerts/${alert?.id}/companions`;
    const sent = [await a.post(path, {}, headers), await b.post(path, {}, headers)];
    expect(sent.map((one) => one.status)).toEqual([201, 201]);
    const [first, second] = await Promise.all(sent.map((one) => one.json()));
    expect(first).not.toEqual(second);
  });

  test('belongs to one route', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const who = await api.as('xinli');
    const alerts = await api.admin<
      { id: string }[]
    >`select id from app.alerts where school_id = ${who.schoolId} limit 2`;
    const [one, other] = alerts.map((row) => `/alerts/${row.id}/companions`);
    expect((await who.post(one ?? '', {}, headers)).status).toBe(201);
    expect((await who.post(other ?? '', {}, headers)).status).toBe(422);
  });

  test('covers what stands in the query too', async () => {
    const headers = { ...binary, 'idempotency-key': randomUUID() };
    expect((await admin.post('/roster-imports?fileName=a.csv', csv, headers)).status).toBe(201);
    const other = await admin.post('/roster-imports?fileName=b.csv', csv, headers);
    expect(await other.json()).toMatchObject({ code: 'idempotency.payload-differs' });
  });

  test('of a refused request is free again: nothing was done', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const input = {
      kind: 'staff',
      name: '许来',
      title: '',
      account: 'xulai',
      password: 'a good password',
    };
    const wrong = { ...input, grants: [{ role: 'homeroom_teacher', classId: 99_999 }] };
    expect((await admin.post('/accounts', wrong, headers)).status).toBe(404);
    expect((await admin.post('/accounts', { ...input, grants: [] }, headers)).status).toBe(201);
  });

  test('leaves no words in its record', async () => {
    const records = await api.admin<
      { answer: object }[]
    >`select answer from app.idempotency_records`;
    expect(records.length).toBeGreaterThan(40);
    const fields = new Set(records.flatMap((row) => Object.keys(row.answer)));
    const allowed = [
      'id',
      'ids',
      'at',
      'month',
      'submittedAt',
      'late',
      'emergency',
      'next',
      'observationIds',
      'emergencyIds',
    ];
    expect([...fields].filter((field) => !allowed.includes(field))).toEqual([]);
  });
});

describe('the origin', () => {
  const out = (headers: Record<string, string>) =>
    api.anonymous('POST', '/session', { school: 'x', account: 'x', password: 'x' }, headers);
  test.each<[Record<string, string>, number]>([
    [{ origin: 'http://localhost' }, 401],
    [{ 'sec-fetch-site': 'same-origin' }, 401],
    [{ 'sec-fetch-site': 'none' }, 401],
    [{ origin: 'http://localhost:8080' }, 403],
    [{ origin: 'http://localhost.elsewhere.example' }, 403],
    [{ origin: 'http://localhost@elsewhere.example' }, 403],
    [{ origin: 'https://localhost' }, 403],
    [{ origin: 'http://localhost:80' }, 401],
    [{ origin: 'null' }, 403],
    [{ origin: '' }, 403],
    [{ origin: 'not an origin' }, 403],
    [{ origin: 'http://localhost, http://elsewhere.example' }, 403],
    [{ origin: 'http://localhost', 'sec-fetch-site': 'cross-site' }, 403],
  ])('%o is answered with %i', async (headers, status) => {
    expect((await out(headers)).status).toBe(status);
  });

  test('is not asked of reading', async () => {
    const headers = { origin: 'https://elsewhere.example' };
    expect((await api.anonymous('GET', '/schools', undefined, headers)).status).toBe(200);
  });
});

describe('every answer', () => {
  test('carries the protections, and says its language', async () => {
    for (const path of ['/health', '/alerts', '/nowhere', '/demo/cast']) {
      const { headers } = await api.anonymous('GET', path, undefined, { 'accept-language': 'en' });
      expect(Object.fromEntries(headers)).toMatchObject(protections);
      expect(headers.get('content-language')).toBe('en');
    }
  });

  test('is Chinese unless the reader’s cookie or browser asks for English', () => {
    expect(localeOf(undefined, undefined)).toBe('zh-CN');
    expect(localeOf(undefined, 'en-GB,en;q=0.9')).toBe('en');
    expect(localeOf(undefined, 'fr')).toBe('zh-CN');
    expect(localeOf('zh-CN', 'en')).toBe('zh-CN');
    expect(localeOf('en', 'zh-CN')).toBe('en');
    expect(localeOf('xx', 'zh')).toBe('zh-CN');
  });

  test('of a failure tells nothing but that it failed', async () => {
    const failing = (error: unknown) =>
      createApp({
        ...api.deps,
        db: { ...api.deps.db, asNobody: () => Promise.reject(error as Error) },
      }).request('/api/schools');
    const broken = await failing(new Error('relation "secret" of 张三 does not exist'));
    expect(broken.status).toBe(500);
    expect(await broken.json()).toEqual({
      type: 'urn:shaodian:problem:internal.error',
      title: refusals['internal.error']['zh-CN'],
      status: 500,
      code: 'internal.error',
    });
    for (const code of [
      '55P03',
      '57014',
      '53300',
      '40001',
      '40P01',
      'CONNECTION_CLOSED',
      'ECONNREFUSED',
    ])
      expect((await failing(Object.assign(new Error('x'), { code }))).status).toBe(503);
  });

  test('about a database that is gone is 503', async () => {
    const gone = createApp({
      ...api.deps,
      db: { ...api.deps.db, answers: () => Promise.resolve(false) },
    });
    expect((await gone.request('/api/health')).status).toBe(503);
  });
});
