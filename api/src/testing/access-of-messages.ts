import { listOf } from './access-of-school.ts';
import { askAbout, askPlainly, idOf } from './access-run.ts';
import type { Driver, Drivers } from './access-driver.ts';

const plainly: Driver = async (run, route) => {
  for (const who of run.asking) await askPlainly(run, route, who);
};

const config = { kind: 'wecom', url: 'http://127.0.0.1:9/x' };

/** Taken back each time. */
const add: Driver = async (run, route) => {
  for (const who of run.asking) {
    await askPlainly(run, route, who, { body: { name: 'added', config } });
    await run.world.api.admin`delete from app.channels where name = 'added'`;
  }
};

const change: Driver = async (run, route) => {
  for (const who of run.asking)
    for (const row of run.rows('channels')) {
      const [now] = await run.world.api.admin<
        { version: number }[]
      >`select version from app.channels where id = ${idOf(row)}`;
      const body = { name: 'probe', enabled: true };
      await askAbout(run, route, who, row, {
        body,
        headers: { 'if-match': `"${now?.version}"` },
      });
    }
};

const test: Driver = async (run, route) => {
  for (const who of run.asking)
    for (const row of run.rows('channels'))
      await askAbout(run, route, who, row, { body: { to: null } });
};

/** Staff set one; taken back each time. */
const set: Driver = async (run, route) => {
  const { admin } = run.world.api;
  const staff = new Map(run.rows('staff').map((row) => [row.person, row]));
  for (const who of run.asking) {
    // For a pupil there is no such thing.
    const own = staff.get(who.as?.personId ?? '') ?? [...staff.values()][0];
    if (!own) continue;
    const saved = await admin`select * from app.contact_points where person_id = ${own.person}`;
    await askAbout(run, route, who, own, {
      path: '/account/contact-points',
      body: { kind: 'phone', address: '13800000000' },
    });
    await admin`delete from app.contact_points where person_id = ${own.person}`;
    if (saved.length > 0) await admin`insert into app.contact_points ${admin(saved)}`;
  }
};

const prove: Driver = async (run, route) => {
  for (const who of run.asking)
    for (const row of pointsFor(run, who))
      await askAbout(run, route, who, row, { body: { code: '123456' } });
};

const pointsFor = (run: Parameters<Driver>[0], who: (typeof run)['asking'][number]) => {
  const rows = run.rows('contact_points');
  const own = rows.filter((row) => row.person === who.as?.personId);
  return new Set([...own, ...rows.slice(0, 3)]);
};

/** Taken back each time. */
const remove: Driver = async (run, route) => {
  const { admin } = run.world.api;
  for (const who of run.asking)
    for (const row of pointsFor(run, who)) {
      const saved = await admin`select * from app.contact_points where id = ${idOf(row)}`;
      const done = await askAbout(run, route, who, row);
      if (done) await admin`insert into app.contact_points ${admin(saved)}`;
    }
};

const opened: Driver = async (run, route) => {
  const rows = run.rows('messages').filter((row) => row.alert !== null);
  const kinds = new Map(rows.map((row) => [[row.school, row.class, row.colour].join(), row]));
  for (const who of run.asking) {
    const own = rows.filter((row) => row.person === who.as?.personId).slice(0, 3);
    for (const row of new Set([...kinds.values(), ...own]))
      await askAbout(run, route, who, row, { body: {} });
  }
};

/** What goes outside the program, and where people are reached. */
export const ofMessages: Drivers = {
  'GET /channels': listOf('channels', '/channels?'),
  'POST /channels': add,
  'PATCH /channels/{id}': change,
  'POST /channels/{id}/tests': test,
  'GET /readiness': plainly,
  'GET /account/contact-points': plainly,
  'POST /account/contact-points': set,
  'POST /account/contact-points/{id}/proof': prove,
  'DELETE /account/contact-points/{id}': remove,
  'POST /messages/{id}/opened': opened,
};
