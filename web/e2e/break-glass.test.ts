import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchBrowser } from './browser.ts';
import { demoPassword, desktop, phone, signInQuietly, visit } from './visitor.ts';
import type { Visitor } from './visitor.ts';

const baseUrl = inject('baseUrl');
const reason = '医院来电说学生在急诊，值班老师联系不上，要马上知道原因';
let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

async function come(account: string, look = desktop): Promise<Visitor> {
  const visitor = await visit(browser, baseUrl, look);
  await signInQuietly(visitor.page.context(), baseUrl, 'jiangpan', account);
  return visitor;
}

/** The first alert that the principal, who is on no duty list, finds; and the pupil's name. */
async function closedAlert(page: Page): Promise<{ path: string; name: string }> {
  const answer = await page.request.get('/api/alerts?limit=1');
  const { items } = (await answer.json()) as { items: { id: string; pupil: { name: string } }[] };
  const [alert] = items;
  if (!alert) throw new Error('the demo has no alert that a leader lists');
  return { path: `/alerts/${alert.id}`, name: alert.pupil.name };
}

const closed = (page: Page) => page.getByText('为什么会有这条预警对你是合上的');
const banner = (page: Page) => page.getByRole('complementary', { name: '紧急查看' });

async function fillIn(page: Page): Promise<void> {
  await page.getByText('家长、医院或救护车在等').click();
  await page.getByLabel('为什么等不及').fill(reason);
  await page.getByRole('button', { name: '打开 30 分钟' }).click();
}

// A refused form is an answer with a status, which the browser tells as an error: 403, then 422.
const unexpected = ({ complaints }: Visitor) =>
  complaints.filter((one) => !/status of 4(03|22)/.test(one));

describe('emergency access', () => {
  test('opens the reasons of one alert to a leader who says why and gives the password; the banner goes along, and closing closes', async () => {
    const leader = await come('xiaozhang', phone);
    const { page } = leader;
    const { path, name } = await closedAlert(page);
    await page.goto(path);
    await closed(page).waitFor();
    await page.getByRole('link', { name: '紧急查看原因' }).click();
    await page.waitForURL(/\/break-glass$/);
    await fillIn(page);
    const dialog = page.getByRole('dialog', { name: '请再输入一次密码' });
    await dialog.getByLabel('密码').fill('not the password');
    await dialog.getByRole('button', { name: '确认并继续' }).click();
    await dialog.getByText('密码不正确').waitFor();
    expect(await page.getByLabel('为什么等不及').inputValue()).toBe(reason);
    await dialog.getByLabel('密码').fill(demoPassword);
    await dialog.getByLabel('密码').press('Enter');

    await page.waitForURL(new RegExp(`${path}$`));
    await banner(page).getByText(name).waitFor();
    expect(await banner(page).textContent()).toMatch(/还剩 (30|29|28) 分钟/);
    expect(await closed(page).count()).toBe(0);
    await page.getByText('你打开了这位同学的紧急查看').waitFor();
    for (const elsewhere of ['/board', '/help', '/me']) {
      await page.goto(elsewhere);
      await banner(page).getByText(name).waitFor();
    }
    await page.goto(path);
    await banner(page).getByRole('button', { name: '现在合上' }).click();
    await closed(page).waitFor();
    expect(await banner(page).count()).toBe(0);
    expect(page.url()).toMatch(new RegExp(`${path}$`));
    expect(unexpected(leader)).toEqual([]);
    await leader.leave();
  });

  test('is told at once to the lead counsellor, who reads the reason and says whether it was right; the officer sees no name', async () => {
    const lead = await come('xinli');
    const { page } = lead;
    await page.goto('/notices');
    await page.getByRole('button', { name: '有人使用了紧急查看，请你复核' }).first().click();
    await page.waitForURL(/\/break-glass\/[0-9a-f-]{36}$/);
    await page.getByText(reason).waitFor();
    await page.getByText('等待复核').first().waitFor();
    await page.getByText('应该打开', { exact: true }).click();
    await page.getByLabel('补充说明（可以不写）').fill('和急诊核对过，属实');
    await page.getByRole('button', { name: '提交复核' }).click();
    await page.getByText('复核已记录').waitFor();
    await page.getByText('和急诊核对过，属实').waitFor();
    const name = await page.locator('dd').nth(1).textContent();
    expect(name).toMatch(/^\p{Script=Han}{2,4}$/u);
    const glass = new URL(page.url()).pathname;
    expect(unexpected(lead)).toEqual([]);
    await lead.leave();

    const officer = await come('baohu');
    await officer.page.goto('/break-glass?state=reviewed');
    await officer.page.locator(`a[href="${glass}"]`).click();
    await officer.page.getByText(reason).waitFor();
    expect(await officer.page.locator('main').textContent()).not.toContain(name);
    expect(unexpected(officer)).toEqual([]);
    await officer.leave();
  });

  test('works without scripts', async () => {
    const context = await browser.newContext({
      baseURL: baseUrl,
      javaScriptEnabled: false,
      locale: 'zh-CN',
      viewport: { width: 390, height: 844 },
    });
    const page = await context.newPage();
    await signInQuietly(context, baseUrl, 'jiangpan', 'xiaozhang');
    const { path, name } = await closedAlert(page);
    await page.goto(`${path}/break-glass`);
    await fillIn(page);
    await page.getByRole('textbox', { name: '密码' }).fill(demoPassword);
    await page.getByRole('button', { name: '确认并继续' }).click();
    await banner(page).getByText(name).waitFor();
    await banner(page).getByRole('button', { name: '现在合上' }).click();
    await closed(page).waitFor();
    await context.close();
  });

  test('is offered to nobody else, nor its reviews shown', async () => {
    const leader = await come('xiaozhang');
    const { path } = await closedAlert(leader.page);
    expect((await leader.page.goto('/break-glass'))?.status()).toBe(403);
    await leader.leave();
    const counsellor = await come('zixun');
    // Nothing is closed to a counsellor: back to the alert.
    await counsellor.page.goto(`${path}/break-glass`);
    expect(new URL(counsellor.page.url()).pathname).toBe(path);
    expect(await counsellor.page.getByText('紧急查看').count()).toBe(0);
    await counsellor.leave();
    for (const account of ['banzhuren-2', 'admin', 'weiyuan-a']) {
      const { page, leave } = await come(account);
      expect((await page.goto(`${path}/break-glass`))?.status(), account).toBe(404);
      await leave();
    }
  });
});
