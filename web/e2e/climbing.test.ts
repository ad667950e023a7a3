import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Server } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEnvironment, startApi } from '@shaodian/api';
import type { RunningApi } from '@shaodian/api';
import { startPeers } from '@shaodian/api/testing';
import type { Peers } from '@shaodian/api/testing';
import { createWebServer, listen } from '../server.ts';
import { launchBrowser } from './browser.ts';
import { desktop, phone, signInByCard, visit } from './visitor.ts';
import type { Visitor } from './visitor.ts';

/** The whole program in this process, with a domain clock that the test moves, and an outside world that checks what it is sent. */
let now = new Date();
let api: RunningApi;
let peers: Peers;
let server: Server;
let baseUrl: string;
let folder: string;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shaodian-climb-'));
  await chmod(folder, 0o755);
  peers = await startPeers();
  const environment = readEnvironment({
    SHAODIAN_DATA: folder,
    SHAODIAN_PRIVATE_CHANNELS: '1',
    LOG_LEVEL: 'silent',
  });
  api = await startApi(environment, 'demo', { fresh: false, now: () => now });
  process.env['PROTOCOL_HEADER'] = 'x-forwarded-proto';
  const { handler } = (await import(
    /* @vite-ignore */ new URL('../build/handler.js', import.meta.url).href
  )) as { handler: never };
  server = createWebServer({
    apiFetch: api.app.fetch,
    log: api.log,
    pages: handler,
    trustProxy: false,
  });
  baseUrl = `http://localhost:${await listen(server, 0)}`;
  browser = await launchBrowser();
  await setUpChannels();
}, 240_000);
afterAll(async () => {
  await browser.close();
  server.closeAllConnections();
  server.close();
  await api.stop();
  await peers.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function until<T>(find: () => T | undefined | false, what: string): Promise<T> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const found = find();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not within 30 s: ${what}`);
}

const letterTo = (address: string, after = 0) =>
  until(
    () => peers.mail.letters.slice(after).find(({ to }) => to.includes(address)),
    `a letter to ${address}`,
  );
const callTo = (number: string, after = 0) =>
  until(
    () =>
      peers.http.received
        .slice(after)
        .find(({ kind, body }) => kind === 'ringing' && body.includes(number)),
    `a call to ${number}`,
  );

const signedIn = async (account: string, look = desktop): Promise<Visitor> => {
  const visitor = await visit(browser, baseUrl, look);
  await signInByCard(visitor.page, 'jiangpan', account);
  return visitor;
};

/** As the administrator does it: one form for each kind. */
async function addChannel(page: Page, kind: keyof Peers['configs']): Promise<void> {
  await page.goto(`/channels?add=${kind}`);
  const config = peers.configs[kind] as Record<string, string | number>;
  for (const [field, value] of Object.entries(config)) {
    const input = page.locator(`#add [name="${field}"]`);
    if (field === 'kind' || value === '') continue;
    if ((await input.evaluate((element) => element.tagName)) === 'SELECT')
      await input.selectOption(String(value));
    else await input.fill(String(value));
  }
  await page.getByRole('button', { name: '保存通道' }).click();
  await page.getByText('已保存').waitFor();
}

async function giveAddress(account: string): Promise<void> {
  const { page, leave } = await signedIn(account);
  await page.goto('/me');
  const form = page.locator('form', { has: page.locator('input[name=kind][value=email]') });
  await form.locator('input[name=address]').fill(`${account}@school.example`);
  await form.getByRole('button').click();
  await page.getByText('验证码已发出').waitFor();
  await leave();
}

/** The administrator sets up a channel of each kind, and six people say where they are reached. */
async function setUpChannels(): Promise<void> {
  const admin = await signedIn('admin');
  for (const kind of ['email', 'ringing', 'wecom', 'dingtalk', 'feishu', 'webhook'] as const)
    await addChannel(admin.page, kind);
  expect(admin.complaints).toEqual([]);
  await admin.leave();
  for (const account of ['banzhuren', 'nianji', 'xinli', 'zixun', 'deyu', 'xiaozhang'])
    await giveAddress(account);
  peers.mail.letters.length = 0;
  peers.http.received.length = 0;
}

