import { indicators, indicatorsFor } from '@shaodian/rules';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { observationInput, startTestApi } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { watchAnswers } from '../testing/refusals.ts';

interface Month {
  month: string;
  dueOn: string;
  state: 'due' | 'late' | 'submitted';
}
interface Sent {
  id: string;
  late: boolean;
  emergency: boolean;
  next: string;
  observationIds: string[];
}

let api: TestApi;
let girl: Requester;
let boy: Requester;
let classmates: string[];
let months: Month[];

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  watchAnswers(api);
  [girl, boy] = [await api.as('weiyuan-a'), await api.as('weiyuan-b')];
  const listed = (await (await girl.get('/pupils')).json()) as { items: { id: string }[] };
  classmates = listed.items
    .map((one) => one.id)
    .filter((id) => id !== girl.personId && id !== boy.personId);
  months = await monthsOf(girl);
});
afterAll(() => api.stop());

const monthsOf = async (who: Requester) =>
  ((await (await who.get('/monthly-reports/mine')).json()) as { months: Month[] }).months;
const pupil = (index: number): string => classmates[index] ?? '';
const zero = (month: string, changes: object = {}) => ({
  month,
  kindness: null,
  zeroReport: true,
  observations: [],
  ...changes,
});
const about = (month: string, ...observations: unknown[]) =>
  zero(month, { zeroReport: false, observations });
const handIn = (who: Requester, body: unknown) => who.post('/monthly-reports', body);
const refusalOf = async (response: Response) => {
  const { code, errors } = (await response.json()) as {
    code: string;
    errors?: { path: string }[];
  };
  return { status: response.status, code, path: errors?.[0]?.path };
};
const counts = async () =>
  (
    await api.admin`select (select count(*)::int from app.monthly_reports) as reports,
      (select count(*)::int from app.monthly_report_bodies) as bodies, (select count(*)::int from app.observations) as observations,
      (select count(*)::int from app.observation_details) as details, (select count(*)::int from app.alerts) as alerts,
      (select count(*)::int from app.alert_events) as events, (select count(*)::int from app.data_keys) as keys,
      (select count(*)::int from app.idempotency_records) as records`
  )[0];

