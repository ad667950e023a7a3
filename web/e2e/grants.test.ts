import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchBrowser } from './browser.ts';
import { demoPassword, desktop, phone, signInQuietly, visit } from './visitor.ts';

const baseUrl = inject('baseUrl');
let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

const someone = { name: '许双人', account: 'xu-shuangren', password: 'a good password' };

async function as(account: string, look = desktop) {
  const visitor = await visit(browser, baseUrl, look);
  await signInQuietly(visitor.page.context(), baseUrl, 'jiangpan', account);
  return visitor;
}

async function signInWithPassword(page: Page): Promise<void> {
  const { account, password } = someone;
  const answer = await page.context().request.post(`${baseUrl}/api/session`, {
    data: { school: 'jiangpan', account, password },
  });
  expect(answer.status()).toBe(201);
}

describe('a role takes two people', () => {
  test('an administrator makes an account that sees nothing; a leader approves with the password; ended, it is out', async () => {
    const admin = await as('admin');
    await admin.page.goto('/accounts');
    await admin.page.getByLabel('姓名').fill(someone.name);
    await admin.page.getByLabel('账号', { exact: true }).fill(someone.account);
    await admin.page.getByLabel('初始密码').fill(someone.password);
    await admin.page.getByLabel('身份').selectOption('counsellor');
    await admin.page.getByRole('button', { name: '建立账号' }).click();
    await admin.page.getByText('身份等学校领导批准').waitFor();
    await admin.page.getByText('等待批准：心理教师').first().waitFor();

    const newcomer = await visit(browser, baseUrl, phone);
    await signInWithPassword(newcomer.page);
    await newcomer.page.goto('/');
    await newcomer.page.getByText('你的身份正在等待批准').waitFor();
    expect(await newcomer.page.getByRole('link', { name: '预警' }).count()).toBe(0);

    const leader = await as('xiaozhang', phone);
    await leader.page.goto('/grants');
    await leader.page.getByRole('checkbox', { name: `选择：${someone.name}` }).check();
    await leader.page.getByRole('button', { name: '批准所选', exact: true }).click();
    const dialog = leader.page.getByRole('dialog');
    await dialog.getByLabel('密码').fill(demoPassword);
    await dialog.getByRole('button', { name: '确认并继续' }).click();
    await leader.page.getByText('已批准，立即生效').waitFor();

    await newcomer.page.goto('/');
    await newcomer.page.waitForURL(/\/alerts$/);

    await admin.page.goto('/grants?view=held');
    const button = () => admin.page.getByRole('button', { name: new RegExp(someone.name) });
    while ((await button().count()) === 0) {
      const next = await admin.page.getByRole('link', { name: '下一页' }).getAttribute('href');
      await admin.page.goto(`/grants${next}`);
    }
    await button().click();
    await admin.page.getByRole('dialog').getByLabel('原因').selectOption('mistake');
    await admin.page.getByRole('dialog').getByRole('button', { name: '结束' }).click();
    await admin.page.getByText('已经结束', { exact: true }).waitFor();
    await newcomer.page.goto('/alerts');
    await newcomer.page.waitForURL(/\/sign-in/);
    // The browser names the answer that asked for the password.
    expect(leader.complaints).toEqual([expect.stringMatching(/^\/grants: .* 403 /)]);
    for (const one of [admin, newcomer]) expect(one.complaints).toEqual([]);
    for (const one of [admin, newcomer, leader]) await one.leave();
  });

  test('a homeroom teacher proposes a committee member of the own class and reads what became of it', async () => {
    const teacher = await as('banzhuren', phone);
    await teacher.page.goto('/grants', { waitUntil: 'networkidle' });
    await teacher.page.getByLabel('同学').selectOption({ index: 7 });
    await teacher.page.getByRole('button', { name: '提交提议' }).click();
    await teacher.page.getByText('已提交，等另一位负责人批准').waitFor();
    await teacher.page.getByText('等心理教师负责人批准').first().waitFor();
    const lead = await as('xinli');
    await lead.page.goto('/grants');
    await lead.page
      .getByRole('checkbox', { name: /^选择：/ })
      .first()
      .check();
    await lead.page.getByRole('button', { name: '不批准所选' }).click();
    await lead.page.getByText('已退回，没有生效').waitFor();
    await teacher.page.goto('/grants?view=decided');
    await teacher.page
      .getByText(/没有批准$/)
      .first()
      .waitFor();
    for (const one of [teacher, lead]) {
      expect(one.complaints).toEqual([]);
      await one.leave();
    }
  });
});
