import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  carryOutDue,
  deliverAll,
  observationInput,
  sendAll,
  startPeers,
  startTestApi,
} from '../testing/index.ts';
import type { Peers, Requester, TestApi } from '../testing/index.ts';

let api: TestApi;
let peers: Peers;
let reporter: Requester;
let pupils: { id: string; name: string }[];
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  peers = await startPeers();
  reporter = await api.as('weiyuan-a');
  const { items } = (await (await reporter.get('/pupils')).json()) as {
    items: { id: string; name: string }[];
  };
  pupils = items.filter(({ id }) => id !== reporter.personId);
  await api.admin`update app.alert_clocks set state = 'stopped', ended_at = now() where state = 'running'`;
  // The channels of the demo are off; here there are those of the test alone.
  await api.admin`delete from app.messages`;
  await api.admin`delete from app.channels`;
  await deliverAll(api);
  const admin = await api.as('admin');
  for (const kind of ['email', 'ringing', 'wecom', 'dingtalk', 'feishu', 'webhook'] as const)
    expect(
      (await admin.post('/channels', { name: kind, config: peers.configs[kind] })).status,
    ).toBe(201);
  for (const account of ['banzhuren', 'nianji', 'xinli', 'deyu', 'zixun', 'xiaozhang']) {
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

const phones = ['banzhuren', 'nianji', 'xinli', 'deyu', 'zixun', 'xiaozhang'];
const phoneOf = (account: string) => `1380000000${phones.indexOf(account)}`;
const forget = () => {
  peers.mail.letters.length = 0;
  peers.http.received.length = 0;
  peers.http.refused.length = 0;
};
const at = (time: string) => new Date(`${time}+08:00`);
const pupil = () => pupils.pop() ?? { id: '', name: '' };
const report = async (pupilId: string, indicators: 'MOO01' | 'SUI02' | 'SUI07', time: string) => {
  api.setNow(at(time));
  const body = observationInput(pupilId, {
    indicators: [indicators],
    observedOn: time.slice(0, 10),
  });
  expect((await reporter.post('/observations', body)).status).toBe(201);
  await letOut();
  const [row] = await api.admin<{ id: string }[]>`select id from app.alerts
    where pupil_id = ${pupilId} and status <> 'closed'`;
  return row?.id ?? '';
};
/** Clocks, notices and messages, as the workers of the program do it. What waits for a digest goes at once here. */
const letOut = async (hurry = true) => {
  await carryOutDue(api);
  await deliverAll(api);
  if (hurry)
    await api.admin`update app.messages set next_at = now(), not_before = at where state = 'queued'`;
  await sendAll(api);
};
const until = async (time: string) => {
  api.setNow(at(time));
  await letOut();
};
const letters = () => peers.mail.letters.map(({ to }) => to.join());
const rung = () =>
  peers.http.received
    .filter(({ kind }) => kind === 'ringing')
    .map(({ body }) => (JSON.parse(body) as { to: string }).to);
const arrived = (kind: string) => peers.http.received.filter((one) => one.kind === kind).length;
const acknowledge = async (account: string, id: string) =>
  (await api.as(account)).post(`/alerts/${id}/acknowledgement`, { nextStep: 'go_to_pupil' });
const states = async (id: string) =>
  (
    await api.admin<{ through: string; state: string }[]>`
      select channel_kind as through, state from app.messages where alert_id = ${id} and kind <> 'alert_event' order by at, channel_kind`
  ).map(({ through, state }) => `${through} ${state}`);

describe('what goes outside', () => {
  test('follows the climb by the clock, step by step, to the contact outside; with nobody named and nothing told', async () => {
    const someone = pupil();
    const id = await report(someone.id, 'MOO01', '2026-11-23T09:00:00');
    expect(letters()).toEqual(['banzhuren@school.example']);
    await until('2026-11-26T17:30:00');
    expect(letters().at(-1)).toBe('nianji@school.example');
    await until('2026-11-27T17:30:00');
    expect(letters().at(-1)).toBe('xinli@school.example');
    for (let hours = 12; hours <= 84; hours += 12)
      await until(
        new Date(Date.parse('2026-11-27T17:30:00Z') + hours * 3_600_000).toISOString().slice(0, 19),
      );
    const outside = letters().filter((to) => to === 'duty@jiangpan-edu.example');
    expect(outside.length).toBeGreaterThan(0);
    expect(rung()).toContain('8000-9100');
    const events = peers.http.received
      .filter(({ kind }) => kind === 'webhook')
      .map(({ body }) => JSON.parse(body) as { type: string; data: object });
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['alert.raised', 'alert.climbed', 'alert.reached_outside']),
    );
    expect(events[0]?.data).toEqual({ alert: id, colour: 'blue' });
    const everything = [
      ...peers.mail.letters.map(({ raw }) => raw),
      ...peers.http.received.map(({ body }) => body),
    ].map((text) =>
      text.includes('base64')
        ? `${text}${Buffer.from(text.split('\r\n\r\n')[1] ?? '', 'base64').toString()}`
        : text,
    );
    for (const text of everything)
      expect(text).not.toMatch(
        new RegExp(`${someone.name}|七\\(1\\)|MOO01|趴着|${reporter.personId}`),
      );
    expect(peers.http.refused).toEqual([]);
    await acknowledge('xinli', id);
  });

  test('rings the red list at 23:40 on a Saturday of a holiday, and after 10, 20, 30 minutes; one answer stops it for all', async () => {
    forget();
    const id = await report(pupil().id, 'SUI02', '2026-10-03T23:40:00');
    expect(rung()).toEqual([phoneOf('xinli')]);
    expect([arrived('wecom'), arrived('dingtalk'), arrived('feishu')]).toEqual([1, 1, 1]);
    for (const time of ['2026-10-03T23:50:00', '2026-10-04T00:00:00', '2026-10-04T00:10:00'])
      await until(time);
    expect(rung().slice(0, 3)).toEqual([phoneOf('xinli'), phoneOf('deyu'), phoneOf('zixun')]);
    const before = rung().length;
    // What is written down and not sent yet is stopped by the acknowledgement.
    api.setNow(at('2026-10-04T00:20:00'));
    await carryOutDue(api);
    await deliverAll(api);
    expect((await acknowledge('zixun', id)).status).toBe(201);
    await letOut();
    const asked = peers.http.received
      .filter(({ kind }) => kind === 'ringing')
      .slice(before)
      .filter(({ body }) => body.includes('等您确认'));
    expect(asked).toEqual([]);
    expect(await states(id)).toContain('ringing stopped');
    expect(await states(id)).toContain('ringing acknowledged');
  });

  test('falls back to the next way at once, tries again, and shows what failed', async () => {
    forget();
    peers.http.misbehave('ringing', 'error-in-body', 99);
    peers.mail.refuse(550, 99);
    const id = await report(pupil().id, 'SUI07', '2026-11-24T10:00:00');
    expect(await states(id)).toContain('email failed');
    // A letter that the server refuses for good: it rings instead.
    expect(await states(id)).toContain('ringing queued');
    for (let again = 0; again < 7; again += 1) await letOut();
    expect(await states(id)).toContain('ringing failed');
    const page = (await (await (await api.as('xinli')).get(`/alerts/${id}`)).json()) as {
      messages: { through: string; state: string; to: string | null }[];
    };
    expect(page.messages).toContainEqual(
      expect.objectContaining({ through: 'ringing', state: 'failed' }),
    );
    const { items } = (await (await (await api.as('admin')).get('/channels')).json()) as {
      items: { kind: string; failed: number; lastFault: string | null }[];
    };
    expect(items.find(({ kind }) => kind === 'email')).toMatchObject({ lastFault: 'rejected' });
    expect(items.find(({ kind }) => kind === 'ringing')?.failed).toBeGreaterThan(0);
    peers.http.misbehave('ringing', 'hang', 0);
    peers.mail.refuse(0, 0);
    await acknowledge('xinli', id);
  });

  test('waits with yellow and blue for the digest, and says them in one letter', async () => {
    await api.admin`update app.alert_clocks set state = 'stopped', ended_at = now() where state = 'running'`;
    await letOut();
    forget();
    for (let n = 0; n < 3; n += 1) {
      api.setNow(at('2026-11-24T20:00:00'));
      const body = observationInput(pupil().id, {
        indicators: ['MOO01'],
        observedOn: '2026-11-24',
      });
      await reporter.post('/observations', body);
    }
    await letOut(false);
    expect(letters()).toEqual([]);
    await letOut();
    expect(letters()).toEqual(['banzhuren@school.example']);
    expect(peers.mail.letters[0]?.raw).toMatch(/Subject: =\?UTF-8/);
  });

  test('is opened by whom it was sent to, and by nobody else', async () => {
    forget();
    const id = await report(pupil().id, 'SUI02', '2026-11-24T10:00:00');
    const [row] = await api.admin<
      { id: string }[]
    >`select m.id from app.messages m join app.accounts a on a.person_id = m.person_id
      where m.alert_id = ${id} and a.name = 'xinli' and m.channel_kind = 'ringing'`;
    const path = `/messages/${row?.id}/opened`;
    expect((await (await api.as('zixun')).post(path, {})).status).toBe(404);
    const opened = await (await api.as('xinli')).post(path, {});
    expect(await opened.json()).toEqual({ id: row?.id, alert: id, drill: null });
    expect(await states(id)).toContain('ringing opened');
    await acknowledge('xinli', id);
    expect(await states(id)).toContain('ringing acknowledged');
  });
});

