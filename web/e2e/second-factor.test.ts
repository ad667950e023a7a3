import { AxeBuilder } from '@axe-core/playwright';
import { generateSync } from 'otplib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchBrowser } from './browser.ts';
import { startServerProcess } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';
import { demoPassword, desktop, phone, signInByCard, visit } from './visitor.ts';
import type { Look } from './visitor.ts';

const demoUrl = inject('baseUrl');
let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

/** What the telephone shows: another program than the one under test. */
const shownOnPhone = (secret: string, halfMinutesFromNow = 0): string =>
  generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + 30 * halfMinutesFromNow });

const press = (page: Page, name: string): Promise<void> =>
  page.locator('main').getByRole('button', { name, exact: true }).click();
const fill = (page: Page, label: string, value: string): Promise<void> =>
  page.locator('main').getByLabel(label, { exact: true }).fill(value);
const alertText = (page: Page): Promise<string | null> =>
  page.locator('main [role=alert]').textContent();
const pathOf = (page: Page): string => new URL(page.url()).pathname;

let shot = 0;
async function look(page: Page, name: string): Promise<void> {
  await page.locator('h1').first().waitFor();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((one) => `${name}: ${one.id} ${one.nodes[0]?.html}`)).toEqual([]);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - window.innerWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
  shot += 1;
  const folder = process.env['SHAODIAN_SHOTS'];
  if (folder)
    await page.screenshot({ path: `${folder}/factor-${shot}-${name}.png`, fullPage: true });
}

/** Reads the secret from the page, as a person who cannot scan, and confirms it; gives it with the recovery codes. */
async function setUp(page: Page): Promise<{ secret: string; codes: string[] }> {
  await page.getByRole('img', { name: '给验证器扫的方块' }).waitFor();
  const secret = (await page.locator('main ol code').textContent())?.replaceAll(' ', '') ?? '';
  expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  await look(page, 'square');
  await fill(page, '验证码', '000000');
  await press(page, '确认并开启');
  expect(await alertText(page)).toContain('验证码不正确');
  // What was shown is still there.
  await page.getByRole('img', { name: '给验证器扫的方块' }).waitFor();
  await fill(page, '验证码', shownOnPhone(secret));
  await press(page, '确认并开启');
  await page.getByRole('heading', { name: '保存恢复码' }).waitFor();
  const codes = await page.locator('main ol code').allTextContents();
  expect(codes).toHaveLength(10);
  await look(page, 'recovery-codes');
  return { secret, codes };
}

test('a leader turns it on, signs in with a code, then with a recovery code on a phone, and turns it off', async () => {
  const desk = await visit(browser, demoUrl, desktop);
  await signInByCard(desk.page, 'jiangpan', 'xiaozhang');
  await desk.page.goto('/me');
  await look(desk.page, 'me-off');
  await desk.page.getByRole('link', { name: '开启两步验证' }).click();
  await desk.page.waitForURL('**/me/second-factor');
  await look(desk.page, 'explained');
  await fill(desk.page, '你的密码', 'not the password');
  await press(desk.page, '开始设置');
  expect(await alertText(desk.page)).toContain('密码不正确');
  await fill(desk.page, '你的密码', demoPassword);
  await press(desk.page, '开始设置');
  const { secret, codes } = await setUp(desk.page);
  await desk.page.getByRole('link', { name: '已经保存好了，继续' }).click();
  await desk.page.getByText('还剩 10 个恢复码').waitFor();
  await look(desk.page, 'me-on');

  await press(desk.page, '退出登录');
  await desk.page.waitForURL('**/sign-in');
  await signInByCard(desk.page, 'jiangpan', 'xiaozhang');
  expect(pathOf(desk.page)).toBe('/sign-in/second-step');
  await look(desk.page, 'second-step');
  // Nothing else is open meanwhile.
  await desk.page.goto('/board');
  expect(pathOf(desk.page)).toBe('/sign-in');
  await desk.page.goto('/sign-in/second-step?next=/audit');
  await fill(desk.page, '验证码', '000000');
  await press(desk.page, '登录');
  expect(await alertText(desk.page)).toContain('验证码不正确');
  // The code of the setting up was used; the telephone shows the next one by now.
  await fill(desk.page, '验证码', shownOnPhone(secret, 1));
  await press(desk.page, '登录');
  await desk.page.waitForURL('**/audit');

  const mobile = await visit(browser, demoUrl, phone);
  await signInByCard(mobile.page, 'jiangpan', 'xiaozhang');
  await look(mobile.page, 'second-step-phone');
  const field = mobile.page.locator('main').getByLabel('验证码', { exact: true });
  expect(await field.getAttribute('autocomplete')).toBe('one-time-code');
  expect(await field.getAttribute('inputmode')).toBe('numeric');
  await mobile.page.getByRole('link', { name: '用恢复码' }).click();
  await look(mobile.page, 'recovery-phone');
  await fill(mobile.page, '恢复码', codes[0]?.toUpperCase().replaceAll('-', ' ') ?? '');
  await press(mobile.page, '登录');
  await mobile.page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
  await mobile.page.goto('/me/second-factor');
  await mobile.page.getByText('还剩 9 个恢复码').waitFor();
  await look(mobile.page, 'manage-phone');
  const off = mobile.page.locator('main form').filter({ hasText: '以后登录只要密码' });
  await off.getByLabel('你的密码').fill(demoPassword);
  await off.getByLabel('验证码').fill(codes[1] ?? '');
  await off.getByRole('button', { name: '关闭两步验证' }).click();
  await mobile.page.getByText('已关闭两步验证').waitFor();
  expect([...desk.complaints, ...mobile.complaints].filter((one) => !/ 4\d\d/.test(one))).toEqual(
    [],
  );
  await Promise.all([desk.leave(), mobile.leave()]);
});

