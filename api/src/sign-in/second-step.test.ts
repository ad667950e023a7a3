import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { sql } from 'kysely';
import { demoPassword } from '../demo/cast.ts';
import { sha256 } from '../http/session.ts';
import {
  answerOf,
  codeNow,
  cookieOf,
  enrol,
  forgetLastCode,
  secondSteps,
  withNewCookie,
} from '../testing/authenticator.ts';
import type { SecondSteps } from '../testing/authenticator.ts';
import { startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { documentOf, operationsOf } from '../testing/refusals.ts';

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

describe('signing in with a second factor', () => {
  test('takes the password and then a code, each step with another token, and the old one opens nothing', async () => {
    const { secret } = await enrol(api, await api.as('banzhuren'));
    const first = await steps.signIn('banzhuren');
    expect(await first.clone().json()).toEqual({ signedIn: false, needs: 'code' });
    const half = withNewCookie(api, await api.as('banzhuren'), first);
    expect(await answerOf(await half.get('/session'))).toEqual({
      status: 401,
      code: 'session.second-factor-required',
    });
    const second = await steps.give(half, codeNow(secret));
    expect(await second.clone().json()).toEqual({ signedIn: true });
    const who = withNewCookie(api, half, second);
    expect(who.cookie).not.toBe(half.cookie);
    expect(await (await who.get('/session')).json()).toMatchObject({
      account: 'banzhuren',
      secondFactor: true,
    });
    expect(await answerOf(await half.get('/session'))).toEqual({
      status: 401,
      code: 'session.required',
    });
    expect((await steps.give(who, codeNow(secret, 1))).status).toBe(409);
    const [row] =
      await api.admin`select stage, extract(epoch from expires_at - clock_timestamp()) > 43000 as long
      from app.sessions where token_sha256 = ${sha256(who.cookie.split('=')[1] ?? '')}`;
    expect(row).toEqual({ stage: 'whole', long: true });
  });

  test('waits ten minutes for the code, by real time', async () => {
    const { secret } = await enrol(api, await api.as('banzhuren'));
    const half = await steps.halfWay('banzhuren');
    const token = sha256(half.cookie.split('=')[1] ?? '');
    const [row] = await api.admin`select extract(epoch from expires_at - created_at)::int as lasts
      from app.sessions where token_sha256 = ${token}`;
    expect(row?.['lasts']).toBe(600);
    await api.admin`update app.sessions set expires_at = now() - interval '1 second' where token_sha256 = ${token}`;
    expect((await steps.give(half, codeNow(secret))).status).toBe(401);
  });

  test('takes the code of now and of a neighbouring half-minute', async () => {
    const { secret } = await enrol(api, await api.as('banzhuren'));
    for (const late of [0, -1, 1]) {
      await forgetLastCode(api);
      expect(
        await answerOf(await steps.give(await steps.halfWay('banzhuren'), codeNow(secret, late))),
      ).toEqual(whole);
    }
  });

  test('takes no code twice, nor an older one after it', async () => {
    const { secret } = await enrol(api, await api.as('banzhuren'));
    const code = codeNow(secret);
    expect(await answerOf(await steps.give(await steps.halfWay('banzhuren'), code))).toEqual(whole);
    const half = await steps.halfWay('banzhuren');
    for (const used of [code, codeNow(secret, -1)])
      expect(await answerOf(await steps.give(half, used))).toEqual(wrong);
  });

  test('takes one code of many that come at the same time, whichever sessions they come from', async () => {
    const { secret } = await enrol(api, await api.as('banzhuren'));
    const halves = [await steps.halfWay('banzhuren'), await steps.halfWay('banzhuren')];
    await api.admin`delete from app.sign_in_attempts`;
    const code = codeNow(secret);
    const answers = await Promise.all([0, 1, 2, 3].map((at) => steps.give(halves[at % 2]!, code)));
    const statuses = answers.map((one) => one.status).sort();
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.every((status) => [201, 401, 422].includes(status))).toBe(true);
  });

  test('takes a recovery code once, also when it comes twice at the same time', async () => {
    const { recoveryCodes } = await enrol(api, await api.as('banzhuren'));
    const [first = '', second = ''] = recoveryCodes;
    const done = await steps.give(
      await steps.halfWay('banzhuren'),
      first.toUpperCase().replaceAll('-', ' '),
    );
    expect(await answerOf(done)).toEqual(whole);
    expect(await answerOf(await steps.give(await steps.halfWay('banzhuren'), first))).toEqual(
      wrong,
    );
    const halves = [await steps.halfWay('banzhuren'), await steps.halfWay('banzhuren')];
    await api.admin`delete from app.sign_in_attempts`;
    const answers = await Promise.all(halves.map((half) => steps.give(half, second)));
    expect(answers.map((one) => one.status).sort()).toEqual([201, 422]);
    const left =
      await api.admin`select count(*)::int as n from app.recovery_codes where used_at is null`;
    expect(left[0]?.['n']).toBe(8);
  });

  test('does not take the code of another person', async () => {
    await enrol(api, await api.as('banzhuren'));
    const other = await enrol(api, await api.as('nianji'));
    const half = await steps.halfWay('banzhuren');
    for (const code of [codeNow(other.secret), other.recoveryCodes[0] ?? ''])
      expect(await answerOf(await steps.give(half, code))).toEqual(wrong);
  });

  test('is not undone by a clock of the demo that was moved', async () => {
    const { secret } = await enrol(api, await api.as('banzhuren'));
    api.setNow(new Date(Date.now() + 3_600_000));
    expect(
      await answerOf(await steps.give(await steps.halfWay('banzhuren'), codeNow(secret))),
    ).toEqual(whole);
    api.setNow(new Date());
  });
});

