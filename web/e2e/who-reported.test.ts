import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchBrowser } from './browser.ts';
import { demoPassword, desktop, phone, signInQuietly, visit } from './visitor.ts';

const baseUrl = inject('baseUrl');
const reason = '需要和上报的同学核对当时的情况';
let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

interface List<Item> {
  items: Item[];
}

/** A page of something a fellow pupil reported, as this counsellor finds it. */
async function placeOfPeersReport(context: BrowserContext): Promise<string> {
  const ask = async <Answer>(path: string): Promise<Answer> =>
    (await (await context.request.get(`${baseUrl}/api${path}`)).json()) as Answer;
  const { items } = await ask<List<{ pupil: { id: string } }>>('/alerts');
  for (const { pupil } of items) {
    const found = await ask<List<{ id: string; source: string; own: boolean }>>(
      `/observations?pupil=${pupil.id}`,
    );
    const peers = found.items.find(({ source, own }) => source === 'someone_at_school' && !own);
    if (peers) return `/observe/${pupil.id}/reporter/${peers.id}`;
  }
  throw new Error('the demo has no report of a fellow pupil');
}

/** A report of a teacher at the other school. */
async function reportAtQinghe(context: BrowserContext): Promise<string> {
  await signInQuietly(context, baseUrl, 'qinghe', 'banzhuren');
  const pupils = await context.request.get(`${baseUrl}/api/pupils?limit=1`);
  const pupilId = ((await pupils.json()) as List<{ id: string }>).items[0]?.id ?? '';
  const sent = await context.request.post(`${baseUrl}/api/observations`, {
    headers: { 'idempotency-key': crypto.randomUUID() },
    data: {
      pupilId,
      indicators: [],
      veryWorried: true,
      knownBy: 'seen',
      sinceWhen: 'this_week',
      howOften: 'once',
      aboutWhom: null,
      words: '',
      observedOn: new Date().toISOString().slice(0, 10),
    },
  });
  expect(sent.status()).toBe(201);
  return `/observe/${pupilId}/reporter/${((await sent.json()) as { id: string }).id}`;
}

const ask = (page: Page): Promise<void> =>
  page.locator('main').getByRole('button', { name: '查看上报人' }).click();
const shownName = (page: Page): Promise<string | null> =>
  page.locator('.notice .name strong').textContent({ timeout: 20_000 });
const keptInBrowser = (page: Page): Promise<string> =>
  page.evaluate(() => JSON.stringify([localStorage, sessionStorage, history.state, location.href]));

describe('who reported', () => {
  test('is shown once to a counsellor who says why and gives the password again; a wrong one keeps what was typed', async () => {
    const { page, complaints, leave } = await visit(browser, baseUrl, phone);
    await signInQuietly(page.context(), baseUrl, 'jiangpan', 'xinli');
    const place = await placeOfPeersReport(page.context());
    await page.goto(place.replace(/\/reporter.*/, ''));
    await page.locator(`a[href="${place}"]`).click();
    await page.getByLabel('为什么必须知道').fill(reason);
    await ask(page);

    const dialog = page.getByRole('dialog', { name: '请再输入一次密码' });
    await dialog.getByText('核实上报内容').click();
    await dialog.getByLabel('密码').fill('not the password');
    await dialog.getByRole('button', { name: '确认并继续' }).click();
    await dialog.getByText('密码不正确').waitFor();
    expect(await dialog.getByLabel('密码').inputValue()).toBe('');
    expect(await dialog.getByLabel('核实上报内容').isChecked()).toBe(true);
    expect(await page.getByLabel('为什么必须知道').inputValue()).toBe(reason);

    await dialog.getByLabel('密码').fill(demoPassword);
    await dialog.getByLabel('密码').press('Enter');
    const name = await shownName(page);
    expect(name).toMatch(/^\p{Script=Han}{2,4}$/u);
    await page.getByText('这次查看已经记录').waitFor();
    expect(await keptInBrowser(page)).not.toContain(name);
    expect(await page.title()).not.toContain(name);
    await page.reload();
    await page.getByLabel('为什么必须知道').waitFor();
    expect(await page.locator('main').textContent()).not.toContain(name);

    await page.goto('/audit');
    await page.getByText('查看上报人').first().waitFor();
    // A refused form is an answer with a status, which the browser tells as an error: 403, then 422.
    expect(complaints.filter((one) => !/status of 4(03|22)/.test(one))).toEqual([]);
    await leave();
  });

  test('is asked in the page itself where there are no scripts', async () => {
    const context = await browser.newContext({
      baseURL: baseUrl,
      javaScriptEnabled: false,
      locale: 'zh-CN',
      viewport: { width: 390, height: 844 },
    });
    const page = await context.newPage();
    await signInQuietly(context, baseUrl, 'jiangpan', 'zixun');
    await page.goto(await placeOfPeersReport(context));
    await page.getByLabel('为什么必须知道').fill(reason);
    await ask(page);
    await page.getByText('跟进学生情况').click();
    await page.getByRole('textbox', { name: '密码' }).fill(demoPassword);
    await page.getByRole('button', { name: '确认并继续' }).click();
    expect(await shownName(page)).toMatch(/^\p{Script=Han}{2,4}$/u);
    await context.close();
  });

  test('is not there for anybody else', async () => {
    const counsellor = await visit(browser, baseUrl, desktop);
    await signInQuietly(counsellor.page.context(), baseUrl, 'jiangpan', 'xinli');
    const place = await placeOfPeersReport(counsellor.page.context());
    await counsellor.leave();
    for (const account of ['banzhuren', 'deyu', 'admin', 'weiyuan-a']) {
      const { page, leave } = await visit(browser, baseUrl, desktop);
      await signInQuietly(page.context(), baseUrl, 'jiangpan', account);
      expect((await page.goto(place))?.status(), account).toBe(404);
      await page.goto(place.replace(/\/reporter.*/, ''));
      expect(await page.getByText('查看上报人').count(), account).toBe(0);
      await leave();
    }
  });

  test('too many wrong passwords are told with the time to wait', async () => {
    // The other school, where nobody else is kept waiting by this.
    const { page, leave } = await visit(browser, baseUrl, desktop);
    const place = await reportAtQinghe(page.context());
    await signInQuietly(page.context(), baseUrl, 'qinghe', 'xinli');
    await page.goto(place);
    await page.getByLabel('为什么必须知道').fill(reason);
    await ask(page);
    const dialog = page.getByRole('dialog');
    await dialog.getByText('跟进学生情况').click();
    const told = dialog.getByText(/尝试次数过多，请稍后再试（约 \d+ 分钟后）/);
    for (let attempt = 0; attempt < 12 && (await told.count()) === 0; attempt += 1) {
      await dialog.getByLabel('密码').fill(`wrong ${attempt}`);
      const answered = page.waitForResponse((answer) => answer.request().method() === 'POST');
      await dialog.getByRole('button', { name: '确认并继续' }).click();
      await answered;
      await dialog.locator('[aria-busy]').waitFor({ state: 'detached' });
    }
    expect(await told.count()).toBe(1);
    await leave();
  });
});
