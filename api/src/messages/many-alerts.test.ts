import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { deliverAll, startPeers, startTestApi } from '../testing/index.ts';
import type { Peers, TestApi } from '../testing/index.ts';
import { killWhile } from '../testing/kill-processes.ts';

let api: TestApi;
let peers: Peers;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  peers = await startPeers();
  const admin = await api.as('admin');
  for (const kind of ['email', 'ringing', 'wecom', 'dingtalk', 'feishu'] as const)
    await admin.post('/channels', { name: kind, config: peers.configs[kind] });
  for (const account of ['xinli', 'deyu', 'nianji', 'zixun', 'xiaozhang'])
    for (const [kind, address] of [
      ['email', `${account}@school.example`],
      ['phone', '13800000000'],
    ])
      await (await api.as(account)).post('/account/contact-points', { kind, address });
  peers.mail.letters.length = 0;
  peers.http.received.length = 0;
});
afterAll(async () => {
  await api.stop();
  await peers.stop();
});

const alerts = 500;

test(`${alerts} alerts at once: no limit is broken, every message is sent or shown as failed, and a killed worker is replaced within 5 s`, async () => {
  const [{ holder, school } = { holder: '', school: 0 }] = await api.admin<
    { holder: string; school: number }[]
  >`select a.person_id as holder, a.school_id as school from app.accounts a join app.schools s on s.id = a.school_id
    where s.code = 'jiangpan' and a.name = 'xinli'`;
  await api.admin`insert into app.alerts (school_id, id, pupil_id, grade_id, class_id, colour, tier, status, counsellor_only, guardian_locked,
      mandatory_report, holder_id, rung, asked, first_raised_at, raised_at, ack_clock, ack_due_at)
    select p.school_id, gen_random_uuid(), p.id, p.grade_id, p.class_id, 'red', 'school', 'open', false, false, false, ${holder}, 'school',
      array[${holder}::uuid], now(), now(), 'red', now() + interval '10 minutes'
    from app.pupils p where p.school_id = ${school} and not exists (select from app.alerts a where a.pupil_id = p.id) order by p.id limit ${alerts}`;
  await api.admin`delete from app.outbox where delivered_at is null`;
  await api.admin`insert into app.outbox (school_id, id, topic, subject_id, at)
    select school_id, gen_random_uuid(), 'alert.clock_started', id, now() from app.alerts where status = 'open' and colour = 'red'
      and raised_at > now() - interval '1 minute' limit ${alerts}`;
  await deliverAll(api);
  const waiting = async () =>
    Number(
      (
        await api.admin<
          { n: number }[]
        >`select count(*)::int as n from app.messages where state = 'queued'`
      )[0]?.n,
    );
  const planned = await waiting();
  expect(planned).toBeGreaterThan(alerts * 4);
  const sentAt: number[] = [];
  const begun = Date.now();
  const entry = new URL('../testing/message-process.ts', import.meta.url);
  const { kills } = await killWhile(entry, [api.workerUrl], async () => {
    sentAt.push(await waiting());
    return sentAt.at(-1) !== 0 && Date.now() - begun < 90_000;
  });
  const states = await api.admin<{ state: string; n: number }[]>`
    select state, count(*)::int as n from app.messages where drill_id is null group by state order by state`;
  const [late] = await api.admin<{ gap: number }[]>`
    select coalesce(max(extract(epoch from gap)), 0)::float8 as gap from (
      select sent_at - lag(sent_at) over (order by sent_at) as gap from app.messages where drill_id is null and sent_at is not null and channel_kind in ('email', 'ringing')) x`;
  process.stdout.write(
    `messages: ${planned} planned for ${alerts} alerts, ${kills} workers killed, ${JSON.stringify(states)} in ${Math.round((Date.now() - begun) / 1_000)} s, ` +
      `longest pause ${late?.gap.toFixed(1)} s, ${peers.http.refused.length} refused by a peer\n`,
  );
  expect(states.map(({ state }) => state)).toEqual(['sent']);
  expect(peers.http.refused).toEqual([]);
  expect(late?.gap).toBeLessThan(5);
});
