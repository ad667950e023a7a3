import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchBrowser } from './browser.ts';
import { desktop, phone, signInQuietly, visit } from './visitor.ts';

const baseUrl = inject('baseUrl');
let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

async function as(account: string, look = desktop) {
  const visitor = await visit(browser, baseUrl, look);
  await signInQuietly(visitor.page.context(), baseUrl, 'jiangpan', account);
  return visitor;
}

/** A week far ahead, that no other test plans. */
const monday = '2032-06-07';
const formOf = (page: Page, button: string) =>
  page.locator('form').filter({ has: page.getByRole('button', { name: button, exact: true }) });

describe('the duty roster', () => {
  test('is planned, covered and copied in the browser; a gap is marked with a word', async () => {
    const lead = await as('xinli');
    const { page } = lead;
    await page.goto(`/duty?week=${monday}`);
    await page.getByRole('heading', { name: '值班表' }).waitFor();
    const add = formOf(page, '加入名单');
    await add.getByLabel('名单').selectOption('counsellor');
    await add.getByLabel('教职工').selectOption({ index: 5 });
    const name =
      ((await add.getByLabel('教职工').locator('option:checked').textContent()) ?? '').split(
        ' · ',
      )[0] ?? '';
    await add.getByLabel('开始时间').fill('18:00');
    await add.getByLabel('结束时间', { exact: true }).fill('21:00');
    await add.getByRole('button', { name: '加入名单' }).click();
    await page.getByText('已加入名单').waitFor();
    await page.getByText('18:00–21:00').waitFor();

    await page.getByRole('link', { name: `调整：${name}`, exact: true }).click();
    await page.getByText('请人代班').click();
    const cover = formOf(page, '确定代班');
    await cover.getByLabel('教职工').selectOption({ index: 6 });
    await cover.getByLabel('开始时间').fill('19:00');
    await cover.getByLabel('结束时间').fill('21:00');
    await cover.getByRole('button', { name: '确定代班' }).click();
    await page.getByText('代班已安排').waitFor();
    await page.getByText(`代 ${name}`).waitFor();

    await page.getByText('照本周安排以后几周').click();
    const copy = formOf(page, '复制');
    await copy.getByLabel('周数').fill('2');
    await copy.getByRole('button', { name: '复制' }).click();
    await page.getByText('已复制 4 条').waitFor();

    expect(await page.getByText('缺人').count()).toBe(0);
    await page.locator('summary', { hasText: '登记不在校' }).click();
    const away = formOf(page, '登记');
    await away.getByLabel('教职工').selectOption({ label: '程博 · 德育主任' });
    await away.getByRole('button', { name: '登记', exact: true }).click();
    await page.getByText('已登记').waitFor();
    await page.getByText('缺人 00:00–23:59 · 在岗 2 人，需要 3 人').waitFor();
    expect(await page.getByText('缺人').count()).toBe(1);
    await page.getByRole('button', { name: '结束或取消' }).click();
    await page.getByText('已结束或取消').waitFor();
    expect(await page.getByText('缺人').count()).toBe(0);
    expect(lead.complaints).toEqual([]);
    await lead.leave();
  });

  test('says on a phone, also without scripts, what is missing ahead; a counsellor is absent in a few taps', async () => {
    const context = await browser.newContext({
      baseURL: baseUrl,
      viewport: { width: phone.width, height: 844 },
      locale: 'en',
      javaScriptEnabled: false,
    });
    await signInQuietly(context, baseUrl, 'jiangpan', 'zixun');
    const page = await context.newPage();
    await page.goto('/duty');
    await page.getByText('Gaps in the next 14 days').waitFor();
    await page.goto(`/duty?week=${monday}`);
    await page.getByText('Record an absence').click();
    const away = formOf(page, 'Record');
    await away.getByRole('button', { name: 'Record', exact: true }).click();
    await page.getByText('Recorded', { exact: true }).waitFor();
    await page.getByText('Absent 00:00–23:59').first().waitFor();
    expect(await page.getByRole('button', { name: 'Put on the list' }).count()).toBe(0);
    await context.close();
  });

  test('shows a homeroom teacher no more than their own', async () => {
    const { page, leave } = await as('banzhuren', phone);
    await page.goto('/duty');
    await page.getByText('这里是你自己的值班和不在校时间').waitFor();
    expect(await page.getByText('邓子蕊').count()).toBe(0);
    await leave();
  });
});
