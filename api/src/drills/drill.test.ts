import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { carryOutDue, deliverAll, sendAll, startPeers, startTestApi } from '../testing/index.ts';
import type { Peers, Requester, TestApi } from '../testing/index.ts';

let api: TestApi;
let peers: Peers;
let leader: Requester;
let admin: Requester;
const accounts = ['xinli', 'deyu', 'zixun', 'xiaozhang'];
const phoneOf = (account: string) => `1390000000${accounts.indexOf(account)}`;

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  peers = await startPeers();
  await api.admin`update app.alert_clocks set state = 'stopped', ended_at = now() where state = 'running'`;
  await deliverAll(api);
  admin = await api.as('admin');
  leader = await api.as('xiaozhang');
  for (const kind of ['email', 'ringing', 'wecom', 'webhook'] as const)
    await admin.post('/channels', { name: kind, config: peers.configs[kind] });
  for (const account of accounts) {
    const who = await api.as(account);
    const address = `${account}@school.example`;
    await who.post('/account/contact-points', { kind: 'email', address });
    await who.post('/account/contact-points', { kind: 'phone', address: phoneOf(account) });
  }
  forget();
});
afterAll(async () => {
  await api.stop();
  await peers.stop();
});

const forget = () => {
  peers.mail.letters.length = 0;
  peers.http.received.length = 0;
};
const rung = () =>
  peers.http.received
    .filter(({ kind }) => kind === 'ringing')
    .map(({ body }) => (JSON.parse(body) as { to: string }).to);
const start = new Date('2026-11-25T15:00:00+08:00');
const after = async (minutes: number) => {
  api.setNow(new Date(start.getTime() + minutes * 60_000));
  await carryOutDue(api);
  await deliverAll(api);
  await sendAll(api);
};
interface Whole {
  state: string;
  asked: number;
  answered: number;
  calls: {
    name: string;
    outside: boolean;
    askedAt: string;
    answeredAt: string | null;
    messages: { through: string; state: string; sentAt: string | null; openedAt: string | null }[];
  }[];
  groups: { through: string; state: string }[];
}
const readBy = async (who: Requester, id: string) => {
  const answer = await who.get(`/drills/${id}`);
  return {
    status: answer.status,
    ...((await answer.json()) as {
      whole: Whole | null;
      mine: { askedAt: string; answeredAt: string | null } | null;
    }),
  };
};
const startDrill = async (who: Requester, input: object) => {
  const answer = await who.post('/drills', input);
  return { status: answer.status, ...((await answer.json()) as { id: string; code: string }) };
};

