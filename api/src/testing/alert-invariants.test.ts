import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { carryOutDue } from './carry-out-due.ts';
import { deliverAll } from './deliver-all.ts';
import { findBroken, findFallen, lookAtAlerts } from './alert-invariants.ts';
import { startTestApi } from './test-api.ts';
import type { TestApi } from './test-api.ts';

let api: TestApi;
const at = new Date();
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  await carryOutDue(api);
  await deliverAll(api);
});
afterAll(() => api.stop());

const one = `(select id from app.alerts where status = 'open' and holder_id is not null order by id limit 1)`;

/** What each rule must notice. */
const damage: Readonly<Record<string, string>> = {
  'an alert held by somebody who is kept away from the pupil': `insert into app.exclusions (school_id, id, person_id, pupil_id, class_id, grade_id, kind, decided_by, starts_at)
    select school_id, gen_random_uuid(), holder_id, pupil_id, class_id, grade_id, 'relative', holder_id, now() from app.alerts where id = ${one}`,
  'an alert held by somebody who is absent': `insert into app.absences (school_id, id, person_id, starts_at, ends_at)
    select school_id, gen_random_uuid(), holder_id, now() - interval '1 hour', now() + interval '1 day' from app.alerts where id = ${one}`,
  'a clock that ran out and was not carried out': `update app.alert_clocks set due_at = '2020-01-01' where alert_id = ${one} and state = 'running'`,
  'a clock that runs in a closed alert': `update app.alerts set status = 'closed' where id = ${one}`,
  'an open alert without its acknowledgement clock': `delete from app.alert_clocks where alert_id = ${one} and kind = 'acknowledge'`,
  'a miss that no event tells of': `update app.alert_clocks set missed = 9 where alert_id = ${one} and kind = 'acknowledge'`,
  'somebody who was asked twice in one climb': `update app.alerts set asked = array[holder_id, holder_id] where id = ${one}`,
  'something that was told to nobody': `insert into app.outbox (school_id, id, topic, subject_id, at)
    select school_id, gen_random_uuid(), 'alert.climbed', id, now() from app.alerts where id = ${one}`,
};

test.each(Object.entries(damage))('%s is noticed', async (rule, statement) => {
  const before = Object.keys(await findBroken(api.admin, at));
  await api.admin.unsafe('begin');
  await api.admin.unsafe(statement);
  const after = await findBroken(api.admin, at);
  await api.admin.unsafe('rollback');
  expect(before).not.toContain(rule);
  expect(Object.keys(after)).toContain(rule);
});

test('what went down, was closed by nobody or is gone is noticed', async () => {
  const before = await lookAtAlerts(api.admin);
  await api.admin.unsafe('begin');
  await api.admin.unsafe(
    `update app.alerts set colour = 'blue', tier = 'class' where id = (select id from app.alerts where colour = 'red' limit 1)`,
  );
  await api.admin.unsafe(
    `update app.alerts set status = 'closed' where id = (select id from app.alerts where colour <> 'red' and status <> 'closed' limit 1)`,
  );
  const after = await lookAtAlerts(api.admin);
  await api.admin.unsafe('rollback');
  const gone = [...before].find(
    ([id, was]) => after.get(id)?.colour === was.colour && after.get(id)?.status === was.status,
  )?.[0];
  const fallen = findFallen(before, new Map([...after].filter(([id]) => id !== gone))).join();
  for (const what of ['fell from red to blue', 'was closed by nobody', 'is gone'])
    expect(fallen).toContain(what);
  expect(findFallen(before, before)).toEqual([]);
});
