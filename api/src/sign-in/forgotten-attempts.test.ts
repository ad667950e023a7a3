import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { demoPassword } from '../demo/cast.ts';
import { startTestApi } from '../testing/index.ts';
import type { TestApi } from '../testing/index.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
});
afterAll(() => api.stop());

const attempt = async (account: string, password: string) =>
  (await api.anonymous('POST', '/session', { school: 'jiangpan', account, password })).status;
const kept = async () =>
  api.admin<{ known: boolean; failures: number }[]>`
    select known, failures from app.sign_in_attempts order by known, failures`;

test('names that strangers made up are forgotten a quarter of an hour later, at the next sign-in of anybody', async () => {
  expect(await attempt('zixun', demoPassword)).toBe(201);
  for (const name of ['nobody-1', 'nobody-2', 'nobody-2'])
    expect(await attempt(name, 'x')).toBe(401);
  await api.admin`update app.sign_in_attempts set last_failure_at = now() - interval '14 minutes' where failures = 2`;
  await api.admin`update app.sign_in_attempts set last_failure_at = now() - interval '16 minutes' where failures < 2`;
  expect(await kept()).toHaveLength(3);
  expect(await attempt('xinli', demoPassword)).toBe(201);
  // The device of zixun is known for half a year; the guesses of 14 minutes ago still count.
  expect([...(await kept())]).toEqual([
    { known: false, failures: 2 },
    { known: true, failures: 0 },
    { known: true, failures: 0 },
  ]);
});
