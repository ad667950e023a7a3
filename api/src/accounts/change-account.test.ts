import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';

interface Account {
  readonly id: string;
  readonly account: string;
  readonly title: string | null;
  readonly disabled: boolean;
  readonly version: number;
}

let api: TestApi;
let admin: Requester;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
  admin = await api.as('admin');
});
afterAll(() => api.stop());

async function accountOf(name: string): Promise<Account> {
  const { items } = (await (await admin.get('/accounts?limit=200')).json()) as { items: Account[] };
  return items.find((one) => one.account === name) ?? expect.unreachable(`${name} has an account`);
}
const change = (who: Requester, account: Account, changes: object, version?: string) =>
  who.patch(
    `/accounts/${account.id}`,
    { title: account.title, disabled: account.disabled, ...changes },
    version === '' ? {} : { 'if-match': version ?? `"${account.version}"` },
  );
const codeOf = async (answer: Response) =>
  [answer.status, ((await answer.json()) as { code: string }).code] as const;

describe('an account', () => {
  test('is changed in the version that was read, and has the next one afterwards', async () => {
    const before = await accountOf('nianji');
    const read = await admin.get(`/accounts/${before.id}`);
    expect(await read.json()).toEqual(before);
    expect(read.headers.get('etag')).toBe(`"${before.version}"`);
    const answer = await change(admin, before, { title: '年级组长' });
    const after = { ...before, title: '年级组长', version: before.version + 1 };
    expect([answer.status, await answer.json()]).toEqual([200, after]);
    expect(answer.headers.get('etag')).toBe(`"${after.version}"`);
    expect(await accountOf('nianji')).toEqual(after);
    const [entry] = await api.admin`
      select action, resource, person_id from app.audit_entries where action = 'account.changed' order by seq desc limit 1`;
    expect(entry).toEqual({
      action: 'account.changed',
      resource: `account:${before.id}`,
      person_id: admin.personId,
    });
  });

  test('that somebody else changed meanwhile is not overwritten: 412, with the account as it is now', async () => {
    const before = await accountOf('zixun');
    expect((await change(admin, before, { title: '专职心理教师' })).status).toBe(200);
    const now = await accountOf('zixun');
    for (const version of [
      `"${before.version}"`,
      '"999999999"',
      'x',
      `W/"${now.version}"`,
      '"1", "2"',
    ]) {
      const late = await change(admin, before, { title: '另一个' }, version);
      expect(await late.json()).toMatchObject({ code: 'request.version-old', current: now });
      expect(late.status).toBe(412);
    }
    expect(await accountOf('zixun')).toEqual(now);
  });

  test('is changed by nobody who has not read it: 428 without a version, and for any version', async () => {
    const account = await accountOf('zixun');
    for (const version of ['', '*'])
      expect(await codeOf(await change(admin, account, {}, version))).toEqual([
        428,
        'request.version-missing',
      ]);
  });

  test('of two changes at once takes one', async () => {
    const account = await accountOf('xiaozhang');
    const titles = ['甲', '乙', '丙', '丁'];
    const answers = await Promise.all(titles.map((title) => change(admin, account, { title })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    expect((await accountOf('xiaozhang')).version).toBe(account.version + 1);
  });

  test('that is disabled ends its sessions at once, and stays without them when it is enabled again', async () => {
    const account = await accountOf('banzhuren-2');
    const teacher = await api.as('banzhuren-2');
    expect((await teacher.get('/session')).status).toBe(200);
    const disabled = await change(admin, account, { disabled: true });
    expect((await teacher.get('/session')).status).toBe(401);
    const enabled = await change(admin, (await disabled.json()) as Account, { disabled: false });
    expect(enabled.status).toBe(200);
    expect((await teacher.get('/session')).status).toBe(401);
  });

  test('is nobody’s own to change, and only an administrator’s; what is not there is not found', async () => {
    const own = await accountOf('admin');
    expect(await codeOf(await change(admin, own, { disabled: true }))).toEqual([
      403,
      'action.not-allowed',
    ]);
    const account = await accountOf('zixun');
    for (const name of ['deyu', 'xinli', 'baohu', 'weiyuan-a'])
      expect(await codeOf(await change(await api.as(name), account, {}))).toEqual([
        403,
        'action.not-allowed',
      ]);
    const elsewhere = await api.as('admin', 'qinghe');
    expect((await change(elsewhere, account, {})).status).toBe(404);
    expect((await change(admin, { ...account, id: randomUUID() }, {})).status).toBe(404);
  });

  test('of a pupil has no title, and that of staff has one', async () => {
    const pupil = await accountOf('weiyuan-b');
    expect(pupil.title).toBeNull();
    const teacher = await accountOf('banzhuren');
    for (const [account, title] of [
      [pupil, '班长'],
      [teacher, null],
    ] as const)
      expect(await codeOf(await change(admin, account, { title }))).toEqual([
        422,
        'request.invalid',
      ]);
  });
});
