import type { Browser, BrowserContext, Page } from 'playwright-core';

export interface Look {
  readonly width: 390 | 1280;
  readonly scheme: 'light' | 'dark';
  readonly language: 'zh-CN' | 'en';
}

export const phone: Look = { width: 390, scheme: 'light', language: 'zh-CN' };
export const desktop: Look = { width: 1280, scheme: 'light', language: 'zh-CN' };

export const demoPassword = 'shaodian-demo';

export interface Visitor {
  readonly page: Page;
  /** What the browser complained about: errors of scripts, refusals of the content security policy. */
  readonly complaints: readonly string[];
  leave(): Promise<void>;
}

export async function visit(browser: Browser, baseUrl: string, look: Look): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL: baseUrl,
    viewport: { width: look.width, height: 844 },
    colorScheme: look.scheme,
    locale: look.language,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error')
      complaints.push(`${new URL(page.url()).pathname}: ${message.text()}`);
  });
  page.on('pageerror', (error) =>
    complaints.push(`${new URL(page.url()).pathname}: ${error.message}`),
  );
  return { page, complaints, leave: () => context.close() };
}

/** Signs in as a person does in the demo: one click on their card. */
export async function signInByCard(page: Page, school: string, account: string): Promise<void> {
  await page.goto('/sign-in');
  const card = page
    .locator('form')
    .filter({
      has: page.locator(`input[name=school][value=${school}]`),
    })
    .filter({ has: page.locator(`input[name=account][value=${account}]`) });
  await card.getByRole('button').click();
  await page.waitForURL((url) => url.pathname !== '/sign-in');
}

/** The same without the page, where signing in is not what is tested. */
export async function signInQuietly(
  context: BrowserContext,
  baseUrl: string,
  school: string,
  account: string,
): Promise<void> {
  const answer = await context.request.post(`${baseUrl}/api/session`, {
    data: { school, account, password: demoPassword },
  });
  if (answer.status() !== 201) throw new Error(`sign-in of ${account} answered ${answer.status()}`);
}