/** A concern of one classmate, as a committee member reports it. Returns who it is about. */
async function report(): Promise<string> {
  const { page, leave } = await signedIn('weiyuan-b', phone);
  await page.goto('/report/observation');
  const label = page.getByRole('group', { name: '是哪位同学？' }).locator('label').nth(22);
  const name = ((await label.textContent()) ?? '').trim();
  await label.click();
  await page.locator('summary', { hasText: '情绪' }).click();
  await page.getByRole('checkbox', { name: /两周以上/ }).check();
  for (const [group, option] of [
    ['你是怎么知道的？', '亲眼看到或听到的'],
    ['从什么时候开始？', '这一周'],
    ['有多少次？', '几次'],
  ] as const)
    await page.getByRole('group', { name: group }).getByText(option, { exact: true }).click();
  await page.getByRole('button', { name: '看一遍再发送' }).click();
  await page.getByRole('button', { name: '发送', exact: true }).click();
  await page.waitForURL(/\/report\/sent\//);
  await leave();
  return name;
}

/** Whom a step is for was told of it, inside and outside in one: only then does the clock move on. */
const isTold = (page: Page, path: string) =>
  expect
    .poll(
      async () => {
        const answer = await page.request.get('/api/notices?limit=20');
        const { items } = (await answer.json()) as {
          items: { kind: string; alert: { id: string } | null }[];
        };
        return items.some(
          ({ kind, alert }) => kind === 'alert_to_acknowledge' && path.endsWith(alert?.id ?? '-'),
        );
      },
      { timeout: 30_000 },
    )
    .toBe(true);

/** When the clock of the alert runs out, as the page of somebody who sees it says. */
async function dueAt(page: Page, path: string): Promise<Date> {
  await page.goto(path);
  return new Date(
    (await page.locator('.clock time').first().getAttribute('datetime')) ?? Number.NaN,
  );
}

describe('nobody answers', () => {
  test('the alert climbs by the clock from the homeroom teacher to the grade head, the school and the contact outside; each is told, with nobody named', async () => {
    const name = await report();
    const teacher = await signedIn('banzhuren');
    await teacher.page.getByRole('link', { name }).first().click();
    await teacher.page.waitForURL(/\/alerts\//);
    const path = new URL(teacher.page.url()).pathname;
    await teacher.page.getByText('由你负责').waitFor();

    // The outside world is not at its best: each of these is tried again or replaced.
    peers.http.misbehave('wecom', 'throttle');
    peers.http.misbehave('dingtalk', 'error-in-body');
    peers.http.misbehave('feishu', 'drop');
    peers.http.misbehave('webhook', 'hang');

    await isTold(teacher.page, path);
    const head = await signedIn('nianji');
    now = new Date((await dueAt(teacher.page, path)).getTime() + 1_000);
    await head.page.goto(path);
    await expect
      .poll(async () => (await head.page.reload(), head.page.getByText('由你负责').count()), {
        timeout: 30_000,
      })
      .toBe(1);
    await isTold(head.page, path);
    // What is said of a blue alert waits for the digest.
    now = new Date((await dueAt(head.page, path)).getTime() + 1_000);
    const lead = await signedIn('xinli');
    await expect
      .poll(
        async () => {
          await lead.page.goto(path);
          return lead.page.getByText('由你负责').count();
        },
        { timeout: 30_000 },
      )
      .toBe(1);
    await isTold(lead.page, path);
    // Along the list of the school, a step for each time the clock runs out, and out of it.
    for (let step = 0; step < 8; step += 1) {
      now = new Date((await dueAt(lead.page, path)).getTime() + 1_000);
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      await lead.page.goto(path);
      if ((await lead.page.getByText('校内无人应答').count()) > 0) break;
    }
    await lead.page.getByText('校内无人应答').waitFor();
    for (const account of ['banzhuren', 'nianji', 'xinli'])
      await letterTo(`${account}@school.example`);
    await letterTo('duty@jiangpan-edu.example');
    await callTo('8000-9100');

    await lead.page.goto(path);
    await lead.page.getByRole('button', { name: '我来负责这一步' }).click();
    await lead.page
      .getByText(/已确认$/)
      .first()
      .waitFor();
    await lead.page.getByText('程序外面通知了谁').waitFor();
    const told = peers.mail.letters.length + peers.http.received.length;
    now = new Date(now.getTime() + 3_600_000);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const asked = [
      ...peers.mail.letters.map(({ raw }) => raw),
      ...peers.http.received.map(({ body }) => body),
    ].slice(told);
    expect(asked.filter((text) => text.includes('awaits') || text.includes('等您确认'))).toEqual(
      [],
    );

    const everything = [
      ...peers.mail.letters.map(({ raw }) => decoded(raw)),
      ...peers.http.received.map(({ body }) => body),
    ];
    expect(everything.length).toBeGreaterThan(3);
    for (const text of everything)
      for (const secret of [name, '七(1)班', '七年级', '两周以上', 'weiyuan'])
        expect(text).not.toContain(secret);
    expect(peers.http.refused.filter((one) => one.endsWith('signature'))).toEqual([]);
    for (const visitor of [teacher, head, lead]) {
      expect(visitor.complaints).toEqual([]);
      await visitor.leave();
    }
  }, 240_000);
});

describe('a drill', () => {
  test('runs through everybody on the red list and prints who was told when, and who answered', async () => {
    const [letters, calls] = [peers.mail.letters.length, peers.http.received.length];
    const leader = await signedIn('xiaozhang');
    await leader.page.goto('/duty');
    await leader.page.getByRole('link', { name: '红色预警演练' }).click();
    await leader.page.getByText('5 人中 4 人应答').waitFor();
    await leader.page.getByText('1 分钟', { exact: true }).click();
    await leader.page.getByRole('button', { name: '现在开始' }).click();
    await leader.page.waitForURL(/\/drills\/[0-9a-f-]+/);
    const path = new URL(leader.page.url()).pathname;

    // The first follows the link of the letter, on a phone.
    const { raw } = await letterTo('xinli@school.example', letters);
    // Long lines are broken on the way (quoted-printable).
    const letter = decoded(raw).replaceAll('=\r\n', '');
    const link = /\/m\/[0-9a-f-]+/.exec(letter)?.[0] ?? '';
    const first = await signedIn('xinli', phone);
    await first.page.goto(link);
    expect(new URL(first.page.url()).pathname).toBe(path);
    now = new Date(now.getTime() + 25_000);
    await first.page.getByRole('button', { name: '我收到了' }).click();
    await first.page.getByText(/您在 .* 应答/).waitFor();

    const isOver = async () => {
      await leader.page.goto(path);
      return (await leader.page.getByText('已完成').count()) > 0;
    };
    for (let minutes = 1; minutes <= 12 && !(await isOver()); minutes += 1) {
      now = new Date(now.getTime() + 60_000);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    }
    await letterTo('deyu@school.example', letters);
    await expect
      .poll(async () => (await leader.page.reload(), leader.page.getByText('已发出').count()), {
        timeout: 30_000,
      })
      .toBeGreaterThan(2);
    const rows = leader.page.getByRole('row');
    expect(await rows.nth(1).textContent()).toMatch(/1.*\d\d:\d\d:\d\d.*邮件 已确认.*25 秒后/s);
    expect(await rows.nth(2).textContent()).toMatch(/2.*还没有应答/s);
    await leader.page.getByText(/人中 1 人应答/).waitFor();
    await leader.page.getByText(/没有应答：/).waitFor();
    const said = [
      ...peers.mail.letters.slice(letters).map(({ raw }) => decoded(raw)),
      ...peers.http.received.slice(calls).map(({ body }) => body),
    ];
    expect(said.length).toBeGreaterThan(3);
    for (const visitor of [leader, first]) {
      expect(visitor.complaints).toEqual([]);
      await visitor.leave();
    }
  }, 120_000);
});

const decoded = (raw: string): string => {
  const [, body = ''] = raw.split('\r\n\r\n');
  return /base64/i.test(raw) ? `${raw}${Buffer.from(body, 'base64').toString('utf8')}` : raw;
};
