import { gzipSync } from 'node:zlib';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchBrowser } from './browser.ts';
import { phone, signInQuietly, visit } from './visitor.ts';
import type { Look } from './visitor.ts';

const baseUrl = inject('baseUrl');
let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

/** Every page a running school shows, as the people who use it most. First-run set-up needs an empty installation. */
const pages: Record<string, readonly string[]> = {
  '': ['/sign-in', '/help'],
  'weiyuan-a': [
    '/report',
    '/report/monthly/:month',
    '/report/observation',
    '/report/now',
    '/report/help',
    '/report/sent/:sent',
    '/me',
    '/audit',
    '/help',
  ],
  banzhuren: [
    '/me',
    '/me/second-factor',
    '/notices',
    '/alerts',
    '/alerts/:alert',
    '/pupils',
    '/observe/:pupil',
    '/grants',
  ],
  deyu: [
    '/alerts',
    '/board',
    '/audit',
    '/erasures',
    '/grants',
    '/grants?view=decided',
    '/grants?view=held',
  ],
  xinli: [
    '/notices',
    '/alerts',
    '/alerts/:alert',
    '/clusters/:cluster',
    '/board',
    '/observe/:pupil/readers',
    '/observe/:pupil/exclusions',
    '/observe/:reporter',
    '/audit',
    '/break-glass',
    '/break-glass/:glass',
    '/grants',
    '/duty',
    '/calendar',
  ],
  // On no duty list: the reasons are closed.
  xiaozhang: ['/alerts/:listed', '/alerts/:listed/break-glass', '/drills', '/drills/:drill'],
  baohu: ['/audit', '/notices', '/break-glass', '/break-glass/:glass', '/grants'],
  // Nobody tells an administrator of an alert: the empty page.
  admin: [
    '/notices',
    '/roster',
    '/roster/:import',
    '/accounts',
    '/accounts/:account/second-factor',
    '/accounts/:account',
    '/grants',
    '/pupils',
    '/erasures?pupil=:pupil',
  ],
};

const looks: readonly Look[] = [
  { width: 390, scheme: 'light', language: 'zh-CN' },
  { width: 390, scheme: 'dark', language: 'en' },
  { width: 1280, scheme: 'light', language: 'en' },
  { width: 1280, scheme: 'dark', language: 'zh-CN' },
];

async function idOf(page: Page, path: string): Promise<string> {
  const body = (await (await page.request.get(`/api${path}`)).json()) as {
    items?: { id: string }[];
    recent?: { id: string }[];
  };
  const id = (body.items ?? body.recent ?? [])[0]?.id;
  if (!id) throw new Error(`nothing to show at ${path}`);
  return id;
}

/** The way to who reported the first thing seen about somebody with an alert. */
async function reporterOf(page: Page): Promise<string> {
  const alert = await page.request.get(`/api/alerts/${await idOf(page, '/alerts?status=open')}`);
  const { pupil } = (await alert.json()) as { pupil: { id: string } };
  return `${pupil.id}/reporter/${await idOf(page, `/observations?pupil=${pupil.id}`)}`;
}

/** Somebody's account that is not one's own. */
async function accountOf(page: Page): Promise<string> {
  const { items } = (await (await page.request.get('/api/accounts?limit=200')).json()) as {
    items: { id: string; account: string }[];
  };
  return items.find((one) => one.account === 'banzhuren')?.id ?? '';
}

