import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { protections, serverLimits } from '@shaodian/api';
import { describe, expect, inject, test } from 'vitest';

const baseUrl = inject('baseUrl');
const { port, host } = new URL(baseUrl);

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** Any method and any path, byte for byte: `fetch` would refuse or mend half of them. Reads the headers only. */
function ask(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: 'localhost', port, method, path, headers, agent: false });
    asking.once('response', (response) => {
      response.once('error', () => undefined);
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
      response.destroy();
    });
    asking.once('error', reject);
    asking.end();
  });
}

/** What comes back for these bytes, until the other side closes. */
function askRaw(bytes: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), 'localhost', () => socket.write(bytes));
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    socket.once('error', reject).once('close', () => {
      const [head = ''] = text.split('\r\n\r\n');
      const [first = '', ...lines] = head.split('\r\n');
      const pairs = lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]);
      const headers = Object.fromEntries(pairs) as IncomingHttpHeaders;
      resolve({ status: Number(first.split(' ')[1]), headers });
    });
  });
}

const { 'content-security-policy': barePolicy, 'cache-control': noStore, ...rest } = protections;

/** What is missing or other than it should be; empty when all is right. */
function faultsOf({ headers }: Answer, kind: 'page' | 'immutable' | 'other'): string[] {
  const faults = Object.entries(rest)
    .filter(([name, value]) => headers[name] !== value)
    .map(([name]) => `${name}: ${headers[name]}`);
  const policy = String(headers['content-security-policy']);
  if (kind === 'page' ? !isPagePolicy(policy) : policy !== barePolicy)
    faults.push(`policy: ${policy}`);
  const cache = headers['cache-control'];
  const rightCache = kind === 'immutable' ? cache?.includes('immutable') : cache === noStore;
  if (!rightCache) faults.push(`cache-control: ${cache}`);
  if ('strict-transport-security' in headers) faults.push('HSTS over http');
  if ('x-powered-by' in headers || 'server' in headers) faults.push('names its software');
  return faults;
}

function isPagePolicy(policy: string): boolean {
  const directives = policy.split(';').map((one) => one.trim());
  return (
    ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"].every(
      (one) => directives.includes(one),
    ) &&
    directives.includes("require-trusted-types-for 'script'") &&
    /script-src 'self' 'nonce-[\w+/=]{20,}'/.test(policy) &&
    !/unsafe-inline|unsafe-eval|\*/.test(policy)
  );
}

const expectProtected = (answers: Record<string, Answer>, kind: 'page' | 'immutable' | 'other') => {
  const faults = Object.entries(answers).flatMap(([name, answer]) =>
    faultsOf(answer, kind).map((fault) => `${name} (${answer.status}) ${fault}`),
  );
  expect(faults).toEqual([]);
};

/** One after another: the process under test shares the machine with whoever tests. */
async function each<T>(
  items: readonly T[],
  name: (item: T) => string,
  of: (item: T) => Promise<Answer>,
) {
  const answers: Record<string, Answer> = {};
  for (const item of items) answers[name(item)] = await of(item);
  return answers;
}

const operations = async (): Promise<[string, string][]> => {
  const { paths } = (await (await fetch(`${baseUrl}/api/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method): [string, string] => [
      method.toUpperCase(),
      path.replaceAll(/\{[^}]+\}/g, 'f47ac10b-58cc-4372-a567-0e02b2c3d479'),
    ]),
  );
};

async function cookieOf(account: string): Promise<string> {
  const signedIn = await fetch(`${baseUrl}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ school: 'jiangpan', account, password: 'shaodian-demo' }),
  });
  return signedIn.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
}

