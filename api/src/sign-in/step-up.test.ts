import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { demoPassword } from '../demo/cast.ts';
import { sha256 } from '../http/session.ts';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
});
beforeEach(() => api.admin`delete from app.sign_in_attempts`);
afterAll(() => api.stop());

const purpose = 'verify_report';
const raise = (who: Requester, password = demoPassword) =>
  who.post('/session/step-up', { password, purpose });

/** The same person with the cookie that an answer set. */
function withNewCookie(who: Requester, answer: Response): Requester {
  const line = answer.headers
    .getSetCookie()
    .find((cookie) => cookie.startsWith('shaodian-session='));
  const cookie = line?.split(';')[0] ?? '';
  const send = (method: string, path: string, body?: unknown) =>
    api.anonymous(method, path, body, { cookie });
  return {
    ...who,
    cookie,
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
    delete: (path) => send('DELETE', path),
  };
}
const stateOf = async (who: Requester) =>
  (
    (await (await who.get('/session')).json()) as {
      steppedUp: { until: string; purpose: string } | null;
    }
  ).steppedUp;
const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code;

describe('the password given again', () => {
  test('holds ten minutes for the purpose named, under a new token of the same session', async () => {
    const who = await api.as('xinli');
    expect(await stateOf(who)).toBeNull();
    const answer = await raise(who);
    expect(answer.status).toBe(201);
    const raised = withNewCookie(who, answer);
    expect(raised.cookie).not.toBe(who.cookie);
    expect((await who.get('/session')).status).toBe(401);
    const state = await stateOf(raised);
    expect(state?.purpose).toBe(purpose);
    const left = new Date(state?.until ?? 0).getTime() - Date.now();
    expect(left > 590_000 && left <= 600_000).toBe(true);
    const token = raised.cookie.split('=')[1] ?? '';
    const rows = await api.admin<{ n: number }[]>`
      select count(*)::int as n from app.sessions where token_sha256 = ${sha256(token)}`;
    expect(rows[0]?.n).toBe(1);
  });

  test('ends by itself, and before its time when asked', async () => {
    const who = await api.as('xinli');
    const raised = withNewCookie(who, await raise(who));
    expect((await raised.delete('/session/step-up')).status).toBe(204);
    expect(await stateOf(raised)).toBeNull();
    const again = withNewCookie(raised, await raise(raised));
    expect(await stateOf(again)).not.toBeNull();
    await api.admin`update app.sessions set stepped_up_until = now() - interval '1 second'
      where token_sha256 = ${sha256(again.cookie.split('=')[1] ?? '')}`;
    expect(await stateOf(again)).toBeNull();
  });

  test('wrong gives nothing, is kept in the audit, and is counted together with the sign-ins', async () => {
    const who = await api.as('zixun');
    const statuses = [];
    for (let attempt = 0; attempt < 6; attempt += 1)
      statuses.push((await raise(who, 'a wrong password')).status);
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429]);
    expect(await stateOf(who)).toBeNull();
    const signIn = await api.anonymous('POST', '/session', {
      school: 'jiangpan',
      account: 'zixun',
      password: demoPassword,
    });
    expect(signIn.status).toBe(429);
    const kept = await api.admin<{ n: number }[]>`
      select count(*)::int as n from app.audit_entries where person_id = ${who.personId} and code = 'session.password-wrong'`;
    expect(kept[0]?.n).toBe(5);
  });

  test('twice at once with one cookie raises one session once', async () => {
    const who = await api.as('zixun');
    const answers = await Promise.all([raise(who), raise(who)]);
    expect(answers.map((one) => one.status).sort()).toEqual([201, 401]);
  });

  test('in another session of the same person changes nothing in this one', async () => {
    const [here, there] = [await api.as('xinli'), await api.as('xinli')];
    expect((await raise(there)).status).toBe(201);
    expect(await stateOf(here)).toBeNull();
  });

  test('is never asked for to acknowledge an alert', async () => {
    const peer = await api.as('weiyuan-a');
    const pupils = (await (await peer.get('/pupils?limit=200')).json()) as {
      items: { id: string }[];
    };
    const pupil = pupils.items.map((one) => one.id).filter((id) => id !== peer.personId)[18] ?? '';
    const sent = await peer.post(
      '/observations',
      observationInput(pupil, { indicators: ['SUI02'] }),
    );
    const { id } = (await sent.json()) as { id: string };
    const [alert] = await api.admin<{ id: string }[]>`
      select alert_id as id from app.alert_evidence where observation_id = ${id}`;
    const who = await api.as('xinli');
    expect(await stateOf(who)).toBeNull();
    const done = await who.post(`/alerts/${alert?.id}/acknowledgement`, {
      nextStep: 'go_to_pupil',
    });
    expect(done.status).toBe(201);
  });
});

describe('a new password of one’s own', () => {
  test('needs the old one and ten characters, and ends every session', async () => {
    const [here, there] = [await api.as('banzhuren-2'), await api.as('banzhuren-2')];
    const change = (password: string, newPassword: string) =>
      here.post('/account/password', { password, newPassword });
    expect(await codeOf(await change('not this one', 'a longer password'))).toBe(
      'session.password-wrong',
    );
    expect((await change(demoPassword, 'too short')).status).toBe(422);
    expect((await here.get('/session')).status).toBe(200);
    expect((await change(demoPassword, 'a longer password')).status).toBe(204);
    for (const session of [here, there]) expect((await session.get('/session')).status).toBe(401);
    const signIn = (password: string) =>
      api.anonymous('POST', '/session', { school: 'jiangpan', account: 'banzhuren-2', password });
    expect((await signIn(demoPassword)).status).toBe(401);
    expect((await signIn('a longer password')).status).toBe(201);
  });
});
