import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { Secret } from 'otpauth';
import { demoPassword } from '../demo/cast.ts';
import {
  answerOf,
  codeNow,
  enrol,
  forgetLastCode,
  secondSteps,
  withNewCookie,
} from '../testing/authenticator.ts';
import type { Enrolled, SecondSteps } from '../testing/authenticator.ts';
import { startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

let api: TestApi;
let steps: SecondSteps;

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  steps = secondSteps(api);
});
beforeEach(() => steps.forget());
afterAll(() => api.stop());

const whole = { status: 201, code: undefined };
const wrong = { status: 422, code: 'session.code-wrong' };

describe('who must have one', () => {
  const must = ['xinli', 'zixun', 'deyu', 'xiaozhang', 'baohu'];
  const may = ['admin', 'nianji', 'banzhuren', 'weiyuan-a'];

  test('in a real school: counsellors, leaders and the data-protection officer, led to it at sign-in', async () => {
    await steps.realSchool();
    for (const account of must)
      expect(await (await steps.signIn(account)).json()).toEqual({
        signedIn: false,
        needs: 'enrolment',
      });
    for (const account of may)
      expect(await (await steps.signIn(account)).json()).toEqual({ signedIn: true });
  });

  test('in the demo nobody, unless they set one up', async () => {
    for (const account of [...must, ...may])
      expect(await (await steps.signIn(account)).json()).toEqual({ signedIn: true });
    await enrol(api, await api.as('xinli'));
    expect(await (await steps.signIn('xinli')).json()).toEqual({ signedIn: false, needs: 'code' });
  });

  test('not whoever’s role has ended', async () => {
    await steps.realSchool();
    const who = await api.as('baohu');
    const grants =
      await api.admin`update app.grants set ends_at = statement_timestamp() - interval '1 second'
      where person_id = ${who.personId} and ends_at is null returning id`;
    expect(await (await steps.signIn('baohu')).json()).toEqual({ signedIn: true });
    await api.admin`update app.grants set ends_at = null where id = any (${grants.map((row) => row['id'] as string)})`;
  });

  test('sets it up in the session that waits, which is whole afterwards under another token', async () => {
    await steps.realSchool();
    const half = await steps.halfWay('xinli');
    expect(await (await half.get('/account/second-factor')).json()).toEqual({
      onSince: null,
      recoveryCodesLeft: 0,
      required: true,
      offered: true,
    });
    const { who, recoveryCodes, secret } = await enrol(api, half, {});
    expect(who.cookie).not.toBe(half.cookie);
    expect(recoveryCodes).toHaveLength(10);
    expect((await who.get('/alerts')).status).toBe(200);
    expect((await half.get('/account/second-factor')).status).toBe(401);
    expect(await answerOf(await steps.give(await steps.halfWay('xinli'), codeNow(secret)))).toEqual(
      whole,
    );
  });

  test('cannot turn it off; others can, with password and code', async () => {
    await steps.realSchool();
    const lead = await enrol(api, await steps.halfWay('xinli'), {});
    const off = ({ who, secret }: Enrolled) =>
      who.post('/account/second-factor/end', { password: demoPassword, code: codeNow(secret) });
    expect(await answerOf(await off(lead))).toEqual({
      status: 409,
      code: 'second-factor.required',
    });
    const teacher = await enrol(api, await api.as('banzhuren'));
    const without = teacher.who.post('/account/second-factor/end', { password: demoPassword });
    expect((await answerOf(await without)).code).toBe('session.proof-wrong');
    expect((await off(teacher)).status).toBe(204);
    expect(await (await steps.signIn('banzhuren')).json()).toEqual({ signedIn: true });
    expect((await answerOf(await off(teacher))).code).toBe('second-factor.not-set-up');
  });
});

