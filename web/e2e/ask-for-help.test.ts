import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { launchBrowser } from './browser.ts';
import { desktop, phone, signInByCard, visit } from './visitor.ts';

const baseUrl = inject('baseUrl');
let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

const asked = '他/她自己说想找人谈谈。';

/** How many of the alerts that wait for this person say that a pupil asked. */
async function askedAsSeenBy(account: string): Promise<number> {
  const { page, leave } = await visit(browser, baseUrl, desktop);
  await signInByCard(page, 'jiangpan', account);
  await page.goto('/alerts?status=open');
  const links = await page
    .locator('a[href^="/alerts/"]')
    .evaluateAll((all) => [...new Set(all.map((one) => one.getAttribute('href') ?? ''))]);
  let found = 0;
  for (const link of links) {
    await page.goto(link);
    found += await page.getByText(asked).count();
  }
  await leave();
  return found;
}

test('a member of the committee asks for a talk with one tap: the counsellor sees it, the homeroom teacher does not', async () => {
  const { page, complaints, leave } = await visit(browser, baseUrl, phone);
  await signInByCard(page, 'jiangpan', 'weiyuan-b');
  await page.getByRole('link', { name: '我想找人谈谈' }).click();
  await page.getByRole('button', { name: '我想和心理老师谈谈' }).click();
  await page.getByText('心理老师会看到', { exact: true }).waitFor();
  expect(complaints).toEqual([]);
  await leave();
  expect(await askedAsSeenBy('xinli')).toBe(1);
  expect(await askedAsSeenBy('banzhuren')).toBe(0);
});

test('what a sign depends on is asked beside it, once it is chosen', async () => {
  const { page, leave } = await visit(browser, baseUrl, phone);
  await signInByCard(page, 'jiangpan', 'weiyuan-a');
  await page.goto('/report/observation');
  await page.locator('summary', { hasText: '被欺负或欺负人' }).click();
  const question = page.getByRole('checkbox', { name: '涉及私密的照片或视频' });
  expect(await question.isVisible()).toBe(false);
  await page.getByRole('checkbox', { name: /被发隐私照片或视频/ }).check();
  await question.check();
  await leave();
});
