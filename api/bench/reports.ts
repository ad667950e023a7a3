import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import postgres from 'postgres';
import { observationInput } from '../src/testing/index.ts';
import type { Requester, TestApi } from '../src/testing/index.ts';
import { emptySample, measure, rowOf } from './measure.ts';
import type { Row } from './measure.ts';

/** The same number of connections as the pool of `startTestApi`. */
const connections = 6;

interface Job {
  readonly who: Requester;
  readonly body: unknown;
}

/** The least one could do: the JSON into a column, in a transaction that sets who asks. No session, no check, no rule. */
function bareApp(appUrl: string) {
  const sql = postgres(appUrl, { max: connections, connection: { search_path: 'app' } });
  const app = new Hono().post('/reports', async (c) => {
    const body = await c.req.json();
    await sql.begin(async (trx) => {
      await trx`select set_config('app.person', ${c.req.header('x-person') ?? ''}, true)`;
      await trx`insert into bare_reports (body) values (${trx.json(body)})`;
    });
    return c.json({ stored: true }, 201);
  });
  return { app, stop: () => sql.end() };
}

/** One report for each seat of the school, each about a pupil of its own. */
async function reportOfEachSeat(api: TestApi): Promise<Job[]> {
  const seats = await api.admin<
    { school_id: number; person_id: string; class_id: number; nth: number }[]
  >`
    select s.school_id, s.person_id, s.class_id, (row_number() over (partition by s.class_id order by s.seat))::int as nth
    from app.committee_seats s join app.schools c on c.id = s.school_id where c.code = 'jiangpan' and s.ends_on is null`;
  return Promise.all(
    seats.map(async (seat) => {
      const who = await api.asPerson(seat.school_id, seat.person_id);
      const pupils = await api.admin<{ id: string }[]>`
        select id from app.pupils where school_id = ${seat.school_id} and class_id = ${seat.class_id}
          and id not in (select person_id from app.committee_seats) order by id`;
      const mine = (await (await who.get('/monthly-reports/mine')).json()) as {
        months: { month: string }[];
      };
      const observation = observationInput(pupils[seat.nth]?.id ?? '', {
        words: '这两周他常常一个人坐着，午饭也不去吃，叫他也不应。',
      });
      const body = {
        month: mine.months[0]?.month,
        kindness: '有同学每天帮他带作业。',
        zeroReport: false,
        observations: [observation],
      };
      return { who, body };
    }),
  );
}

const clear = (api: TestApi) => api.admin`
  truncate app.alert_events, app.alert_evidence, app.alert_decisions, app.alert_reasons, app.alerts, app.observation_details,
    app.observations, app.monthly_report_bodies, app.monthly_reports, app.idempotency_records, app.bare_reports cascade`;

async function expectStored(answer: Response | Promise<Response>): Promise<void> {
  const { status } = await answer;
  if (status !== 201) throw new Error(`a report was answered with ${status}`);
}

/** `POST /api/monthly-reports` and the bare insert of the same JSON, batch by batch in turn. */
export async function compareReports(api: TestApi, least: number): Promise<[Row, Row][]> {
  await api.admin`create table app.bare_reports (id bigint generated always as identity primary key, body jsonb not null)`;
  await api.admin`grant insert on app.bare_reports to shaodian_app`;
  const bare = bareApp(api.appUrl);
  const jobs = await reportOfEachSeat(api);
  const ours = jobs.map(
    ({ who, body }) =>
      () =>
        expectStored(who.post('/monthly-reports', body)),
  );
  const theirs = jobs.map(
    ({ who, body }) =>
      () =>
        expectStored(bare.app.fetch(bareRequest(who, body))),
  );
  const rows: [Row, Row][] = [];
  for (const atOnce of [1, 8]) {
    const samples = [emptySample(), emptySample()] as const;
    // The first round warms up: connections, prepared statements, compiled code.
    for (let round = 0; samples[0].times.length < least; round += 1) {
      await clear(api);
      await measure(round === 0 ? emptySample() : samples[0], atOnce, ours);
      await measure(round === 0 ? emptySample() : samples[1], atOnce, theirs);
    }
    rows.push([
      rowOf('POST /api/monthly-reports', atOnce, samples[0]),
      rowOf('bare Hono + postgres.js insert', atOnce, samples[1]),
    ]);
  }
  await bare.stop();
  return rows;
}

const bareRequest = (who: Requester, body: unknown): Request =>
  new Request('http://localhost/reports', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      cookie: who.cookie,
      'x-person': who.personId,
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify(body),
  });

/** A list that the duty screen asks for all the time. */
export async function measureAlerts(api: TestApi, requests: number): Promise<Row[]> {
  const who = await api.as('xinli');
  const job = async () => {
    const answer = await who.get('/alerts?limit=20');
    if (answer.status !== 200) throw new Error(`alerts were answered with ${answer.status}`);
    await answer.arrayBuffer();
  };
  const rows: Row[] = [];
  for (const atOnce of [1, 8]) {
    await measure(emptySample(), atOnce, Array(50).fill(job));
    const sample = emptySample();
    await measure(sample, atOnce, Array(requests).fill(job));
    rows.push(rowOf('GET /api/alerts', atOnce, sample));
  }
  return rows;
}
