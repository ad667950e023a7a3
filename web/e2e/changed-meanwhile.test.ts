import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { launchBrowser } from './browser.ts';
import { desktop, phone, signInQuietly, visit } from './visitor.ts';

const baseUrl = inject('baseUrl');
let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

const save = (page: Page): Promise<void> => page.getByRole('button', { name: '保存' }).click();

test('two administrators change one account: the second sees what the first wrote, keeps what they typed, and decides', async () => {
  const first = await visit(browser, baseUrl, desktop);
  const second = await visit(browser, baseUrl, phone);
  for (const { page } of [first, second]) {
    await signInQuietly(page.context(), baseUrl, 'qinghe', 'admin');
    await page.goto('/accounts');
    await page.getByRole('row', { name: 'banzhuren' }).getByRole('link').click();
    await page.getByLabel('职务').waitFor();
  }
  await first.page.getByLabel('职务').fill('年级组长');
  await save(first.page);
  await first.page.getByText('已保存').waitFor();

  await second.page.getByLabel('职务').fill('班主任');
  await save(second.page);
  await second.page.getByText('别人刚刚改过这个账号').waitFor();
  await second.page.getByText('职务：年级组长').waitFor();
  expect(await second.page.getByLabel('职务').inputValue()).toBe('班主任');
  await save(second.page);
  await second.page.getByText('已保存').waitFor();
  await first.page.reload();
  expect(await first.page.getByLabel('职务').inputValue()).toBe('班主任');
  // The 412 is an answer with a status, which the browser tells as an error.
  expect(second.complaints.filter((one) => !/status of 412/.test(one))).toEqual([]);
  for (const visitor of [first, second]) await visitor.leave();
});

test('one’s own account is for somebody else to change', async () => {
  const { page, leave } = await visit(browser, baseUrl, desktop);
  await signInQuietly(page.context(), baseUrl, 'qinghe', 'admin');
  await page.goto('/accounts');
  await page.getByRole('row', { name: 'admin' }).getByRole('link').click();
  await page.getByText('要由另一位管理员修改').waitFor();
  expect(await page.getByRole('button', { name: '保存' }).count()).toBe(0);
  await leave();
});