describe('channels', () => {
  test('are kept by the administrator and the lead counsellor; secrets are never answered', async () => {
    for (const account of ['zixun', 'deyu', 'banzhuren', 'baohu'])
      expect((await (await api.as(account)).get('/channels')).status, account).toBe(403);
    const text = await (await (await api.as('xinli')).get('/channels')).text();
    expect(text).toContain('127.0.0.1');
    for (const secret of [...Object.values(peers.http.secrets), 'c0ffee00'])
      expect(text).not.toContain(secret);
  });

  test('are tested with a button that says what came of it', async () => {
    const admin = await api.as('admin');
    const { items } = (await (await admin.get('/channels')).json()) as {
      items: { id: string; kind: string }[];
    };
    const id = items.find(({ kind }) => kind === 'wecom')?.id;
    const tested = async () =>
      (await (await admin.post(`/channels/${id}/tests`, { to: null })).json()) as object;
    expect(await tested()).toEqual({ state: 'sent', fault: null });
    peers.http.misbehave('wecom', 'hang');
    expect(await tested()).toEqual({ state: 'failed', fault: 'timeout' });
  });
});

describe('where somebody is reached', () => {
  test('is proven by the code that was sent there, within five tries', async () => {
    const who = await api.as('banzhuren-2');
    forget();
    const set = await who.post('/account/contact-points', {
      kind: 'phone',
      address: '13900000001',
    });
    const { id, codeSent } = (await set.json()) as { id: string; codeSent: boolean };
    expect(codeSent).toBe(true);
    const [call] = peers.http.received;
    const code = /\d{6}/.exec((JSON.parse(call?.body ?? '{}') as { text: string }).text)?.[0] ?? '';
    const prove = (given: string) =>
      who.post(`/account/contact-points/${id}/proof`, { code: given });
    expect((await prove(code === '000000' ? '000001' : '000000')).status).toBe(422);
    const other = await api.as('nianji');
    expect((await other.post(`/account/contact-points/${id}/proof`, { code })).status).toBe(404);
    expect((await prove(code)).status).toBe(201);
    expect(await (await who.get('/account/contact-points')).json()).toMatchObject({
      items: [{ kind: 'phone', address: '13900000001', provenAt: expect.any(String) as string }],
    });
    expect((await prove(code)).status).toBe(422);
    expect((await who.delete(`/account/contact-points/${id}`)).status).toBe(204);
    expect((await who.delete(`/account/contact-points/${id}`)).status).toBe(404);
  });

  test('after five wrong ones the right one is none', async () => {
    const who = await api.as('banzhuren-2');
    forget();
    const set = await who.post('/account/contact-points', {
      kind: 'email',
      address: 'a@school.example',
    });
    const { id } = (await set.json()) as { id: string };
    const raw = peers.mail.letters[0]?.raw ?? '';
    const text = Buffer.from(raw.split('\r\n\r\n')[1] ?? '', 'base64').toString();
    const code = /\d{6}/.exec(text)?.[0] ?? '';
    for (let n = 0; n < 5; n += 1)
      await who.post(`/account/contact-points/${id}/proof`, {
        code: code === '111111' ? '222222' : '111111',
      });
    expect((await who.post(`/account/contact-points/${id}/proof`, { code })).status).toBe(422);
  });

  test('of everybody on the red list is what lets red ring', async () => {
    const ready = async () =>
      (await (await (await api.as('admin')).get('/readiness')).json()) as {
        mayRing: boolean;
        redList: { proven: boolean }[];
      };
    expect(await ready()).toMatchObject({ mayRing: false, ringingChannels: 1, outsideContacts: 2 });
    await api.admin`update app.contact_points set proven_at = now() where kind = 'phone'`;
    expect(await ready()).toMatchObject({ mayRing: true });
    await api.admin`update app.contact_points set proven_at = null where address = ${phoneOf('zixun')}`;
    expect(await ready()).toMatchObject({ mayRing: false });
    expect((await (await api.as('banzhuren')).get('/readiness')).status).toBe(403);
  });
});
