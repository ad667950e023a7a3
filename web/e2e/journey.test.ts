import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchBrowser } from './browser.ts';
import { desktop, phone, signInByCard, visit } from './visitor.ts';
import type { Visitor } from './visitor.ts';

const baseUrl = inject('baseUrl');
let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

const choose = (page: Page, group: string, option: string): Promise<void> =>
  page.getByRole('group', { name: group }).getByText(option, { exact: true }).click();

async function tickSign(page: Page, domain: string, sign: RegExp): Promise<void> {
  await page.locator('summary', { hasText: domain }).click();
  await page.getByRole('checkbox', { name: sign }).check();
}

async function pickClassmate(page: Page, position: number): Promise<string> {
  const label = page.getByRole('group', { name: '是哪位同学？' }).locator('label').nth(position);
  const name = ((await label.textContent()) ?? '').trim();
  await label.click();
  return name;
}

async function fillRest(page: Page): Promise<void> {
  await choose(page, '你是怎么知道的？', '亲眼看到或听到的');
  await choose(page, '从什么时候开始？', '这一周');
  await choose(page, '有多少次？', '几次');
}

async function openQueue(account: string): Promise<Visitor> {
  const visitor = await visit(browser, baseUrl, desktop);
  await signInByCard(visitor.page, 'jiangpan', account);
  await visitor.page.goto('/alerts');
  await visitor.page.getByText('实时更新中').waitFor();
  return visitor;
}

/** Waits until the alert of this pupil stands on a page that nobody reloads. */
async function millisecondsUntilSeen(page: Page, name: string, since: number): Promise<number> {
  await page.getByRole('link', { name }).first().waitFor({ timeout: 30_000 });
  return Date.now() - since;
}

async function acknowledge(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name }).first().click();
  await page.getByRole('button', { name: '我来负责这一步' }).click();
  await page
    .getByText(/已确认$/)
    .first()
    .waitFor();
}

/** The bell counts, the list names nobody, and the notice leads to the alert. */
async function openNotice(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name: /提醒，\d+ 条未看/ }).click();
  await page.waitForURL(/\/notices$/);
  const notice = page.getByRole('button', { name: '有一条红色预警，请你知晓' }).first();
  await notice.waitFor();
  expect(await page.locator('main').textContent()).not.toContain(name);
  await notice.click();
  await page.waitForURL(/\/alerts\//);
  await page.getByText(name).first().waitFor();
}

const openAlertsOnBoard = async (page: Page): Promise<number> => {
  await page.goto('/board');
  return Number(
    await page
      .getByText('等待确认', { exact: true })
      .first()
      .locator('xpath=following-sibling::*[1]')
      .textContent(),
  );
};

describe('one report reaches one adult', () => {
  test('a concern of the monthly report stands on the homeroom teacher’s open page within 2 s; acknowledged, the reporter sees that an adult answered', async () => {
    const teacher = await openQueue('banzhuren');
    const other = await openQueue('banzhuren-2');
    const pupil = await visit(browser, baseUrl, phone);
    await signInByCard(pupil.page, 'jiangpan', 'weiyuan-a');
    await pupil.page.goto(`/report/monthly/${await lastMonth(pupil.page)}`);
    await choose(pupil.page, '这个月，你留意到需要关心的同学吗？', '有，我来写（最多 5 位）');
    const name = await pickClassmate(pupil.page, 15);
    await tickSign(pupil.page, '情绪', /两周以上/);
    await fillRest(pupil.page);
    await pupil.page.getByRole('button', { name: '看一遍再发送' }).click();
    await pupil.page.getByRole('button', { name: '发送', exact: true }).click();
    await pupil.page.waitForURL(/\/report\/sent\//);
    // From the answer to the reporter: the alert was committed just before.
    expect(await millisecondsUntilSeen(teacher.page, name, Date.now())).toBeLessThan(2_000);
    expect(await other.page.getByRole('link', { name }).count()).toBe(0);

    await acknowledge(teacher.page, name);
    await pupil.page.goto('/report');
    await pupil.page.getByText('有大人看到并回应了').first().waitFor();
    expect(await pupil.page.getByText(/预警|蓝色/).count()).toBe(0);
    for (const visitor of [teacher, other, pupil]) {
      expect(visitor.complaints).toEqual([]);
      await visitor.leave();
    }
  });

  test('an emergency sign reaches the person on red duty within 2 s and the leader’s board; the child reads "go now" until an adult answers', async () => {
    const leader = await visit(browser, baseUrl, desktop);
    await signInByCard(leader.page, 'jiangpan', 'deyu');
    const before = await openAlertsOnBoard(leader.page);
    const duty = await openQueue('xinli');
    const pupil = await visit(browser, baseUrl, phone);
    await signInByCard(pupil.page, 'jiangpan', 'weiyuan-b');
    await pupil.page.goto('/report/observation');
    const name = await pickClassmate(pupil.page, 18);
    await tickSign(pupil.page, '想伤害自己', /说过怎么死/);
    const panel = pupil.page.getByRole('dialog');
    await panel.getByText('120').first().waitFor();
    await panel.getByRole('button', { name: '现在就告诉值班老师' }).click();
    await pupil.page.getByText('已送达，还没有人回应——现在就去找大人').waitFor();
    expect(await millisecondsUntilSeen(duty.page, name, Date.now())).toBeLessThan(2_000);
    expect(await openAlertsOnBoard(leader.page)).toBe(before + 1);

    await openNotice(leader.page, name);
    await acknowledge(duty.page, name);
    await pupil.page.getByText('有大人看到并回应了').waitFor({ timeout: 15_000 });
    expect(await openAlertsOnBoard(leader.page)).toBe(before);
    for (const visitor of [leader, duty, pupil]) {
      expect(visitor.complaints).toEqual([]);
      await visitor.leave();
    }
  });
});

async function lastMonth(page: Page): Promise<string> {
  const mine = (await (await page.request.get('/api/monthly-reports/mine')).json()) as {
    months: { month: string; state: string }[];
  };
  return (
    mine.months.find(
      (one) => one.state !== 'submitted' && one.month < new Date().toISOString().slice(0, 7),
    )?.month ?? ''
  );
}
