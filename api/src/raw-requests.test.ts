import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startTestApi } from './testing/index.ts';
import type { TestApi } from './testing/index.ts';

let api: TestApi;
let server: ReturnType<typeof createAdaptorServer>;
let port: number;
let cookie = '';

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  cookie = (await api.as('weiyuan-a')).cookie;
  server = createAdaptorServer({ fetch: api.app.fetch });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.close();
  await api.stop();
});

/** What comes back for bytes on a socket: the status of every answer, in order; none when the connection was only closed. */
function sent(bytes: string | Buffer): Promise<number[]> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    const timer = setTimeout(() => socket.destroy(), 1_500);
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve([...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((match) => Number(match[1])));
    });
  });
}

const head = (line: string, ...headers: string[]): string =>
  [line, 'host: localhost', 'connection: close', ...headers, '', ''].join('\r\n');
const post = (...headers: string[]): string =>
  head(
    'POST /api/observations HTTP/1.1',
    `cookie: ${cookie}`,
    'content-type: application/json',
    'idempotency-key: 6b0f7a52-8f43-4c0e-9d4e-0a4d5f2f1c11',
    ...headers,
  );

/** Made when asked for: the cookie is there by then. */
const odd = (): Record<string, string | Buffer> => ({
  'no HTTP at all': 'hello\r\n\r\n',
  'TLS on a plain port': Buffer.from('160301020001000001fc0303', 'hex'),
  'a method nobody knows': head('BREW /api/health HTTP/1.1'),
  'a method of proxies': head('CONNECT example.org:443 HTTP/1.1'),
  'a version of tomorrow': head('GET /api/health HTTP/9.9'),
  'a space in the address': head('GET /api/pupils/a b HTTP/1.1', `cookie: ${cookie}`),
  'a percent sign alone': head('GET /api/pupils/%zz HTTP/1.1', `cookie: ${cookie}`),
  'a zero in the address': head('GET /api/pupils/%00 HTTP/1.1', `cookie: ${cookie}`),
  'overlong UTF-8 in the address': head(
    'GET /api/pupils/%c0%ae%c0%ae HTTP/1.1',
    `cookie: ${cookie}`,
  ),
  'an address that climbs': head('GET /api/../../etc/passwd HTTP/1.1'),
  'an address of 20,000 letters': head(`GET /api/${'a'.repeat(20_000)} HTTP/1.1`),
  'headers of 100,000 letters': head('GET /api/health HTTP/1.1', `x: ${'a'.repeat(100_000)}`),
  'two lengths': post('content-length: 2', 'content-length: 3') + '{}',
  'a length and chunks': post('content-length: 2', 'transfer-encoding: chunked') + '{}0\r\n\r\n',
  'a negative length': post('content-length: -1') + '{}',
  'a length that lies, short': post('content-length: 1') + '{}',
  'a length of a terabyte': post('content-length: 1099511627776') + '{}',
  'chunks without a size': post('transfer-encoding: chunked') + 'zz\r\n{}\r\n0\r\n\r\n',
  'chunks that never end': post('transfer-encoding: chunked') + '2\r\n{}\r\n',
  'a chunk of another size': post('transfer-encoding: chunked') + '5\r\n{}\r\n0\r\n\r\n',
  'a header split by a line feed': head('GET /api/health HTTP/1.1', 'x: a\nset-cookie: b=c'),
  'a header name with a colon and a space': head('GET /api/health HTTP/1.1', 'bad name : x'),
  'a cookie of zeros': head('GET /api/session HTTP/1.1', 'cookie: shaodian-session=\u0000\u0000'),
});

describe('what is no request of a browser', () => {
  test.each(Object.keys(odd()))('%s is refused, and the server goes on', async (name) => {
    const statuses = await sent(odd()[name] ?? '');
    for (const status of statuses) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).not.toBe(500);
      expect(status).not.toBe(503);
    }
    expect(await sent(head('GET /api/health HTTP/1.1'))).toEqual([200]);
  });

  test('a request hidden in the body of another is not a second request', async () => {
    const hidden = head('DELETE /api/session HTTP/1.1', `cookie: ${cookie}`);
    const statuses = await sent(
      post(`content-length: ${hidden.length}`).replace(
        'connection: close',
        'connection: keep-alive',
      ) + hidden,
    );
    expect(statuses).toEqual([400]);
    expect(await sent(head('GET /api/session HTTP/1.1', `cookie: ${cookie}`))).toEqual([200]);
  });

  test('a body sent in pieces is read whole', async () => {
    const body = '{"a": 1}';
    const pieces = [...body].map((letter) => `1\r\n${letter}\r\n`).join('');
    expect(await sent(`${post('transfer-encoding: chunked')}${pieces}0\r\n\r\n`)).toEqual([422]);
  });
});
