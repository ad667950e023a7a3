import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { killWhile } from '../testing/kill-processes.ts';
import { startTestApi } from '../testing/index.ts';
import type { TestApi } from '../testing/index.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
});
afterAll(() => api.stop());

const alerts = 600;
const at = '2026-11-26T12:00:00Z';

/** So many open alerts whose clocks ran out an hour ago, of pupils who have none. */
async function raiseMany(): Promise<void> {
  await api.admin`update app.alert_clocks set state = 'stopped', ended_at = now() where state = 'running'`;
  const place = api.admin`select p.school_id, p.id as pupil_id, p.grade_id, p.class_id,
    (select g.person_id from app.grants g where g.school_id = p.school_id and g.role = 'homeroom_teacher' and g.class_id = p.class_id limit 1) as holder
    from app.pupils p join app.schools s on s.id = p.school_id where s.code = 'jiangpan'
      and not exists (select from app.alerts a where a.pupil_id = p.id) order by p.id limit ${alerts}`;
  await api.admin`insert into app.alerts (school_id, id, pupil_id, grade_id, class_id, colour, tier, status, counsellor_only, guardian_locked,
      mandatory_report, holder_id, rung, asked, first_raised_at, raised_at, ack_clock, ack_due_at)
    select school_id, gen_random_uuid(), pupil_id, grade_id, class_id, 'blue', 'class', 'open', false, false, false, holder, 'class', array[holder],
      ${at}::timestamptz - interval '3 days', ${at}::timestamptz - interval '3 days', 'blue', ${at}::timestamptz - interval '1 hour' from (${place}) x`;
  await api.admin`insert into app.alert_clocks (school_id, alert_id, kind, pupil_id, started_at, due_at, state)
    select school_id, id, 'acknowledge', pupil_id, raised_at, ack_due_at, 'running' from app.alerts where ack_due_at = ${at}::timestamptz - interval '1 hour'`;
}

test(`of ${alerts} clocks that run out while three workers are killed again and again, each is carried out once`, async () => {
  await raiseMany();
  const left = async () =>
    Number(
      (
        await api.admin<{ n: number }[]>`select count(*)::int as n from app.alert_clocks
          where state = 'running' and due_at <= ${at}`
      )[0]?.n,
    );
  expect(await left()).toBe(alerts);
  const entry = new URL('../testing/clock-process.ts', import.meta.url);
  const { kills } = await killWhile(entry, [api.workerUrl, at], async () => (await left()) > 0);
  const [counts] = await api.admin<Record<string, number>[]>`
    select count(*)::int as clocks, min(c.missed)::int as least, max(c.missed)::int as most,
      count(*) filter (where a.rung = 'grade' and cardinality(a.asked) = 2 and a.holder_id = a.asked[2])::int as climbed,
      (select count(*)::int from app.alert_events e where e.kind = 'climbed') as events,
      (select count(*)::int from app.outbox o where o.topic = 'alert.climbed') as told
    from app.alert_clocks c join app.alerts a on a.id = c.alert_id where c.started_at = ${at}::timestamptz - interval '3 days'`;
  process.stdout.write(
    `clocks: ${alerts} ran out, ${kills} workers killed, ${JSON.stringify(counts)}\n`,
  );
  expect(counts).toEqual({
    clocks: alerts,
    least: 1,
    most: 1,
    climbed: alerts,
    events: alerts,
    told: alerts,
  });
  expect(kills).toBeGreaterThan(1);
});
