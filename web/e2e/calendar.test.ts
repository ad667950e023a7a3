import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchBrowser } from './browser.ts';
import { desktop, phone, signInQuietly, visit } from './visitor.ts';

const baseUrl = inject('baseUrl');
let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

const cell = (page: Page, month: string, number: number) =>
  page
    .getByRole('table', { name: month })
    .getByRole('cell', { name: new RegExp(`^${number}( |$)`) });

describe('the school calendar', () => {
  test('takes a published list after a preview, and names the lines that are wrong', async () => {
    const { page, complaints, leave } = await visit(browser, baseUrl, desktop);
    await signInQuietly(page.context(), baseUrl, 'qinghe', 'xinli');
    await page.goto('/duty');
    await page.getByRole('link', { name: '校历' }).click();
    await page.getByRole('heading', { name: '校历' }).waitFor();
    await page.goto('/calendar?from=2026-01');
    await page.getByLabel('列表').fill('2026-02-30,放假\n2026-02-16,休息');
    await page.getByRole('button', { name: '预览' }).click();
    await page.getByText('第 1 行：日期不对').waitFor();
    await page.getByText('第 2 行：第二项').waitFor();
    expect(await page.getByRole('button', { name: /^导入/ }).count()).toBe(0);

    await page.getByRole('link', { name: '填入国务院办公厅公布的 2026 年安排' }).click();
    await page.waitForURL(/list=2026/);
    await page.getByRole('button', { name: '预览' }).click();
    await page.getByRole('button', { name: /^导入 \d+ 天$/ }).click();
    await page.getByText('列表已导入').waitFor();
    await page.goto('/calendar?from=2026-01');
    expect(await cell(page, '2026年2月', 16).innerText()).toContain('休');
    expect(await cell(page, '2026年2月', 28).innerText()).toContain('班');
    expect(complaints).toEqual([]);
    await leave();
  });

  test('is changed on a phone without scripts, and put back', async () => {
    const context = await browser.newContext({
      baseURL: baseUrl,
      viewport: { width: phone.width, height: 844 },
      locale: 'zh-CN',
      javaScriptEnabled: false,
    });
    await signInQuietly(context, baseUrl, 'qinghe', 'admin');
    const page = await context.newPage();
    const save = async (kind: string) => {
      await page.goto('/calendar?from=2034-05');
      const days = page.locator('form[action^="?/days"]');
      await days.getByLabel('第一天').fill('2034-05-01');
      await days.getByLabel('最后一天').fill('2034-05-03');
      await days.getByLabel('这几天').selectOption({ label: kind });
      await days.getByRole('button', { name: '保存' }).click();
      await page.getByText('校历已修改').waitFor();
    };
    await save('放假');
    expect(await cell(page, '2034年5月', 3).innerText()).toContain('休');
    await save('恢复平常');
    expect(await cell(page, '2034年5月', 3).innerText()).not.toContain('休');
    await context.close();
  });

  test('is read and not changed by a counsellor', async () => {
    const { page, leave } = await visit(browser, baseUrl, phone);
    await signInQuietly(page.context(), baseUrl, 'jiangpan', 'zixun');
    await page.goto('/calendar');
    await page.getByText('演示学期').waitFor();
    expect(await page.getByRole('button', { name: '保存' }).count()).toBe(0);
    await leave();
  });
});
