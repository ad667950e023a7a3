import { serve } from '@hono/node-server';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createApp } from '../app.ts';
import { sha256 } from '../http/session.ts';
import { deliverAll, observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

const heartbeatMs = 300;
let api: TestApi;
let server: ReturnType<typeof serve>;
let base: string;
let reporter: Requester;
let pupils: string[];

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  const app = createApp({ ...api.deps, feed: { ...api.deps.feed, heartbeatMs } });
  base = await new Promise((resolve) => {
    server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (at: AddressInfo) =>
      resolve(`http://127.0.0.1:${at.port}/api`),
    );
  });
  reporter = await api.as('weiyuan-a');
  const { items } = (await (await reporter.get('/pupils')).json()) as { items: { id: string }[] };
  pupils = items.map((one) => one.id).filter((id) => id !== reporter.personId);
});
afterAll(async () => {
  await new Promise((resolve) => {
    server.close(resolve);
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
  await api.stop();
});

interface Stream {
  readonly text: () => string;
  readonly ids: () => string[];
  readonly ended: Promise<void>;
  close(): void;
}

async function listen(who: Requester): Promise<Stream> {
  const control = new AbortController();
  const response = await fetch(`${base}/events`, {
    headers: { cookie: who.cookie },
    signal: control.signal,
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  let text = '';
  const read = async () => {
    for await (const chunk of response.body ?? []) text += new TextDecoder().decode(chunk);
  };
  const ended = read().catch(() => undefined);
  const stream: Stream = {
    text: () => text,
    ids: () =>
      [...text.matchAll(/event: alerts\ndata: {"id":"([^"]*)"}/g)].map((one) => one[1] ?? ''),
    ended,
    close: () => control.abort(),
  };
  await until(() => text.includes('event: ready'));
  return stream;
}

async function until(holds: () => boolean, withinMs = 2_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const raise = async (changes: Parameters<typeof observationInput>[1] = {}): Promise<string> => {
  const pupilId = pupils.pop() ?? '';
  expect((await reporter.post('/observations', observationInput(pupilId, changes))).status).toBe(
    201,
  );
  const [row] = await api.admin<
    { id: string }[]
  >`select id from app.alerts where pupil_id = ${pupilId} and status <> 'closed'
    order by counsellor_only desc`;
  return row?.id ?? '';
};

describe('the stream of alerts', () => {
  test('tells the homeroom teacher within two seconds, and nobody who may not list the alert', async () => {
    const accounts = [
      'banzhuren',
      'nianji',
      'xinli',
      'banzhuren-2',
      'xiaozhang',
      'admin',
      'weiyuan-b',
    ];
    const streams = await Promise.all(accounts.map(async (one) => listen(await api.as(one))));
    const elsewhere = await listen(await api.as('xinli', 'qinghe'));
    const id = await raise();
    await until(() => streams.slice(0, 3).every((one) => one.ids().includes(id)));
    await pause(heartbeatMs * 2);
    for (const silent of [...streams.slice(3), elsewhere]) {
      expect(silent.text()).not.toContain(id);
      expect(silent.ids()).toEqual([]);
    }
    for (const one of [...streams, elsewhere]) one.close();
  });

  test('tells of an alert about school staff to counsellors alone', async () => {
    const [teacher, counsellor] = [
      await listen(await api.as('banzhuren')),
      await listen(await api.as('zixun')),
    ];
    const id = await raise({ indicators: ['BUL01'], aboutWhom: 'school_staff' });
    await until(() => counsellor.ids().includes(id));
    await pause(heartbeatMs * 2);
    expect(teacher.ids()).toEqual([]);
    teacher.close();
    counsellor.close();
  });

  test('holds ids and nothing else', async () => {
    const stream = await listen(await api.as('xinli'));
    const id = await raise({ words: '他说不想来学校' });
    await until(() => stream.ids().includes(id));
    const lines = stream
      .text()
      .split('\n')
      .filter((line) => line !== '');
    for (const line of lines)
      expect(line).toMatch(
        /^(event: (ready|alerts|notices)|data: \{("id":"[0-9a-f-]{36}")?\}|: still here)$/,
      );
    stream.close();
  });

  test('tells of a notice whom it is for, and nobody else; and not one who may no longer see the alert', async () => {
    await deliverAll(api);
    const [head, leader, other, counsellor] = await Promise.all(
      ['nianji', 'deyu', 'banzhuren-2', 'xinli'].map(async (one) => listen(await api.as(one))),
    );
    const told = (stream: Stream | undefined) => stream?.text().includes('event: notices') ?? false;
    const { personId } = await api.as('deyu');
    await raise({ indicators: ['SUI02'] });
    await api.admin`update app.grants set ends_at = now() where person_id = ${personId}`;
    await deliverAll(api);
    await until(() => told(head) && told(counsellor));
    await pause(heartbeatMs * 2);
    const [kept] = await api.admin<{ n: number }[]>`
      select count(*)::int as n from app.notices where person_id = ${personId}`;
    expect([told(leader), told(other), kept?.n]).toEqual([false, false, expect.any(Number)]);
    await api.admin`update app.grants set ends_at = null where person_id = ${personId}`;
    for (const one of [head, leader, other, counsellor]) one?.close();
  });

  test('ends within a heartbeat of the end of its session, before it tells anything more', async () => {
    const who = await api.as('banzhuren');
    const stream = await listen(who);
    await api.admin`update app.sessions set revoked_at = now() where token_sha256 = ${sha256(who.cookie.split('=')[1] ?? '')}`;
    const id = await raise();
    await Promise.race([
      stream.ended,
      pause(heartbeatMs * 4).then(() => Promise.reject(new Error('still open'))),
    ]);
    expect(stream.text()).not.toContain(id);
    const again = await fetch(`${base}/events`, { headers: { cookie: who.cookie } });
    expect(again.status).toBe(401);
  });

  test('ends by itself, without any alert, when the session has run out', async () => {
    const who = await api.as('banzhuren');
    const stream = await listen(who);
    await api.admin`update app.sessions set expires_at = now() where token_sha256 = ${sha256(who.cookie.split('=')[1] ?? '')}`;
    await Promise.race([
      stream.ended,
      pause(heartbeatMs * 4).then(() => Promise.reject(new Error('still open'))),
    ]);
  });

  test('goes silent when the grant ends, though the session lives on', async () => {
    const who = await api.as('banzhuren');
    const stream = await listen(who);
    const before = await raise();
    await until(() => stream.ids().includes(before));
    await api.admin`update app.grants set ends_at = now() where person_id = ${who.personId}`;
    const after = await raise();
    await until(() => stream.text().endsWith(': still here\n\n'));
    expect(stream.text()).not.toContain(after);
    expect((await who.get('/session')).status).toBe(200);
    await api.admin`update app.grants set ends_at = null where person_id = ${who.personId}`;
    stream.close();
  });

  test('is no activity: neither opening it nor its heartbeats keep a session alive', async () => {
    const who = await api.as('xinli');
    const token = sha256(who.cookie.split('=')[1] ?? '');
    await api.admin`update app.sessions set last_seen_at = now() - interval '50 minutes' where token_sha256 = ${token}`;
    const seenAt = async () =>
      (
        await api.admin`select last_seen_at::text from app.sessions where token_sha256 = ${token}`
      )[0];
    const before = await seenAt();
    const stream = await listen(who);
    await until(() => stream.text().includes(': still here'));
    expect(await seenAt()).toEqual(before);
    stream.close();
  });

  test('is one of twelve at most: one more ends the oldest of the same person, and nobody else’s', async () => {
    const [who, another] = [await api.as('zixun'), await api.as('xinli')];
    const others = await listen(another);
    const streams: Stream[] = [];
    for (let opened = 0; opened < 14; opened += 1) streams.push(await listen(who));
    await Promise.all(streams.slice(0, 2).map((one) => one.ended));
    const id = await raise();
    await until(() => [others, ...streams.slice(2)].every((one) => one.ids().includes(id)));
    for (const one of [others, ...streams]) one.close();
  });

  test('whose reader left is forgotten', async () => {
    const listeners = async () =>
      Number(
        (
          await api.admin`select count(*) from pg_stat_activity where application_name = 'shaodian-live' and datname = current_database()`
        )[0]?.['count'],
      );
    const streams = await Promise.all(
      Array.from({ length: 5 }, async () => listen(await api.as('xinli'))),
    );
    for (const one of streams) one.close();
    await Promise.all(streams.map((one) => one.ended));
    // One LISTEN connection for the whole process, however many readers.
    expect(await listeners()).toBe(1);
    const stream = await listen(await api.as('xinli'));
    const id = await raise();
    await until(() => stream.ids().includes(id));
    stream.close();
  });
});
