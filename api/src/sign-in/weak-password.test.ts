import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startTestApi } from '../testing/index.ts';
import type { TestApi } from '../testing/index.ts';
import { refuseWeakPassword } from './refuse-weak-password.ts';

describe('a password that is easy to guess', () => {
  test.each([
    ['of the most common', 'password123', []],
    ['digits in order', '1234567890', []],
    ['a row of the keyboard', 'qwertyuiop', []],
    ['one letter', 'a'.repeat(200), []],
    ['the school and the year', 'jiangpan2026', ['jiangpan']],
    ['the account twice', 'wanglaoshiwanglaoshi', ['wanglaoshi']],
  ])('%s is refused', (_, password, words) => {
    expect(() => refuseWeakPassword(password, words)).toThrow('account.password-weak');
  });

  test.each([
    ['words that have nothing to do with each other', 'korrekt pferd batterie', []],
    ['characters by chance', 'k3$9fjQz0p', []],
    ['a sentence in Chinese', '河边的石头会唱歌吗', []],
    ['the year with a school that is not theirs', 'jiangpan2026', []],
  ])('%s is not', (_, password, words) => {
    expect(() => refuseWeakPassword(password, words)).not.toThrow();
  });
});

describe('through the API', () => {
  let api: TestApi;
  beforeAll(async () => (api = await startTestApi(inject('seededUrl'))));
  afterAll(() => api.stop());

  test('one’s own new password may not be the account’s name, and the old one stays', async () => {
    const leader = await api.as('xiaozhang');
    const answer = await leader.post('/account/password', {
      password: 'shaodian-demo',
      newPassword: 'xiaozhang1',
    });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ code: 'account.password-weak' });
    expect((await leader.get('/session')).status).toBe(200);
  });

  test('an account is not made with one', async () => {
    const admin = await api.as('admin');
    const { items } = (await (await admin.get('/accounts')).json()) as { items: unknown[] };
    const answer = await admin.post('/accounts', {
      kind: 'staff',
      name: '新老师',
      account: 'xinlaoshi',
      password: 'jiangpan2026',
      grants: [],
    });
    expect(await answer.json()).toMatchObject({ code: 'account.password-weak', status: 422 });
    const after = (await (await admin.get('/accounts')).json()) as { items: unknown[] };
    expect(after.items).toHaveLength(items.length);
  });
});
