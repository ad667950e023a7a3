import { idlePerson } from './access-of-exclusions.ts';
import { askAbout, askPlainly, idOf, visibleIds } from './access-run.ts';
import type { Driver, Drivers } from './access-driver.ts';

const ids = (items: readonly { readonly id: string }[]) => items.map((one) => one.id).sort();

/** This week: of the slots and absences that touch it, those that the reader sees. */
const readWeek: Driver = async (run, route) => {
  await run.refresh();
  const touching = async (table: string) => {
    const rows = await run.world.api.admin<{ id: string }[]>`
      select id from app.${run.world.api.admin(table)} where starts_at < date_trunc('week', now(), 'Asia/Shanghai') + interval '7 days'
        and (ends_at is null or ends_at > greatest(starts_at, date_trunc('week', now(), 'Asia/Shanghai')))`;
    return new Set(rows.map((row) => row.id));
  };
  const [slots, absences] = [await touching('duty_slots'), await touching('absences')];
  for (const who of run.asking) {
    const answer = await askPlainly(run, route, who);
    if (!answer) continue;
    const week = answer.body as { slots: { id: string }[]; absences: { id: string }[] };
    const seen = (table: string, within: ReadonlySet<string>) =>
      visibleIds(run, table, who).filter((id) => within.has(id));
    run.judge({ route, who, row: null, what: 'slots' }, ids(week.slots), seen('duty_slots', slots));
    run.judge(
      { route, who, row: null, what: 'absences' },
      ids(week.absences),
      seen('absences', absences),
    );
  }
};

const inThirtyYears = { startsAt: '2056-01-03T00:00:00.000Z', endsAt: '2056-01-04T00:00:00.000Z' };

/** Taken back each time. */
const addSlot: Driver = async (run, route) => {
  const { places, api } = run.world;
  for (const who of run.asking) {
    const person = idlePerson(run, who.as?.schoolId ?? places.own.schoolId);
    const body = { duty: 'counsellor', person, phone: null, ...inThirtyYears };
    await askPlainly(run, route, who, { body });
    await api.admin`delete from app.duty_slots where starts_at = ${inThirtyYears.startsAt}`;
  }
};

/** Of oneself, so that it is also right for those who may say it of nobody else. */
const recordAbsence: Driver = async (run, route) => {
  const { pupils, api } = run.world;
  for (const who of run.asking) {
    const person = who.as?.personId ?? pupils.own;
    await askPlainly(run, route, who, { body: { person, ...inThirtyYears } });
  }
  await api.admin`delete from app.absences where starts_at = ${inThirtyYears.startsAt}`;
};

const copy: Driver = async (run, route) => {
  for (const who of run.asking)
    await askPlainly(run, route, who, { body: { week: '2056-01-03', weeks: 1 } });
};

/** As it is: what is asked is who may. */
const change: Driver = async (run, route) => {
  const { admin } = run.world.api;
  for (const who of run.asking)
    for (const row of run.rows('duty_slots')) {
      const [now] = await admin<{ version: number; position: number }[]>`
        select version, position from app.duty_slots where id = ${idOf(row)}`;
      if (!now) throw new Error('the slot is gone');
      await askAbout(run, route, who, row, {
        body: { position: now.position, endsAt: null },
        headers: { 'if-match': `"${now.version}"` },
        ready: row.closed === false,
      });
    }
  await run.refresh();
};

/** Of what runs until somebody ends it, a day in thirty years; taken back each time. */
const cover: Driver = async (run, route) => {
  const { admin } = run.world.api;
  const open = await admin<{ id: string }[]>`select id from app.duty_slots where ends_at is null`;
  const ids = new Set(open.map((row) => row.id));
  for (const who of run.asking)
    for (const row of run.rows('duty_slots').filter((one) => one.closed || ids.has(idOf(one)))) {
      const body = { person: idlePerson(run, row.school), phone: null, ...inThirtyYears };
      const done = await askAbout(run, route, who, row, { body, ready: row.closed === false });
      if (!done) continue;
      await admin`delete from app.duty_slots where starts_at >= ${inThirtyYears.startsAt}`;
      await admin`update app.duty_slots set ends_at = null where id = ${idOf(row)}`;
    }
  await run.refresh();
};

const endAbsence: Driver = async (run, route) => {
  const { admin } = run.world.api;
  for (const who of run.asking)
    for (const row of run.rows('absences')) {
      const [saved] = await admin<
        { ends_at: Date }[]
      >`select ends_at from app.absences where id = ${idOf(row)}`;
      const done = await askAbout(run, route, who, row, { body: {}, ready: row.closed === false });
      if (done)
        await admin`update app.absences set ends_at = ${saved?.ends_at ?? null} where id = ${idOf(row)}`;
    }
  await run.refresh();
};

/** As it is: what is asked is who may. */
const changeCalendar: Driver = async (run, route) => {
  for (const who of run.asking) {
    const [school] = await run.world.api.admin<{ version: number }[]>`
      select calendar_version as version from app.schools where id = ${who.as?.schoolId ?? 1}`;
    const headers = { 'if-match': `"${school?.version}"` };
    await askPlainly(run, route, who, { body: { days: [] }, headers });
  }
};

const readCalendar: Driver = async (run, route) => {
  for (const who of run.asking) await askPlainly(run, route, who);
};

/** Who is on duty, who is absent, and when school is held. */
export const ofDuty: Drivers = {
  'GET /duty': readWeek,
  'POST /duty-slots': addSlot,
  'PATCH /duty-slots/{id}': change,
  'POST /duty-slots/{id}/covers': cover,
  'POST /duty/copies': copy,
  'GET /calendar': readCalendar,
  'PATCH /calendar': changeCalendar,
  'POST /absences': recordAbsence,
  'POST /absences/{id}/end': endAbsence,
};