describe('every answer carries the protections:', () => {
  test('each route of the API, signed in and not', async () => {
    const cookie = await cookieOf('xinli');
    const all = (await operations()).filter(([, path]) => !path.endsWith('/session'));
    expect(all.length).toBeGreaterThan(25);
    const name = ([method, path]: [string, string]) => `${method} ${path}`;
    const strangers = await each(all, name, ([method, path]) => ask(method, path));
    const signedIn = await each(all, name, ([method, path]) => ask(method, path, { cookie }));
    expectProtected(strangers, 'other');
    expectProtected(signedIn, 'other');
    const statuses = new Set(Object.values({ ...signedIn }).map((one) => one.status));
    expect([...statuses]).toEqual(expect.arrayContaining([200, 404, 415]));
    expect(signedIn['GET /api/events']?.headers['content-type']).toMatch(/^text\/event-stream/);
    console.log(`headers: ${all.length} routes, signed in and not`);
  });

  test('each page and its error pages, with a policy and a nonce of its own', async () => {
    const cookie = await cookieOf('xinli');
    const open = ['/sign-in', '/help', '/nowhere', '/alerts/nothing', '/%E0%A4%A'];
    const closed = ['/alerts', '/board', '/pupils', '/me', '/notices', '/accounts', '/audit'];
    const answers = {
      ...(await each(open, String, (path) => ask('GET', path))),
      ...(await each(
        closed,
        (path) => `signed in ${path}`,
        (path) => ask('GET', path, { cookie }),
      )),
    };
    const pages = Object.entries(answers).filter(([, one]) =>
      one.headers['content-type']?.startsWith('text/html'),
    );
    const isWithNonce = ([, one]: [string, Answer]) =>
      String(one.headers['content-security-policy']).includes('nonce');
    expectProtected(Object.fromEntries(pages.filter(isWithNonce)), 'page');
    // What Kit answers without a page of ours carries the bare policy.
    const others = Object.entries(answers).filter((one) => !isWithNonce(one));
    expectProtected(Object.fromEntries(others), 'other');
    expect(pages.filter(isWithNonce).length).toBeGreaterThanOrEqual(9);
    const policies = pages
      .filter(isWithNonce)
      .map(([, one]) => one.headers['content-security-policy']);
    expect(new Set(policies).size).toBe(policies.length);
  });

  test('each static file', async () => {
    const folder = new URL('../build/client/', import.meta.url);
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = found
      .filter((one) => one.isFile() && !/\.(br|gz)$/.test(one.name))
      .map((one) =>
        `/${`${one.parentPath}/${one.name}`.slice(folder.pathname.length)}`.replaceAll('//', '/'),
      );
    expect(files.length).toBeGreaterThan(30);
    const immutable = files.filter((file) => file.includes('/immutable/'));
    expectProtected(await each(immutable, String, (file) => ask('GET', file)), 'immutable');
    const plain = files.filter((file) => !file.includes('/immutable/'));
    const answers = await each(plain, String, (file) => ask('GET', file));
    expectProtected(answers, 'other');
    for (const answer of Object.values(answers)) expect(answer.status).toBe(200);
    console.log(`headers: ${files.length} static files`);
  });

  test('each method on each kind of address', async () => {
    const methods = [
      'HEAD',
      'OPTIONS',
      'PUT',
      'PATCH',
      'DELETE',
      'TRACE',
      'PROPFIND',
      'PURGE',
      'QUERY',
    ];
    for (const path of ['/api/health', '/api/alerts', '/api/nowhere', '/robots.txt']) {
      const answers = await each(methods, String, (method) => ask(method, path));
      expectProtected(answers, 'other');
      for (const method of ['TRACE', 'PROPFIND', 'PURGE', 'QUERY'])
        expect([path, method, answers[method]?.status]).toEqual([path, method, 405]);
    }
    const forms = { origin: baseUrl, 'content-type': 'application/x-www-form-urlencoded' };
    const posts = {
      ...(await each(methods, String, (method) => ask(method, '/sign-in', forms))),
      foreign: await ask('POST', '/sign-in', { ...forms, origin: 'https://elsewhere.example' }),
      broken: await ask('POST', '/sign-in', {
        ...forms,
        'content-type': 'multipart/form-data; boundary=x',
      }),
      preferences: await ask('POST', '/preferences', forms),
    };
    const faults = Object.entries(posts).flatMap(([name, answer]) => {
      const kind = String(answer.headers['content-security-policy']).includes('nonce')
        ? 'page'
        : 'other';
      return faultsOf(answer, kind).map((fault) => `${name} (${answer.status}) ${fault}`);
    });
    expect(faults).toEqual([]);
  });

  const get = (lines: string, path = '/api/health') =>
    `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${lines}\r\n`;
  test.each<[string, string, number]>([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['a method that is none', 'GE\u0001T / HTTP/1.1\r\n\r\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two lengths', get('content-length: 1\r\ncontent-length: 2\r\n'), 400],
    ['a length and chunks', get('content-length: 1\r\ntransfer-encoding: chunked\r\n'), 400],
    ['a header that is none', get('a b: c\r\n'), 400],
    [
      'an absolute address',
      get('connection: close\r\n', 'http://elsewhere.example/api/health'),
      400,
    ],
    ['no path', get('connection: close\r\n', '*'), 400],
    ['a tunnel', `CONNECT ${host} HTTP/1.1\r\nhost: ${host}\r\n\r\n`, 405],
    ['an expectation', get('expect: surprise\r\n'), 417],
    [
      'headers as long as they may be',
      get(`connection: close\r\nx: ${'a'.repeat(serverLimits.maxHeaderSize - 120)}\r\n`),
      200,
    ],
    [
      'headers longer than they may be',
      get(`x: ${'a'.repeat(serverLimits.maxHeaderSize)}\r\n`),
      431,
    ],
    [
      'an address longer than it may be',
      get('', `/api/health?${'a'.repeat(serverLimits.maxHeaderSize)}`),
      431,
    ],
    [
      'as many headers as may be',
      get(`connection: close\r\n${'x: y\r\n'.repeat(serverLimits.headerCount - 2)}`),
      200,
    ],
    [
      'more headers than may be',
      get(`connection: close\r\n${'x: y\r\n'.repeat(serverLimits.headerCount - 1)}`),
      431,
    ],
    ['an upgrade nobody offers', get('connection: upgrade, close\r\nupgrade: websocket\r\n'), 200],
  ])('%s', async (_name, bytes, status) => {
    const answer = await askRaw(bytes);
    expect(answer.status).toBe(status);
    expectProtected({ answer }, 'other');
  });
});