describe('a drill', () => {
  let id: string;

  test('is started by a leader or the lead counsellor, one at a time, and asks the first on the red list at once', async () => {
    api.setNow(start);
    for (const account of ['admin', 'zixun', 'banzhuren', 'weiyuan-a'])
      expect(
        await startDrill(await api.as(account), { everyMinutes: 2, withOutside: true }),
      ).toEqual(expect.objectContaining({ status: 403, code: 'action.not-allowed' }));
    expect((await startDrill(leader, { everyMinutes: 3, withOutside: true })).status).toBe(422);
    ({ id } = await startDrill(leader, { everyMinutes: 2, withOutside: true }));
    expect(
      (await startDrill(await api.as('xinli'), { everyMinutes: 1, withOutside: false })).code,
    ).toBe('drill.running');
    await after(0);
    expect(rung()).toEqual([phoneOf('xinli')]);
    expect(peers.mail.letters.map(({ to }) => to.join())).toEqual(['xinli@school.example']);
    expect(peers.http.received.filter(({ kind }) => kind === 'wecom')).toHaveLength(1);
    // It is no alert: who follows events hears of none.
    expect(peers.http.received.filter(({ kind }) => kind === 'webhook')).toEqual([]);
    for (const { body } of peers.http.received) expect(body).toContain('演练');
  });

  test('goes on to the next although somebody answered, and says who was told when and who answered', async () => {
    const first = await api.as('xinli');
    api.setNow(new Date(start.getTime() + 40_000));
    expect((await readBy(first, id)).mine?.answeredAt).toBeNull();
    expect((await first.post(`/drills/${id}/answer`, {})).status).toBe(201);
    await after(1.9);
    expect(rung()).toHaveLength(1);
    for (let minutes = 2; minutes <= 20; minutes += 2) await after(minutes);
    const { whole } = await readBy(admin, id);
    expect(whole?.state).toBe('finished');
    const school = whole?.calls.filter((call) => !call.outside) ?? [];
    expect(school.map((call) => call.askedAt)).toEqual(
      school.map((_, n) => new Date(start.getTime() + n * 120_000).toISOString()),
    );
    expect(new Set(school.map((call) => call.name)).size).toBe(school.length);
    expect(school.length).toBeGreaterThanOrEqual(4);
    expect(school[0]?.answeredAt).toBe(new Date(start.getTime() + 40_000).toISOString());
    expect(school[0]?.messages.map(({ state }) => state)).toEqual(['acknowledged', 'acknowledged']);
    expect(school[1]?.answeredAt).toBeNull();
    expect(school[1]?.messages.map(({ through, state }) => `${through} ${state}`).sort()).toEqual([
      'email sent',
      'ringing sent',
    ]);
    expect(whole?.groups).toEqual([expect.objectContaining({ through: 'wecom', state: 'sent' })]);
    expect(whole?.calls.filter((call) => call.outside).length).toBeGreaterThan(0);
    expect(rung().slice(-2)).toEqual(['8000-9100', '8000-9200']);
    expect([whole?.asked, whole?.answered]).toEqual([school.length, 1]);
  });

  test('is answered late too, once, and by nobody who was not asked; its link opens its page', async () => {
    const second = await api.as('deyu');
    const [message] = await api.admin<{ id: string }[]>`select id from app.messages
      where person_id = ${second.personId} and drill_id = ${id} and channel_kind = 'email'`;
    const opened = await second.post(`/messages/${message?.id}/opened`, {});
    expect(await opened.json()).toEqual({ id: message?.id, alert: null, drill: id });
    expect((await admin.post(`/messages/${message?.id}/opened`, {})).status).toBe(404);
    await second.post(`/drills/${id}/answer`, {});
    const { mine } = await readBy(second, id);
    await after(30);
    await second.post(`/drills/${id}/answer`, {});
    expect((await readBy(second, id)).mine).toEqual(mine);
    for (const account of ['banzhuren', 'weiyuan-a'])
      expect((await (await api.as(account)).post(`/drills/${id}/answer`, {})).status).toBe(404);
    expect((await readBy(await api.as('banzhuren'), id)).status).toBe(404);
    const notices = (await (await second.get('/notices')).json()) as {
      items: { kind: string; drill: { id: string } | null }[];
    };
    expect(notices.items.find(({ kind }) => kind === 'drill_to_answer')?.drill).toEqual({ id });
  });

  test('that is stopped asks nobody more, and sends nothing that waits', async () => {
    forget();
    const { id: second } = await startDrill(await api.as('xinli'), {
      everyMinutes: 1,
      withOutside: false,
    });
    await carryOutDue(api);
    await deliverAll(api);
    expect((await admin.post(`/drills/${second}/stop`, {})).status).toBe(403);
    expect((await leader.post(`/drills/${second}/stop`, {})).status).toBe(201);
    expect((await leader.post(`/drills/${second}/stop`, {})).status).toBe(409);
    await after(60);
    expect(rung()).toEqual([]);
    const { whole } = await readBy(leader, second);
    expect([whole?.state, whole?.asked]).toEqual(['stopped', 1]);
    expect(whole?.calls[0]?.messages.map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  });

  test('leaves out the contacts outside where it is told to', async () => {
    const { id: third } = await startDrill(leader, { everyMinutes: 1, withOutside: false });
    for (let minutes = 60; minutes <= 75; minutes += 1) await after(minutes);
    const { whole } = await readBy(leader, third);
    expect(whole?.state).toBe('finished');
    expect(whole?.calls.every((call) => !call.outside)).toBe(true);
  });

  test('shows the drills of the school to those who run them or keep the channels, and to nobody else', async () => {
    const listBy = async (account: string) => {
      const answer = await (await api.as(account)).get('/drills');
      return answer.status === 200
        ? ((await answer.json()) as { items: unknown[]; mayRun: boolean })
        : answer.status;
    };
    expect(await listBy('xiaozhang')).toMatchObject({ mayRun: true, items: [{}, {}, {}, {}] });
    expect(await listBy('admin')).toMatchObject({ mayRun: false });
    for (const account of ['banzhuren', 'nianji', 'weiyuan-a'])
      expect(await listBy(account)).toBe(403);
  });
});
