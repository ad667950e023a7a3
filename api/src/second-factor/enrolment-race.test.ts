import { randomUUID } from 'node:crypto';
import { connectForSetUp } from '@shaodian/migrations';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { newToken, sha256 } from '../http/session.ts';
import { answerOf, codeNow, enrol, secondSteps, withNewCookie } from '../testing/authenticator.ts';
import type { SecondSteps } from '../testing/authenticator.ts';
import { startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { testSigner } from '../testing/test-deps.ts';

let api: TestApi;
let steps: SecondSteps;
let lead: Requester;

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  steps = secondSteps(api);
  lead = await api.as('xinli');
});
beforeEach(async () => {
  await steps.forget();
  await steps.realSchool();
});
afterAll(() => api.stop());

const withToken = (token: string): Requester =>
  withNewCookie(
    api,
    lead,
    new Response(null, { headers: { 'set-cookie': `shaodian-session=${token}` } }),
  );

/** Somebody with the password signs in, and the transaction ends after `meanwhile` only. */
async function signInDuring(meanwhile: () => Promise<unknown>): Promise<Requester> {
  const sql = connectForSetUp(api.appUrl);
  const token = newToken();
  const [account] = await api.admin`select id from app.accounts where person_id = ${lead.personId}`;
  const one = await sql.reserve();
  await one`begin`;
  const [backend] = await one`select pg_backend_pid() as pid`;
  const context = testSigner.sign(lead.context, Number(backend?.['pid']));
  await one`select set_config('app.ctx', ${context}, true)`;
  const [opened] =
    await one`select sec.open_session(${randomUUID()}, ${String(account?.['id'])}, ${sha256(token)}, '',
    ${sha256('subject')}, ${sha256('device')}, 1800, 43200) as stage`;
  expect(opened).toEqual({ stage: 'enrolment' });
  await meanwhile();
  await one`commit`;
  one.release();
  await sql.end();
  return withToken(token);
}

test('a session opened while a telephone is set up may not set up another instead', async () => {
  const first = await steps.halfWay('xinli');
  let owner = first;
  const late = await signInDuring(async () => {
    owner = (await enrol(api, first, {})).who;
  });
  const refused = { status: 401, code: 'session.required' };
  expect(await answerOf(await late.post('/account/second-factor', {}))).toEqual(refused);
  expect((await owner.get('/alerts')).status).toBe(200);
});

test('nor confirm what it began before', async () => {
  const first = await steps.halfWay('xinli');
  const late = await steps.halfWay('xinli');
  const { secret } = (await (await late.post('/account/second-factor', {})).json()) as {
    secret: string;
  };
  // As if the other had been confirmed in the moment between this start and this confirmation, and this sign-in had been left as it is.
  await api.admin`insert into app.second_factors (school_id, id, person_id, kek_id, secret, confirmed_at, last_used_step, last_used_at)
    select school_id, gen_random_uuid(), person_id, kek_id, secret, now(), 0, now() from app.second_factors where person_id = ${lead.personId}`;
  const confirmed = await late.post('/account/second-factor/confirmation', {
    code: codeNow(secret),
  });
  expect(await answerOf(confirmed)).toEqual({ status: 401, code: 'session.required' });
  expect((await first.get('/account/second-factor')).status).toBe(200);
});
