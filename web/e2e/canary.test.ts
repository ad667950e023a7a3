import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Canaries, Searches, compile } from '@shaodian/api/testing';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchDevice } from './browser.ts';
import { signInByCard } from './visitor.ts';

const baseUrl = inject('baseUrl');
const canaries = new Canaries();
const kindness = canaries.text('words', 'kindness');
const inReport = canaries.text('words', 'words of a report');
const inEmergency = canaries.text('words', 'words of an emergency');
const withoutScripts = canaries.text('words', 'words of a form without scripts');
const control = canaries.text('control', 'written where nothing may be');

let profile: string;
/** Everything the browser asked for and said, by where it stood. */
const seen: { readonly place: string; readonly where: string; readonly text: string }[] = [];
const shown = new Map<string, string>();

beforeAll(async () => void (profile = await mkdtemp(join(tmpdir(), 'shaodian-device-'))));
afterAll(() => rm(profile, { recursive: true, force: true }));

function note(place: string, where: string, text: string): void {
  seen.push({ place, where, text });
}

/** One browser for everybody, on a device that several people use one after another. */
async function openDevice(
  javaScriptEnabled: boolean,
): Promise<{ device: BrowserContext; page: Page }> {
  const device = await launchDevice(profile, {
    baseURL: baseUrl,
    viewport: { width: 390, height: 844 },
    locale: 'zh-CN',
    javaScriptEnabled,
  });
  device.on('request', (request) => {
    note('addresses', 'request', request.url());
    // Of headers the address that one came from; bodies carry what was typed, and only there.
    note('addresses', 'referer', request.headers()['referer'] ?? '');
  });
  device.on('response', (response) =>
    note('addresses', 'location', response.headers()['location'] ?? ''),
  );
  device.on('console', (message) => note('console', 'console', message.text()));
  device.on('weberror', (error) => note('console', 'error', error.error().stack ?? ''));
  device.on('page', (page) =>
    page.on('framenavigated', (frame) => note('addresses', 'history', frame.url())),
  );
  const page = device.pages()[0] ?? (await device.newPage());
  page.on('framenavigated', (frame) => note('addresses', 'history', frame.url()));
  return { device, page };
}

/** Everything that a page of ours can keep on the device. */
async function noteStorage(device: BrowserContext, page: Page, when: string): Promise<void> {
  const kept = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const rowsOf = (name: string) =>
      new Promise<unknown>((resolve) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => {
          const database = opening.result;
          const stores = [...database.objectStoreNames];
          if (stores.length === 0) return resolve([]);
          const reading = database.transaction(stores);
          const asked = stores.map((store) => reading.objectStore(store).getAll());
          reading.oncomplete = () => resolve(asked.map((one) => one.result as unknown));
        };
        opening.onerror = () => resolve('unreadable');
      });
    const caches_ = await Promise.all(
      (await caches.keys()).map(async (name) => {
        const cache = await caches.open(name);
        const requests = await cache.keys();
        return Promise.all(
          requests.map(async (one) => [one.url, await (await cache.match(one))?.text()]),
        );
      }),
    );
    return {
      localStorage: { ...localStorage },
      sessionStorage: { ...sessionStorage },
      indexedDB: await Promise.all(databases.map((one) => rowsOf(one.name ?? ''))),
      caches: caches_,
      cookies: document.cookie,
      history: [location.href, JSON.stringify(history.state), window.name],
      workers: (await navigator.serviceWorker.getRegistrations()).length,
    };
  });
  note('storage of the browser', when, JSON.stringify(kept));
  note('cookies', when, JSON.stringify(await device.cookies()));
}

const choose = (page: Page, group: string, option: string): Promise<void> =>
  page.getByRole('group', { name: group }).getByText(option, { exact: true }).click();

async function tickSign(page: Page, domain: string, sign: RegExp): Promise<void> {
  await page.locator('summary', { hasText: domain }).click();
  await page.getByRole('checkbox', { name: sign }).check();
}