describe('a real school', () => {
  let school: ServerProcess;
  beforeAll(async () => void (school = await startServerProcess([])));
  afterAll(() => school.stop());

  const password = 'a good password';
  async function signIn(page: Page, account: string): Promise<void> {
    await page.goto('/sign-in');
    await fill(page, '账号', account);
    await fill(page, '密码', password);
    await press(page, '登录');
  }

  test('leads its counsellor to the setting up at the first sign-in, and its administrator resets it', async () => {
    const founding = await visit(browser, school.baseUrl, desktop);
    await found(founding.page);
    await signIn(founding.page, 'guanli');
    await founding.page.waitForURL('**/roster');

    const small: Look = { ...phone };
    const lead = await visit(browser, school.baseUrl, small);
    await signIn(lead.page, 'xinli');
    await lead.page.waitForURL('**/sign-in/set-up*');
    await look(lead.page, 'set-up-phone');
    await press(lead.page, '开始设置');
    await setUp(lead.page);
    await lead.page.getByRole('link', { name: '已经保存好了，继续' }).click();
    await lead.page.waitForURL('**/alerts');

    await founding.page.goto('/accounts');
    await look(founding.page, 'accounts');
    await founding.page.getByRole('link', { name: '重置两步验证' }).click();
    await founding.page.waitForURL('**/second-factor');
    await look(founding.page, 'reset');
    await fill(founding.page, '你的密码', password);
    await press(founding.page, '确认重置');
    await founding.page.getByText('已重置').waitFor();
    await lead.page.goto('/alerts');
    expect(pathOf(lead.page)).toBe('/sign-in');
    await signIn(lead.page, 'xinli');
    await lead.page.waitForURL('**/sign-in/set-up*');
    await press(lead.page, '开始设置');
    await setUp(lead.page);
    await lead.page.goto('/notices');
    await lead.page.getByText('管理员重置了你的两步验证').first().waitFor();
    await look(lead.page, 'notice-phone');
    expect(
      [...founding.complaints, ...lead.complaints].filter((one) => !/ 4\d\d/.test(one)),
    ).toEqual([]);
    await Promise.all([founding.leave(), lead.leave()]);
  });

  async function found(page: Page): Promise<void> {
    await page.goto('/setup');
    const values = {
      'school.name': '新学校',
      'school.code': 'first',
      'administrator.name': '管理员',
      'administrator.account': 'guanli',
      'administrator.password': password,
      'lead.name': '心理老师',
      'lead.account': 'xinli',
      'lead.password': password,
    };
    for (const [name, value] of Object.entries(values))
      await page.locator(`[name="${name}"]`).fill(value);
    await press(page, '建立学校');
    await page.waitForURL('**/sign-in?ready');
  }
});