describe('setting one up', () => {
  test('from an open session asks for the password, and for a code when one is in use', async () => {
    const who = await api.as('banzhuren');
    const start = (session: Requester, proof: object) =>
      session.post('/account/second-factor', proof);
    expect((await answerOf(await start(who, {}))).code).toBe('session.password-wrong');
    expect((await answerOf(await start(who, { password: 'wrong' }))).code).toBe(
      'session.password-wrong',
    );
    const first = await enrol(api, who);
    expect((await answerOf(await start(first.who, { password: demoPassword }))).code).toBe(
      'session.proof-wrong',
    );
    const second = await enrol(api, first.who, {
      password: demoPassword,
      code: codeNow(first.secret),
    });
    const half = await steps.halfWay('banzhuren');
    expect(await answerOf(await steps.give(half, codeNow(first.secret)))).toEqual(wrong);
    expect(await answerOf(await steps.give(half, first.recoveryCodes[0] ?? ''))).toEqual(wrong);
    expect(await answerOf(await steps.give(half, codeNow(second.secret)))).toEqual(whole);
  });

  test('changes nothing until a code confirms it, and is forgotten after an hour', async () => {
    const who = await api.as('banzhuren');
    const confirm = (code: string) => who.post('/account/second-factor/confirmation', { code });
    expect((await answerOf(await confirm('123456'))).code).toBe('second-factor.not-set-up');
    const started = await who.post('/account/second-factor', { password: demoPassword });
    const { secret } = (await started.json()) as { secret: string };
    expect(await (await steps.signIn('banzhuren')).json()).toEqual({ signedIn: true });
    expect(await answerOf(await confirm('000000'))).toEqual(wrong);
    await api.admin`update app.second_factors set started_at = now() - interval '61 minutes'`;
    expect((await answerOf(await confirm(codeNow(secret)))).code).toBe('second-factor.not-set-up');
  });

  test('ends the other sessions of the person, and keeps this one', async () => {
    const other = await api.as('banzhuren');
    const { who } = await enrol(api, await api.as('banzhuren'));
    expect((await other.get('/session')).status).toBe(401);
    expect((await who.get('/session')).status).toBe(200);
  });

  test('twice at once with one code gives one factor and one set of recovery codes', async () => {
    const who = await api.as('banzhuren');
    const started = await who.post('/account/second-factor', { password: demoPassword });
    const { secret } = (await started.json()) as { secret: string };
    const code = codeNow(secret);
    const both = await Promise.all(
      [0, 1].map(() => who.post('/account/second-factor/confirmation', { code })),
    );
    expect(both.map((one) => one.status).filter((status) => status === 201)).toHaveLength(1);
    const kept = await api.admin`select (select count(*)::int from app.second_factors) as factors,
      (select count(*)::int from app.recovery_codes) as codes`;
    expect(kept[0]).toEqual({ factors: 1, codes: 10 });
  });

  test('is for staff', async () => {
    const pupil = await api.as('weiyuan-a');
    const start = await pupil.post('/account/second-factor', { password: demoPassword });
    expect(await answerOf(start)).toEqual({ status: 403, code: 'action.not-allowed' });
    expect(await (await pupil.get('/account/second-factor')).json()).toMatchObject({
      offered: false,
    });
  });

  test('keeps the secret sealed, and the recovery codes as hashes', async () => {
    const { secret, recoveryCodes } = await enrol(api, await api.as('banzhuren'));
    const rows = await api.admin<{ text: string }[]>`
      select f::text as text from app.second_factors f union all select c::text from app.recovery_codes c
      union all select e::text from app.audit_entries e union all select i::text from app.idempotency_records i`;
    const { hex } = Secret.fromBase32(secret);
    for (const { text } of rows) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(hex.toLowerCase());
      for (const code of recoveryCodes) expect(text).not.toContain(code);
    }
  });
});

describe('new recovery codes', () => {
  test('take password and code, and end those before', async () => {
    const { who, secret, recoveryCodes } = await enrol(api, await api.as('banzhuren'));
    const proof = { password: demoPassword, code: codeNow(secret) };
    const renewed = await who.post('/account/second-factor/recovery-codes', proof);
    expect(renewed.status).toBe(201);
    const fresh = ((await renewed.json()) as { recoveryCodes: string[] }).recoveryCodes;
    expect(fresh).toHaveLength(10);
    const half = await steps.halfWay('banzhuren');
    expect(await answerOf(await steps.give(half, recoveryCodes[0] ?? ''))).toEqual(wrong);
    expect(await answerOf(await steps.give(half, fresh[0] ?? ''))).toEqual(whole);
    const without = await api.as('nianji');
    const none = without.post('/account/second-factor/recovery-codes', { password: demoPassword });
    expect((await answerOf(await none)).code).toBe('second-factor.not-set-up');
  });
});

describe('giving the password again', () => {
  const raise = (who: Requester, proof: object) =>
    who.post('/session/step-up', { purpose: 'follow_up', ...proof });

  test('takes a code too from whoever has a factor, and does not say which of the two was wrong', async () => {
    const { who, secret } = await enrol(api, await api.as('banzhuren'));
    const code = codeNow(secret);
    const refused = [];
    for (const proof of [
      { password: demoPassword },
      { password: demoPassword, code: '000000' },
      { password: 'wrong', code },
    ])
      refused.push(await answerOf(await raise(who, proof)));
    const told = { status: 422, code: 'session.proof-wrong' };
    expect(refused).toEqual([told, told, told]);
    // The code that came with the wrong password was not used up.
    expect((await raise(who, { password: demoPassword, code })).status).toBe(201);
  });

  test('forgives the attempts when it was right', async () => {
    const { who, secret } = await enrol(api, await api.as('banzhuren'));
    let now = who;
    for (let turn = 0; turn < 7; turn += 1) {
      await forgetLastCode(api);
      const raised = await raise(now, { password: demoPassword, code: codeNow(secret) });
      expect(raised.status).toBe(201);
      now = withNewCookie(api, now, raised);
    }
  });
});