/** Fills the holes of a path with something this person may see. */
async function concrete(page: Page, path: string): Promise<string> {
  const month = new Date().toISOString().slice(0, 7);
  if (path.includes(':month')) return path.replace(':month', month);
  if (path.includes(':alert'))
    return path.replace(':alert', await idOf(page, '/alerts?status=open'));
  if (path.includes(':listed')) return path.replace(':listed', await idOf(page, '/alerts?limit=1'));
  if (path.includes(':drill')) return path.replace(':drill', await idOf(page, '/drills'));
  if (path.includes(':glass')) return path.replace(':glass', await idOf(page, '/break-glass'));
  if (path.includes(':cluster')) return path.replace(':cluster', await idOf(page, '/clusters'));
  if (path.includes(':reporter')) return path.replace(':reporter', await reporterOf(page));
  if (path.includes(':pupil')) return path.replace(':pupil', await idOf(page, '/pupils?limit=1'));
  if (path.includes(':account')) return path.replace(':account', await accountOf(page));
  if (path.includes(':import')) return path.replace(':import', await idOf(page, '/roster-imports'));
  if (path.includes(':sent'))
    return path.replace(':sent', `observation/${await idOf(page, '/monthly-reports/mine')}`);
  return path;
}

async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

describe.each(Object.entries(pages))('the pages of %s', (account, paths) => {
  test.each(looks)(
    'have no accessibility violation, no sideways scroll and no complaint of the browser at %o',
    async (look) => {
      const { page, complaints, leave } = await visit(browser, baseUrl, look);
      if (account) await signInQuietly(page.context(), baseUrl, 'jiangpan', account);
      const found: string[] = [];
      for (const path of paths) {
        await page.goto(await concrete(page, path));
        await page.locator('h1').first().waitFor();
        const { violations } = await new AxeBuilder({ page })
          // No page has a frame: the other mode opens one more page for each, and brings over everything that is right.
          .setLegacyMode()
          .options({ resultTypes: ['violations'] })
          .analyze();
        found.push(
          ...violations.map((one) => `${path}: ${one.id} ${one.nodes[0]?.html.slice(0, 160)}`),
        );
        if ((await overflow(page)) > 0)
          found.push(`${path}: scrolls sideways by ${await overflow(page)} px`);
        if (process.env['SHAODIAN_SHOTS'])
          await page.screenshot({
            path: `${process.env['SHAODIAN_SHOTS']}/${account}${path.replaceAll(/[/:]/g, '_')}-${look.width}-${look.scheme}-${look.language}.png`,
            fullPage: true,
          });
      }
      expect(found).toEqual([]);
      expect(complaints).toEqual([]);
      await leave();
    },
  );
});

test('the report form ships at most 80 KB of JavaScript (gzip)', async () => {
  const { page, leave } = await visit(browser, baseUrl, phone);
  await signInQuietly(page.context(), baseUrl, 'jiangpan', 'weiyuan-a');
  const scripts = new Map<string, number>();
  page.on('response', async (response) => {
    if (response.request().resourceType() !== 'script' && !response.url().endsWith('.js')) return;
    scripts.set(response.url(), gzipSync(await response.body()).length);
  });
  await page.goto(await concrete(page, '/report/monthly/:month'), { waitUntil: 'networkidle' });
  const bytes = [...scripts.values()].reduce((sum, size) => sum + size, 0);
  console.log(`report form: ${scripts.size} scripts, ${(bytes / 1024).toFixed(1)} KB gzip`);
  expect(scripts.size).toBeGreaterThan(3);
  expect(bytes).toBeLessThanOrEqual(80 * 1024);
  await leave();
});

describe('what no page of ours would send', () => {
  test('a broken form is answered 400', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x', origin: baseUrl };
    const answer = await fetch(`${baseUrl}/sign-in`, {
      method: 'POST',
      headers,
      body: '--x broken',
    });
    expect(answer.status).toBe(400);
  });

  test('an address that climbs to another resource is not found', async () => {
    const { page, leave } = await visit(browser, baseUrl, phone);
    await signInQuietly(page.context(), baseUrl, 'jiangpan', 'banzhuren');
    for (const path of ['/alerts/..%2Fsession', '/alerts/..%2F..%2Fsign-in'])
      expect((await page.request.get(path)).status()).toBe(404);
    await leave();
  });

  test('a form from another site is refused', async () => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      origin: 'https://elsewhere.example',
    };
    const answer = await fetch(`${baseUrl}/sign-in`, {
      method: 'POST',
      headers,
      body: 'school=jiangpan',
    });
    expect(answer.status).toBe(403);
  });
});
