import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { demoPassword } from '../demo/cast.ts';
import { answerOf, codeNow, enrol, secondSteps } from '../testing/authenticator.ts';
import type { SecondSteps } from '../testing/authenticator.ts';
import { deliverAll, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

let api: TestApi;
let steps: SecondSteps;

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  steps = secondSteps(api);
});
beforeEach(() => steps.forget());
afterAll(() => api.stop());

describe('an administrator resets the factor of somebody', () => {
  const accountOf = async (account: string) =>
    (
      await api.admin<{ id: string }[]>`select a.id from app.accounts a
        join app.schools s on s.id = a.school_id where s.code = 'jiangpan' and a.name = ${account}`
    )[0]?.id ?? '';
  const reset = (who: Requester, id: string, proof: object = { password: demoPassword }) =>
    who.post(`/accounts/${id}/second-factor/reset`, proof);

  test('who then signs in anew, sets up another, and was told, as were the leaders', async () => {
    await steps.realSchool();
    const { who } = await enrol(api, await steps.halfWay('zixun'), {});
    const admin = await api.as('admin');
    const id = await accountOf('zixun');
    const listed = async () =>
      (
        (await (await admin.get('/accounts?limit=200')).json()) as {
          items: { id: string; secondFactor: boolean }[];
        }
      ).items.find((one) => one.id === id)?.secondFactor;
    expect(await listed()).toBe(true);
    expect((await answerOf(await reset(admin, id, { password: 'wrong' }))).code).toBe(
      'session.password-wrong',
    );
    expect((await reset(admin, id)).status).toBe(204);
    expect(await listed()).toBe(false);
    expect((await who.get('/session')).status).toBe(401);
    expect(await (await steps.signIn('zixun')).json()).toEqual({
      signedIn: false,
      needs: 'enrolment',
    });
    expect((await answerOf(await reset(admin, id))).code).toBe('second-factor.not-set-up');
    await deliverAll(api);
    const told = await api.admin<{ name: string; kind: string }[]>`
      select a.name, n.kind from app.notices n join app.accounts a on a.school_id = n.school_id and a.person_id = n.person_id
      where n.kind in ('factor_reset', 'own_factor_reset') order by 1`;
    expect([...told]).toEqual([
      { name: 'deyu', kind: 'factor_reset' },
      { name: 'xiaozhang', kind: 'factor_reset' },
      { name: 'xinli', kind: 'factor_reset' },
      { name: 'zixun', kind: 'own_factor_reset' },
    ]);
    const noticesOf = async (account: string) =>
      ((await (await (await api.as(account)).get('/notices')).json()) as { items: object[] })
        .items[0];
    const [name] = await api.admin`select name from app.staff where id = ${who.personId}`;
    expect(await noticesOf('deyu')).toMatchObject({
      kind: 'factor_reset',
      alert: null,
      colleague: name?.['name'],
    });
    expect(await noticesOf('zixun')).toMatchObject({ kind: 'own_factor_reset', colleague: null });
    const kept = await api.admin`select person_id from app.audit_entries
      where action = 'second-factor.reset' and resource = ${`account:${id}`}`;
    expect(kept.map((row) => row['person_id'])).toEqual([admin.personId]);
  });

  test('never their own, never in another school, and nobody else does', async () => {
    const target = await enrol(api, await api.as('banzhuren'));
    const id = await accountOf('banzhuren');
    const { who: admin, secret } = await enrol(api, await api.as('admin'));
    const proof = { password: demoPassword, code: codeNow(secret) };
    expect(await answerOf(await reset(admin, await accountOf('admin'), proof))).toEqual({
      status: 403,
      code: 'action.not-allowed',
    });
    for (const account of ['xinli', 'deyu', 'baohu', 'nianji', 'weiyuan-a'])
      expect(await answerOf(await reset(await api.as(account), id))).toEqual({
        status: 403,
        code: 'action.not-allowed',
      });
    const foreign = await api.as('admin', 'qinghe');
    expect((await reset(foreign, id)).status).toBe(404);
    expect((await target.who.get('/session')).status).toBe(200);
    const [left] = await api.admin`select count(*)::int as n from app.second_factors`;
    expect(left?.['n']).toBe(2);
  });
});
