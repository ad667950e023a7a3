import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { launchBrowser } from './browser.ts';
import { desktop, phone, signInQuietly, visit } from './visitor.ts';
import type { Visitor } from './visitor.ts';

const baseUrl = inject('baseUrl');
let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

async function come(account: string, look = desktop): Promise<Visitor> {
  const visitor = await visit(browser, baseUrl, look);
  await signInQuietly(visitor.page.context(), baseUrl, 'jiangpan', account);
  return visitor;
}

const post = async (page: Page, path: string, data: object) => {
  const headers = { origin: baseUrl, 'idempotency-key': crypto.randomUUID() };
  const answer = await page.request.post(`/api${path}`, { data, headers });
  expect(answer.status()).toBe(201);
};

/** An orange alert about somebody of whom there is none yet. */
async function raise(lead: Page): Promise<string> {
  const list = async (path: string) =>
    ((await (await lead.request.get(`/api${path}`)).json()) as { items: { id: string }[] }).items;
  const known = new Set(
    ((await list('/alerts?limit=100')) as { id: string; pupil?: { id: string } }[]).map(
      ({ pupil }) => pupil?.id,
    ),
  );
  const pupil = (await list('/pupils?limit=100')).findLast(({ id }) => !known.has(id))?.id ?? '';
  await post(lead, '/observations', {
    pupilId: pupil,
    indicators: ['SUI07'],
    veryWorried: false,
    knownBy: 'seen',
    sinceWhen: 'this_week',
    howOften: 'several',
    aboutWhom: null,
    words: '',
    observedOn: new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10),
  });
  const alerts = (await list('/alerts?limit=100')) as { id: string; pupil?: { id: string } }[];
  return alerts.find((one) => one.pupil?.id === pupil)?.id ?? '';
}

test('an orange alert is closed by two people: one gives the reason, another qualified one agrees on a phone', async () => {
  const lead = await come('xinli');
  const id = await raise(lead.page);
  await post(lead.page, `/alerts/${id}/acknowledgement`, { nextStep: 'talk_today', note: '' });
  await lead.page.goto(`/alerts/${id}`);
  await lead.page.getByText('结束、降级', { exact: true }).click();
  await lead.page.getByText('结束这条预警').click();
  await lead.page.getByLabel('结果').selectOption('not_confirmed');
  await lead.page.getByLabel('理由').fill('和本人、同桌、班主任都谈过，是误会。');
  await lead.page.getByLabel('出现什么情况要重新提高').fill('再有人听到类似的话，马上提高。');
  await lead.page.getByRole('button', { name: '提交，请第二人决定' }).click();
  await lead.page.getByText('已提交，等第二人决定。').waitFor();
  expect(await lead.page.getByRole('button', { name: '同意' }).count()).toBe(0);

  const second = await come('zixun', phone);
  await expect
    .poll(
      async () => {
        await second.page.goto('/notices');
        return second.page.getByText('预警有一项决定等你做第二人').count();
      },
      { timeout: 15_000 },
    )
    .toBeGreaterThan(0);
  await second.page.getByText('预警有一项决定等你做第二人').first().click();
  await second.page.waitForURL(new RegExp(id));
  await second.page.getByText('和本人、同桌、班主任都谈过，是误会。').waitFor();
  if (process.env['SHOTS'])
    await second.page.screenshot({ path: '/tmp/second-phone.png', fullPage: true });
  await second.page.getByRole('button', { name: '同意', exact: true }).click();
  await second.page.getByText('已结束：核实后不是所担心的情况').waitFor();
  await lead.page.reload();
  await lead.page.getByText('已生效').first().waitFor();
  if (process.env['SHOTS'])
    await lead.page.screenshot({ path: '/tmp/closed-desktop.png', fullPage: true });
  for (const visitor of [lead, second]) {
    expect(visitor.complaints).toEqual([]);
    await visitor.leave();
  }
});