async function fillRest(page: Page, words: string): Promise<void> {
  await choose(page, '你是怎么知道的？', '亲眼看到或听到的');
  await choose(page, '从什么时候开始？', '这一周');
  await choose(page, '有多少次？', '几次');
  await page.getByLabel('想补充的话（可以不写）').fill(words);
}

const pickClassmate = (page: Page, position: number): Promise<void> =>
  page.getByRole('group', { name: '是哪位同学？' }).locator('label').nth(position).click();

async function send(page: Page): Promise<void> {
  await page.getByRole('button', { name: '看一遍再发送' }).click();
  await page.getByRole('button', { name: '发送', exact: true }).click();
  await page.waitForURL(/\/report\/sent\//);
}

async function leave(device: BrowserContext, page: Page, who: string): Promise<void> {
  await page.goto('/me');
  await noteStorage(device, page, `${who}, before signing out`);
  await page.getByRole('button', { name: '退出登录' }).click();
  await page.waitForURL(/\/sign-in/);
  await noteStorage(device, page, `${who}, signed out`);
}

async function reportAsChild(device: BrowserContext, page: Page): Promise<void> {
  await signInByCard(page, 'qinghe', 'weiyuan-a');
  const mine = (await (await page.request.get('/api/monthly-reports/mine')).json()) as {
    months: { month: string; state: string }[];
  };
  const month = mine.months.find((one) => one.state !== 'submitted')?.month;
  await page.goto(`/report/monthly/${month}`);
  await choose(page, '这个月，你留意到需要关心的同学吗？', '有，我来写（最多 5 位）');
  await pickClassmate(page, 3);
  await tickSign(page, '情绪', /两周以上/);
  await fillRest(page, inReport);
  await page.getByLabel('这个月，你看到谁做了一件温暖的事？').fill(kindness);
  await noteStorage(device, page, 'the report is being written');
  await page.getByRole('button', { name: '看一遍再发送' }).click();
  await noteStorage(device, page, 'the report is looked at once more');
  await page.getByRole('button', { name: '发送', exact: true }).click();
  await page.waitForURL(/\/report\/sent\//);

  await page.goto('/report/observation');
  await pickClassmate(page, 4);
  await tickSign(page, '想伤害自己', /说过怎么死/);
  await page.getByRole('dialog').getByRole('button', { name: '先不发，回到刚才的页面' }).click();
  await fillRest(page, inEmergency);
  await noteStorage(device, page, 'the emergency is being written');
  await send(page);
  await leave(device, page, 'the child');
}

/** What the people before left behind in the pages of this browser. */
async function goBack(device: BrowserContext, page: Page, steps: number): Promise<void> {
  for (let step = 0; step < steps; step += 1) {
    await page.goBack().catch(() => null);
    note('pages after signing out', page.url(), await page.content());
    note(
      'pages after signing out',
      'fields',
      JSON.stringify(
        await page.evaluate(() =>
          [...document.querySelectorAll('input, textarea')].map(
            (one) => (one as HTMLInputElement).value,
          ),
        ),
      ),
    );
  }
  await noteStorage(device, page, 'after going back');
}

async function readAsCounsellor(device: BrowserContext, page: Page): Promise<void> {
  await signInByCard(page, 'qinghe', 'xinli');
  const { items } = (await (await page.request.get('/api/alerts?status=open&limit=50')).json()) as {
    items: { pupil: { id: string } }[];
  };
  for (const id of new Set(items.map((one) => one.pupil.id))) {
    await page.goto(`/observe/${id}`);
    shown.set(id, (await page.locator('main').textContent()) ?? '');
  }
  await noteStorage(device, page, 'the counsellor reads');
  await leave(device, page, 'the counsellor');
}

/** The way without scripts: what was typed comes back in the page that answers. */
async function reportWithoutScripts(page: Page): Promise<void> {
  await signInByCard(page, 'qinghe', 'weiyuan-a');
  await page.goto('/report/observation');
  await page.getByLabel('想补充的话（可以不写）').fill(withoutScripts);
  await page.getByRole('button', { name: '看一遍再发送' }).click();
  await page.getByLabel('想补充的话（可以不写）').waitFor();
  shown.set('without scripts', await page.getByLabel('想补充的话（可以不写）').inputValue());
  await page.goto('/me');
  await page.getByRole('button', { name: '退出登录' }).click();
  await page.waitForURL(/\/sign-in/);
}

/** What a page of ours may never do, so that the search is known to see it. */
async function leaveControls(device: BrowserContext, page: Page): Promise<void> {
  await page.goto('/sign-in');
  await page.evaluate(async (text) => {
    localStorage.setItem('control', text);
    sessionStorage.setItem('control', text);
    history.replaceState(text, '', `?control=${encodeURIComponent(text)}`);
    console.log(text);
    await (await caches.open('control')).put('/control', new Response(text));
    await new Promise<void>((resolve) => {
      const opening = indexedDB.open('control', 1);
      opening.onupgradeneeded = () =>
        opening.result.createObjectStore('control', { autoIncrement: true });
      opening.onsuccess = () => {
        const writing = opening.result.transaction('control', 'readwrite');
        writing.objectStore('control').add(text);
        writing.oncomplete = () => resolve();
      };
    });
    await fetch(`/api/health?control=${encodeURIComponent(text)}`);
  }, control);
  await noteStorage(device, page, 'controls');
}

describe('what children write on a device that others use after them', () => {
  const searches = new Searches(compile(canaries.of('words', 'control')));
  const placesOf = (needle: string) =>
    [...searches.places.values()]
      .filter(({ hits }) => hits.some((hit) => hit.needle === needle))
      .map((one) => one.place)
      .sort();

  beforeAll(async () => {
    const { device, page } = await openDevice(true);
    await reportAsChild(device, page);
    await goBack(device, page, 6);
    await readAsCounsellor(device, page);
    await goBack(device, page, 6);
    await device.close();
    const bare = await openDevice(false);
    await reportWithoutScripts(bare.page);
    await bare.device.close();
    const last = await openDevice(true);
    await leaveControls(last.device, last.page);
    await last.device.close();

    for (const { place, where, text } of seen) searches.look(place, where, text);
    searches.look('output of the server', 'output', await readFile(inject('serverOutput')));
    await searches.lookInFolder(profile, () => 'folder of the browser');
    for (const { place, parts, bytes, hits } of searches.places.values()) {
      const words = hits.filter((one) => one.needle.startsWith('words/'));
      console.log(
        `canaries in the browser: ${place.padEnd(24)} ${parts} parts, ${bytes} bytes, ${hits.length - words.length} controls, ${words.length} hits`,
      );
    }
  });

  test('is read by the counsellor, and by the child whose browser runs no scripts', () => {
    const pages = [...shown.values()].join('\n');
    for (const words of [inReport, inEmergency, withoutScripts]) expect(pages).toContain(words);
  });

  test('is found where a page would leave it', () => {
    expect(placesOf('control/written where nothing may be (han)')).toEqual([
      'addresses',
      'console',
      'folder of the browser',
      'storage of the browser',
    ]);
  });

  test('is nowhere: not in storage, cookies, addresses, history, the console, pages gone back to, the disk, or the server’s output', () => {
    const found = [...searches.places.values()].flatMap(({ place, hits }) =>
      hits
        .filter((hit) => hit.needle.startsWith('words/'))
        .map((hit) => `${place} (${hit.where}): ${hit.needle} as ${hit.form}`),
    );
    expect(found).toEqual([]);
    expect(searches.places.get('folder of the browser')?.parts).toBeGreaterThan(5);
    expect(searches.places.get('output of the server')?.bytes).toBeGreaterThan(50);
  });
});
