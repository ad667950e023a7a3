import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { launchBrowser } from './browser.ts';
import { demoPassword, desktop, phone, signInQuietly, visit } from './visitor.ts';
import type { Visitor } from './visitor.ts';

const baseUrl = inject('baseUrl');
const changedPassword = '春眠不觉晓处处闻啼鸟';
let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

async function change(visitor: Visitor, now: string, next: string, again = next): Promise<void> {
  const { page } = visitor;
  await page.getByLabel('现在的密码').fill(now);
  await page.getByLabel('新密码', { exact: true }).fill(next);
  await page.getByLabel('再输入一次新密码').fill(again);
  await page.getByRole('button', { name: '修改密码' }).click();
}

test('a person changes their own password: refused clearly, then every device signs in anew', async () => {
  const here = await visit(browser, baseUrl, phone);
  const elsewhere = await visit(browser, baseUrl, desktop);
  for (const { page } of [here, elsewhere])
    await signInQuietly(page.context(), baseUrl, 'qinghe', 'banzhuren');
  await here.page.goto('/me');

  await change(here, demoPassword, changedPassword, `${changedPassword}。`);
  await here.page.getByText('两次输入的新密码不一样').first().waitFor();
  await change(here, 'not the password', changedPassword);
  await here.page.getByText('密码不正确').waitFor();
  await here.page.evaluate(() => {
    for (const field of document.querySelectorAll('[minlength]'))
      field.removeAttribute('minlength');
  });
  await change(here, demoPassword, 'short');
  await here.page.getByText('没有填，或者太短了').waitFor();

  await change(here, demoPassword, changedPassword);
  await here.page.waitForURL(/\/sign-in\?changed$/);
  await here.page.getByText('密码已经修改，请用新密码登录').waitFor();
  await elsewhere.page.goto('/me');
  expect(new URL(elsewhere.page.url()).pathname).toBe('/sign-in');

  await here.page.getByLabel('学校').selectOption('qinghe');
  await here.page.getByLabel('账号').fill('banzhuren');
  await here.page.getByLabel('密码').fill(changedPassword);
  await here.page.getByRole('button', { name: '登录', exact: true }).click();
  await here.page.waitForURL(/\/alerts$/);
  // Back to the password that the demo shows, for whoever comes next.
  await here.page.goto('/me');
  await change(here, changedPassword, demoPassword);
  await here.page.waitForURL(/\/sign-in\?changed$/);
  // A refused form is an answer with a status, which the browser tells as an error.
  expect(here.complaints.filter((one) => !/status of 422/.test(one))).toEqual([]);
  for (const visitor of [here, elsewhere]) await visitor.leave();
});