describe('a session that waits', () => {
  const open = [
    'GET /health',
    'GET /openapi.json',
    'GET /schools',
    'GET /setup',
    'POST /setup',
    'GET /demo/cast',
    'POST /session',
  ];
  const ofEnrolment = [
    'GET /account/second-factor',
    'POST /account/second-factor',
    'POST /account/second-factor/confirmation',
  ];

  async function reachedBy(who: Requester): Promise<string[]> {
    const reached: string[] = [];
    for (const operation of operationsOf(documentOf(api))) {
      const [method = '', template = ''] = operation.split(' ');
      if (operation === 'DELETE /session') continue;
      const path = template.replaceAll(/\{[^}]+\}/g, crypto.randomUUID());
      // What takes no JSON says so before it asks who is there.
      const upload = path === '/roster-imports' && method === 'POST';
      const answer = await api.anonymous(method, path, upload ? new Uint8Array(1) : {}, {
        cookie: who.cookie,
        ...(upload ? { 'content-type': 'application/octet-stream' } : {}),
      });
      const told = await answer.text();
      if (!told.includes('"code":"session.second-factor-required"')) reached.push(operation);
    }
    return reached.sort();
  }

  test('for a code reaches nothing but the code, and can be given up', async () => {
    const { secret } = await enrol(api, await api.as('banzhuren'));
    const half = await steps.halfWay('banzhuren');
    expect(await reachedBy(half)).toEqual([...open, 'POST /session/second-factor'].sort());
    expect((await half.delete('/session')).status).toBe(204);
    expect((await steps.give(half, codeNow(secret))).status).toBe(401);
  });

  test('for the setting up reaches nothing but the setting up', async () => {
    await steps.realSchool();
    const half = await steps.halfWay('xinli');
    expect(await reachedBy(half)).toEqual([...open, ...ofEnrolment].sort());
    expect((await half.delete('/session')).status).toBe(204);
  });

  test('is made whole by no statement of the app in which no code was used', async () => {
    const { secret } = await enrol(api, await api.as('banzhuren'));
    const half = await steps.halfWay('banzhuren');
    const old = sha256(half.cookie.split('=')[1] ?? '');
    const [session] = await api.admin<{ id: string }[]>`
      select id from app.sessions where token_sha256 = ${old}`;
    const tried = api.deps.db.asActor(half.context, (trx) =>
      sql`select sec.finish_session(${session?.id}, ${old}, ${sha256('mine')}, ''::bytea, ''::bytea, 60)`.execute(
        trx,
      ),
    );
    await expect(tried).rejects.toMatchObject({ code: '42501' });
    const changed = api.deps.db.asActor(half.context, (trx) =>
      sql`update app.sessions set stage = 'whole'`.execute(trx),
    );
    await expect(changed).rejects.toMatchObject({ code: '42501' });
    expect(await answerOf(await steps.give(half, codeNow(secret)))).toEqual(whole);
  });
});

describe('guessing codes', () => {
  test('200 at the same time cost at most 4 checks, and the owner signs in from the known device', async () => {
    const { secret } = await enrol(api, await api.as('banzhuren'));
    const known = await steps.signIn('banzhuren');
    const done = await steps.give(
      withNewCookie(api, await api.as('banzhuren'), known),
      codeNow(secret),
    );
    expect(done.status).toBe(201);
    const device = [known, done]
      .flatMap((one) => one.headers.getSetCookie())
      .findLast((line) => line.startsWith('shaodian-device='))
      ?.split(';')[0];
    await forgetLastCode(api);
    const half = await steps.halfWay('banzhuren');
    const before = await refusals();
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, at) => steps.give(half, String(at).padStart(6, '0'))),
    );
    const statuses = answers.map((one) => one.status);
    const checked = statuses.filter((status) => status === 422).length;
    expect(checked).toBe(4);
    expect(statuses.filter((status) => status === 429)).toHaveLength(196);
    expect((await refusals()) - before).toBe(4);
    // The right code from there has to wait like the others; the known device has a count of its own.
    expect((await steps.give(half, codeNow(secret))).status).toBe(429);
    const again = await steps.signIn('banzhuren', device);
    expect(again.status).toBe(201);
    const cookie = `${cookieOf(again)}; ${device}`;
    const owner = await api.anonymous(
      'POST',
      '/session/second-factor',
      { code: codeNow(secret) },
      { cookie },
    );
    expect(owner.status).toBe(201);
    process.stdout.write(`second factor: 200 guesses at once, ${checked} checked\n`);
  });

  const refusals = async () =>
    Number(
      (
        await api.admin`select count(*)::int as n from app.audit_entries where code = 'session.code-wrong'`
      )[0]?.['n'],
    );

  test('is counted together with the passwords: the right password alone forgives nothing', async () => {
    await enrol(api, await api.as('banzhuren'));
    const statuses = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const answer = await steps.signIn('banzhuren');
      statuses.push(answer.status);
      if (answer.status !== 201) continue;
      const half = withNewCookie(api, await api.as('banzhuren'), answer);
      statuses.push((await steps.give(half, '000000')).status);
    }
    expect(statuses).toEqual([201, 422, 201, 422, 201, 429]);
  });

  test('at what is being set up is counted too', async () => {
    const who = await api.as('banzhuren');
    await who.post('/account/second-factor', { password: demoPassword });
    const statuses = [];
    for (let attempt = 0; attempt < 6; attempt += 1)
      statuses.push(
        (await who.post('/account/second-factor/confirmation', { code: '000000' })).status,
      );
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429]);
  });
});
