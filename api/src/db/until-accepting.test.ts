import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { expect, inject, test } from 'vitest';
import { makeLog } from '../log/log.ts';
import { untilAccepting } from './until-accepting.ts';

/** What PostgreSQL answers a connection with while it recovers. */
function refusal(code: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C${code}\0Mthe database system is starting up\0\0`);
  const head = Buffer.from([0x45, 0, 0, 0, 0]);
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/** The way to a database that refuses so many connections first. */
async function recovering(targetUrl: string, code: string, refusals: number) {
  const target = new URL(targetUrl);
  const open = new Set<Socket>();
  let asked = 0;
  const server = createServer((near) => {
    open.add(near.on('error', () => near.destroy()));
    asked += 1;
    if (asked <= refusals) {
      near.once('data', () => near.end(refusal(code)));
      return;
    }
    const far = connect(Number(target.port), target.hostname);
    open.add(far.on('error', () => far.destroy()));
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(targetUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = (): void => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return { url: url.href, asked: () => asked, stop };
}

function watched() {
  const pauses: number[] = [];
  const lines: string[] = [];
  let at = 0;
  const time = {
    now: () => at,
    sleep: (ms: number) => {
      pauses.push(ms);
      at += ms;
      return Promise.resolve();
    },
  };
  const log = makeLog('warn', { write: (line: string) => void lines.push(line) });
  return { pauses, lines, time, log };
}

test('a database that is still starting is waited for, with growing pauses, and the log says so', async () => {
  const { pauses, lines, time, log } = watched();
  const server = await recovering(inject('seededUrl'), '57P03', 6);
  await untilAccepting(server.url, log, time);
  server.stop();
  expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000]);
  expect(lines).toHaveLength(6);
  expect(lines[5]).toContain('the database does not accept connections yet; waiting');
  expect(JSON.parse(lines[5] ?? '')).toMatchObject({ attempts: 6 });
});

test('after a minute its own error is thrown', async () => {
  const { pauses, time, log } = watched();
  const server = await recovering(inject('seededUrl'), '57P03', 1_000);
  await expect(untilAccepting(server.url, log, time)).rejects.toMatchObject({ code: '57P03' });
  server.stop();
  const waited = pauses.reduce((sum, ms) => sum + ms, 0);
  expect(waited).toBeGreaterThanOrEqual(60_000);
  expect(waited).toBeLessThan(66_000);
});

test('what does not mend itself is thrown at once', async () => {
  const { pauses, time, log } = watched();
  const server = await recovering(inject('seededUrl'), '28P01', 1_000);
  await expect(untilAccepting(server.url, log, time)).rejects.toMatchObject({ code: '28P01' });
  server.stop();
  expect([pauses, server.asked()]).toEqual([[], 1]);
});
