import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { sha256 } from '../http/session.ts';
import { startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
});
afterAll(() => api.stop());

const tokenOf = (who: Requester) => sha256(who.cookie.split('=')[1] ?? '');
const sessionsOf = async (who: Requester) =>
  ((await (await who.get('/sessions')).json()) as { items: { id: string; current: boolean }[] })
    .items;

describe('a session ends', () => {
  test('after its idle time, however young it is', async () => {
    const who = await api.as('banzhuren');
    await api.admin`update app.sessions set last_seen_at = now() - interval '3599 seconds' where token_sha256 = ${tokenOf(who)}`;
    expect((await who.get('/session')).status).toBe(200);
    await api.admin`update app.sessions set last_seen_at = now() - interval '3601 seconds' where token_sha256 = ${tokenOf(who)}`;
    expect((await who.get('/session')).status).toBe(401);
  });

  test('at its absolute end, however busy it is', async () => {
    const who = await api.as('banzhuren');
    await api.admin`update app.sessions set last_seen_at = now(), expires_at = now() - interval '1 second' where token_sha256 = ${tokenOf(who)}`;
    expect((await who.get('/session')).status).toBe(401);
  });

  test('when the account is disabled', async () => {
    const who = await api.as('baohu');
    await api.admin`update app.accounts set disabled_at = now() where name = 'baohu'`;
    expect((await who.get('/session')).status).toBe(401);
  });

  test('at signing out, which also empties the cookie', async () => {
    const who = await api.as('nianji');
    const left = await who.delete('/session');
    expect(left.status).toBe(204);
    expect(left.headers.getSetCookie()).toEqual([
      'shaodian-session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
    ]);
    expect(left.headers.get('clear-site-data')).toBe('"storage"');
    expect((await who.get('/session')).status).toBe(401);
    const [row] =
      await api.admin`select revoked_at from app.sessions where token_sha256 = ${tokenOf(who)}`;
    expect(row?.['revoked_at']).toBeInstanceOf(Date);
  });

  test('at signing out twice at once: whoever is second is signed out already', async () => {
    for (let n = 0; n < 5; n += 1) {
      const who = await api.as('nianji');
      const both = await Promise.all([who.delete('/session'), who.delete('/session')]);
      const statuses = both.map((one) => one.status);
      expect(statuses).toContain(204);
      expect(statuses.every((status) => status === 204 || status === 401)).toBe(true);
    }
  });

  test('when its owner ends it from another one', async () => {
    const lost = await api.as('deyu');
    const here = await api.as('deyu');
    const other = (await sessionsOf(here)).find((one) => !one.current);
    expect((await here.delete(`/sessions/${other?.id}`)).status).toBe(204);
    expect((await lost.get('/session')).status).toBe(401);
    expect((await here.get('/session')).status).toBe(200);
    expect((await here.delete(`/sessions/${other?.id}`)).status).toBe(404);
  });
});

describe('a session lives', () => {
  test('idle 30 minutes for staff and 10 for pupils, 12 hours at most', async () => {
    for (const [account, idle] of [
      ['banzhuren', 1800],
      ['weiyuan-a', 600],
    ] as const) {
      const signedIn = await api.anonymous('POST', '/session', {
        school: 'jiangpan',
        account,
        password: 'shaodian-demo',
      });
      const line = signedIn.headers.getSetCookie().find((one) => one.includes('session=')) ?? '';
      const token = line.split(';')[0]?.split('=')[1] ?? '';
      const [row] =
        await api.admin`select idle_seconds, extract(epoch from expires_at - created_at)::int as absolute
        from app.sessions where token_sha256 = ${sha256(token)}`;
      expect(row).toEqual({ idle_seconds: idle, absolute: 43_200 });
    }
  });

  test('longer for each request, noted at most every half minute', async () => {
    const who = await api.as('banzhuren');
    const seenAt = async () =>
      (
        await api.admin`select extract(epoch from clock_timestamp() - last_seen_at) as ago from app.sessions where token_sha256 = ${tokenOf(who)}`
      )[0]?.['ago'];
    await api.admin`update app.sessions set last_seen_at = now() - interval '29 seconds' where token_sha256 = ${tokenOf(who)}`;
    await who.get('/classes');
    expect(Number(await seenAt())).toBeGreaterThan(28);
    await api.admin`update app.sessions set last_seen_at = now() - interval '31 seconds' where token_sha256 = ${tokenOf(who)}`;
    await who.get('/classes');
    expect(Number(await seenAt())).toBeLessThan(20);
  });

  test('by security time: the domain clock of the demo cannot lengthen it', async () => {
    const who = await api.as('banzhuren');
    await api.admin`update app.sessions set expires_at = now() - interval '1 minute' where token_sha256 = ${tokenOf(who)}`;
    api.setNow(new Date(Date.now() - 30 * 86_400_000));
    expect((await who.get('/session')).status).toBe(401);
    api.setNow(new Date());
  });
});

describe('the list of sessions', () => {
  test('holds my own live ones only, and says which is this one', async () => {
    const [mine, again, other] = [
      await api.as('xinli'),
      await api.as('xinli'),
      await api.as('zixun'),
    ];
    await api.as('xinli', 'qinghe');
    await api.admin`update app.sessions set expires_at = now() - interval '1 second' where token_sha256 = ${tokenOf(again)}`;
    const items = await sessionsOf(mine);
    const ids = await api.admin<{ id: string }[]>`
      select id from app.sessions where person_id = ${mine.personId} and expires_at > now()`;
    expect(items.map((one) => one.id).sort()).toEqual(ids.map((row) => row.id).sort());
    expect(items.filter((one) => one.current)).toHaveLength(1);
    const [foreign] = await sessionsOf(other);
    expect((await mine.delete(`/sessions/${foreign?.id}`)).status).toBe(404);
    expect((await other.get('/session')).status).toBe(200);
  });
});
