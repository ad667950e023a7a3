import { askAbout, askPlainly, idOf } from './access-run.ts';
import type { AccessRun } from './access-run.ts';
import type { Driver, Drivers } from './access-driver.ts';
import { listOf } from './access-of-school.ts';

/** One runs at a time. */
const endAll = (run: AccessRun) =>
  run.world.api
    .admin`update app.drills set next_at = null, finished_at = now() where next_at is not null`;

/** Taken back each time. */
const start: Driver = async (run, route) => {
  const { admin } = run.world.api;
  await endAll(run);
  const body = { everyMinutes: 10, withOutside: false };
  for (const who of run.asking) {
    await askPlainly(run, route, who, { body });
    await admin`delete from app.drills where next_at is not null`;
  }
};

/** Each reader asks by their own call, where they were asked, and by that of somebody of each school. */
const ofCalls =
  (body?: object): Driver =>
  async (run, route) => {
    const calls = run.rows('drill_calls');
    const [, template = ''] = route.split(' ');
    for (const who of run.asking) {
      const own = calls.filter((row) => row.person === who.as?.personId);
      const [another] = calls.filter((row) => row.school !== own[0]?.school);
      for (const row of [
        ...(own.length > 0 ? own : calls.slice(0, 1)),
        ...(another ? [another] : []),
      ])
        await askAbout(run, route, who, row, {
          path: template.replace('{id}', row.report ?? ''),
          ...(body && { body }),
        });
    }
  };

/** Put back each time; what is over cannot be stopped. */
const stop: Driver = async (run, route) => {
  const { admin } = run.world.api;
  await endAll(run);
  for (const who of run.asking)
    for (const row of run.rows('drills')) {
      await askAbout(run, route, who, row, { body: {}, ready: false });
      await admin`update app.drills set next_at = 'infinity', finished_at = null where id = ${idOf(row)}`;
      await askAbout(run, route, who, row, { body: {} });
      await admin`update app.drills set next_at = null, finished_at = now(), stopped_at = null, stopped_by = null where id = ${idOf(row)}`;
    }
};

/** A red alert about nobody, run through the duty list. */
export const ofDrills: Drivers = {
  'GET /drills': listOf('drills', ''),
  'POST /drills': start,
  'GET /drills/{id}': ofCalls(),
  'POST /drills/{id}/stop': stop,
  'POST /drills/{id}/answer': ofCalls({}),
};
