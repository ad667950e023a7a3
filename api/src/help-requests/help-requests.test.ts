import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';

let api: TestApi;
let girl: Requester;
let boy: Requester;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
  [girl, boy] = [await api.as('weiyuan-a'), await api.as('weiyuan-b')];
});
afterAll(() => api.stop());

const ask = async (who: Requester) =>
  expect((await who.post('/help-requests', {})).status).toBe(201);
const alertsOn = (who: Requester) =>
  api.admin<
    { id: string; rules: string[]; colour: string }[]
  >`select a.id, a.colour, a.tier, a.status, a.ack_clock, a.counsellor_only, acc.name as holder,
      extract(epoch from a.ack_due_at - a.raised_at)::int / 3600 as hours,
      array(select rule from app.alert_reasons r where r.alert_id = a.id order by position) as rules
    from app.alerts a left join app.accounts acc on acc.school_id = a.school_id and acc.person_id = a.holder_id
    where a.pupil_id = ${who.personId} order by a.counsellor_only`;
const statusFor = async (account: string, id: string) =>
  (await (await api.as(account)).get(`/alerts/${id}`)).status;

test('a pupil who asks for help reaches the counsellor within 24 hours, and nobody else', async () => {
  await ask(girl);
  const [alert, ...others] = await alertsOn(girl);
  expect(others).toEqual([]);
  expect(alert).toMatchObject({
    colour: 'blue',
    tier: 'school',
    status: 'open',
    ack_clock: 'help',
    counsellor_only: true,
    holder: 'xinli',
    hours: 24,
    rules: ['R10'],
  });
  for (const account of ['xinli', 'zixun'])
    expect(await statusFor(account, alert?.id ?? ''), account).toBe(200);
  for (const account of ['banzhuren', 'nianji', 'deyu', 'xiaozhang', 'admin', 'baohu', 'weiyuan-a'])
    expect(await statusFor(account, alert?.id ?? ''), account).toBe(404);
});

test('asking again is the same alert, and asks again once somebody has answered', async () => {
  const [before] = await alertsOn(girl);
  await ask(girl);
  expect(await alertsOn(girl)).toEqual([before]);
  const acknowledged = await (
    await api.as('xinli')
  ).post(`/alerts/${before?.id}/acknowledgement`, { nextStep: 'talk_today' });
  expect(acknowledged.status).toBe(201);
  await ask(girl);
  expect(await alertsOn(girl)).toMatchObject([
    { id: before?.id, status: 'open', ack_clock: 'help' },
  ]);
});

test('what others report of the pupil is judged apart, and shows nothing of it', async () => {
  await ask(boy);
  const report = await girl.post(
    '/observations',
    observationInput(boy.personId, { indicators: ['MOO01'] }),
  );
  expect(report.status).toBe(201);
  expect(await alertsOn(boy)).toMatchObject([
    { counsellor_only: false, rules: ['R9'] },
    { counsellor_only: true, rules: ['R10'], colour: 'blue' },
  ]);
});

test('what is reported about school staff joins it, and does not take away that the pupil asked', async () => {
  const about = { indicators: ['ABU03' as const], aboutWhom: 'school_staff' as const };
  const report = await girl.post('/observations', observationInput(boy.personId, about));
  expect(report.status).toBe(201);
  const joined = (await alertsOn(boy))[1];
  expect(joined?.rules[0]).toBe('R10');
  expect(joined?.rules).toContain('R9');
  await ask(boy);
  expect((await alertsOn(boy))[1]).toMatchObject({ rules: joined?.rules, colour: joined?.colour });
});

test('the chain says of it no more than of any report', async () => {
  const [row] = await api.admin<{ action: string; pupils: unknown }[]>`
    select action from app.audit_entries order by seq desc limit 1`;
  expect(row?.action).toBe('observation.recorded');
});

test('whoever is no pupil is refused', async () => {
  for (const account of ['banzhuren', 'xinli', 'admin']) {
    const answer = await (await api.as(account)).post('/help-requests', {});
    expect(answer.status, account).toBe(403);
  }
});

test('ticked in a monthly report it reaches the counsellor, and is not kept with the report', async () => {
  await api.admin`update app.alerts set status = 'closed' where pupil_id = ${girl.personId}`;
  const { months } = (await (await girl.get('/monthly-reports/mine')).json()) as {
    months: { month: string; state: string }[];
  };
  const open = months.find((one) => one.state !== 'submitted');
  const report = await girl.post('/monthly-reports', {
    month: open?.month,
    kindness: null,
    zeroReport: true,
    observations: [],
    wantToTalk: true,
  });
  expect(report.status).toBe(201);
  const alerts = await api.admin`select ack_clock, status from app.alerts
    where pupil_id = ${girl.personId} and status = 'open'`;
  expect(alerts).toEqual([{ ack_clock: 'help', status: 'open' }]);
});