describe('a monthly report is refused, and nothing of it is kept,', () => {
  const month = () => months[0]?.month ?? '';
  const many = (n: number) =>
    Array.from({ length: n }, (_, index) => observationInput(pupil(index)));
  const cases: [string, () => unknown, object][] = [
    [
      'without a pupil and without the explicit zero',
      () => zero(month(), { zeroReport: false }),
      { code: 'request.invalid', path: 'zeroReport' },
    ],
    [
      'with a pupil and with the explicit zero',
      () => zero(month(), { observations: many(1) }),
      { code: 'request.invalid', path: 'zeroReport' },
    ],
    [
      'without saying zero or not',
      () => ({ month: month(), kindness: null, observations: [] }),
      { code: 'request.invalid', path: 'zeroReport' },
    ],
    [
      'about six pupils',
      () => about(month(), ...many(6)),
      { code: 'request.invalid', path: 'observations' },
    ],
    [
      'about one pupil twice',
      () => about(month(), ...many(1), ...many(1)),
      { code: 'request.invalid', path: 'observations' },
    ],
    [
      'with one sign twice',
      () => about(month(), observationInput(pupil(0), { indicators: ['MOO01', 'MOO01'] })),
      { code: 'request.invalid', path: 'observations.0.indicators' },
    ],
    [
      'with no sign',
      () => about(month(), observationInput(pupil(0), { indicators: [] })),
      { code: 'request.invalid', path: 'observations.0.indicators' },
    ],
    [
      'with 301 characters of words',
      () => about(month(), observationInput(pupil(0), { words: '字'.repeat(301) })),
      { code: 'request.invalid', path: 'observations.0.words' },
    ],
    [
      'with 301 characters of kindness',
      () => zero(month(), { kindness: '字'.repeat(301) }),
      { code: 'request.invalid', path: 'kindness' },
    ],
    [
      'for a month before the open ones',
      () => zero('2020-01'),
      { code: 'monthly-report.month-not-open' },
    ],
    ['for a month to come', () => zero('2099-12'), { code: 'monthly-report.month-not-open' }],
    ['for no month', () => zero('2026-13'), { code: 'request.invalid', path: 'month' }],
    [
      'with a date after today',
      () => about(month(), observationInput(pupil(0), { observedOn: '2099-01-01' })),
      { code: 'observation.date-in-future', path: 'observedOn' },
    ],
    [
      'without about whom where a sign asks',
      () => about(month(), observationInput(pupil(0), { indicators: ['BUL01'] })),
      { code: 'observation.about-whom-missing', path: 'aboutWhom' },
    ],
    [
      'about its own writer',
      () => about(month(), observationInput(girl.personId)),
      { code: 'observation.pupil-not-found', path: 'pupilId' },
    ],
    [
      'when its second pupil is none of the class, though the first is in an emergency',
      () =>
        about(
          month(),
          observationInput(pupil(0), { indicators: ['SUI02'] }),
          observationInput(crypto.randomUUID()),
        ),
      { code: 'observation.pupil-not-found', path: 'pupilId' },
    ],
  ];
  test.each(cases)('%s', async (_, body, expected) => {
    const before = await counts();
    expect(await refusalOf(await handIn(girl, body()))).toMatchObject({ status: 422, ...expected });
    expect(await counts()).toEqual(before);
  });

  test('with a sign that is offered to staff only', async () => {
    const peers = new Set(indicatorsFor('peer').map((one) => one.code));
    const staffOnly = indicators.map((one) => one.code).filter((code) => !peers.has(code));
    expect(staffOnly.length).toBeGreaterThan(0);
    const before = await counts();
    for (const code of staffOnly) {
      const body = about(
        month(),
        observationInput(pupil(0), { indicators: [code], aboutWhom: 'unknown' }),
      );
      expect(await refusalOf(await handIn(girl, body))).toMatchObject({
        status: 422,
        code: 'observation.indicator-not-offered',
      });
    }
    expect(await counts()).toEqual(before);
  });

  test('of anybody without a seat', async () => {
    const before = await counts();
    for (const account of ['banzhuren', 'xinli', 'admin'])
      expect(await refusalOf(await handIn(await api.as(account), zero(month())))).toMatchObject({
        status: 403,
        code: 'monthly-report.no-seat',
      });
    expect(await counts()).toEqual(before);
  });
});

describe('a monthly report', () => {
  test('of two seats of a class is two reports; each seat hands in once', async () => {
    const month = months[0]?.month ?? '';
    expect((await handIn(girl, zero(month))).status).toBe(201);
    expect((await handIn(boy, zero(month))).status).toBe(201);
    const before = await counts();
    for (const who of [girl, boy])
      expect(await refusalOf(await handIn(who, zero(month, { kindness: '又一次' })))).toMatchObject(
        {
          status: 409,
          code: 'monthly-report.already-submitted',
        },
      );
    expect(await counts()).toEqual(before);
    expect((await monthsOf(girl)).find((one) => one.month === month)?.state).toBe('submitted');
  });

  test('is late after the day it is due on, and not on it', async () => {
    const { month = '', dueOn = '' } = months[1] ?? {};
    const sent = async (who: Requester, at: string): Promise<Sent> => {
      api.setNow(new Date(at));
      return (await (await handIn(who, zero(month))).json()) as Sent;
    };
    await api.admin`delete from app.monthly_report_bodies where month = ${`${month}-01`}`;
    const stateAt = async (at: string) => {
      api.setNow(new Date(at));
      return (await monthsOf(girl)).find((one) => one.month === month)?.state;
    };
    expect(await stateAt(`${dueOn}T23:59:59+08:00`)).toBe('due');
    const midnight = new Date(Date.parse(`${dueOn}T24:00:00+08:00`)).toISOString();
    expect(await stateAt(midnight)).toBe('late');
    expect((await sent(boy, `${dueOn}T23:59:59+08:00`)).late).toBe(false);
    expect((await sent(girl, midnight)).late).toBe(true);
    api.setNow(new Date());
  });

  test('about five pupils raises the alert that belongs to each', async () => {
    const month = months[2]?.month ?? '';
    const signs = [
      observationInput(pupil(1), { indicators: ['SUI02'] }),
      observationInput(pupil(2), { indicators: ['MOO01'], words: '课间总是一个人' }),
      observationInput(pupil(3), { indicators: ['SUI07'] }),
      observationInput(pupil(5), { indicators: ['SUI09'] }),
      observationInput(pupil(6), { indicators: ['HEA01'] }),
    ];
    const answer = await handIn(girl, about(month, ...signs));
    expect(answer.status).toBe(201);
    const sent = (await answer.json()) as Sent;
    expect(sent).toMatchObject({ emergency: true, next: 'emergency' });
    expect(sent.observationIds).toHaveLength(5);
    const raised = await api.admin`select colour, tier, ack_clock, needs_review from app.alerts
      where pupil_id = any (${classmates}) and raised_at > now() - interval '1 minute' order by array_position(${classmates}::uuid[], pupil_id)`;
    const plain = (colour: string, tier: string, ack_clock: string) => ({
      colour,
      tier,
      ack_clock,
      needs_review: null,
    });
    expect([...raised]).toEqual([
      plain('red', 'school', 'red'),
      plain('blue', 'class', 'blue'),
      plain('orange', 'school', 'orange-immediate'),
      plain('orange', 'school', 'orange'),
    ]);
    const own = await (await girl.get(`/monthly-reports/${sent.id}`)).json();
    expect(own).toMatchObject({ id: sent.id, month, zeroReport: false, observations: 5 });
  });

  test('is its writer’s to read for 48 hours, a counsellor’s after that, and nobody else’s', async () => {
    await api.admin`delete from app.monthly_report_bodies where month = ${`${months[0]?.month}-01`}`;
    const words = '小林把伞借给了我';
    const { id } = (await (
      await handIn(girl, zero(months[0]?.month ?? '', { kindness: words }))
    ).json()) as Sent;
    const read = async (who: Requester) => (await who.get(`/monthly-reports/${id}`)).status;
    expect(await (await girl.get(`/monthly-reports/${id}`)).json()).toMatchObject({
      kindness: words,
    });
    for (const account of ['weiyuan-b', 'banzhuren', 'nianji', 'deyu', 'admin'])
      expect(await read(await api.as(account))).toBe(404);
    expect(await read(await api.as('xinli', 'qinghe'))).toBe(404);
    const [row] = await api.admin<
      { kindness: Buffer }[]
    >`select kindness from app.monthly_report_bodies where report_id = ${id}`;
    expect(row?.kindness.includes(Buffer.from('小林'))).toBe(false);
    await api.admin`update app.monthly_report_bodies set own_until = now() - interval '1 second' where report_id = ${id}`;
    expect(await read(girl)).toBe(404);
    expect(
      await (await (await api.as('xinli')).get(`/monthly-reports/${id}`)).json(),
    ).toMatchObject({ kindness: words });
    expect((await monthsOf(girl))[0]?.state).toBe('submitted');
  });
});

describe('arrivals', () => {
  type Arrivals = {
    items: { class: { name: string }; seats: number; arrived: number; late: number }[];
  };
  const arrivals = async (who: Requester, month: string) =>
    ((await (await who.get(`/monthly-reports?month=${month}`)).json()) as Arrivals).items;

  test('tell the homeroom teacher of the own class how many came, and of no other', async () => {
    const month = months[2]?.month ?? '';
    expect(await arrivals(await api.as('banzhuren'), month)).toEqual([
      {
        class: { id: expect.any(Number) as number, name: '七(1)班' },
        seats: 2,
        arrived: 1,
        late: expect.any(Number) as number,
      },
    ]);
    const grade = await arrivals(await api.as('nianji'), month);
    expect(grade.every((one) => one.class.name.startsWith('七'))).toBe(true);
    expect(grade).toHaveLength(8);
    expect(await arrivals(await api.as('xinli'), month)).toHaveLength(24);
  });

  test('tell a committee member nothing about the other seat', async () => {
    expect(await arrivals(girl, months[0]?.month ?? '')).toEqual([]);
  });

  test('refuse a month that is none', async () => {
    const teacher = await api.as('banzhuren');
    for (const month of ['2026-1', '1999-01', '2026-00', 'x'])
      expect((await teacher.get(`/monthly-reports?month=${month}`)).status).toBe(422);
  });
});
