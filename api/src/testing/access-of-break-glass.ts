import { isAllowed } from './access-oracle.ts';
import type { AccessRow } from './access-oracle.ts';
import { mayReadField, routeOf } from './access-routes.ts';
import { askAbout, askForAll, askPlainly, idOf, signedIn, visibleIds } from './access-run.ts';
import type { AccessRun, Asking } from './access-run.ts';
import type { Driver, Drivers } from './access-driver.ts';

/** One alert of each pupil, one that a leader lists where there is one; and a pupil without any. */
function onePerPupil(run: AccessRun): AccessRow[] {
  const best = new Map<string, AccessRow>();
  const listed = {
    school_leader: ['school', 'orange, red or tier school', 'not about staff'],
  } as const;
  const leader = run.world.actor('school leader');
  for (const row of run.rows('alerts'))
    if (row.pupil && (!best.has(row.pupil) || isAllowed(listed, leader, row)))
      best.set(row.pupil, row);
  const without = run.rows('pupils').filter((row) => !best.has(idOf(row)));
  return [...best.values(), ...without.slice(0, 1)];
}

/** Whether something that the person opened lasts, by the world. */
const hasOpen = (run: AccessRun, who: Asking): boolean => openOf(run, who) !== undefined;

const openOf = (run: AccessRun, { actor, as }: Asking): AccessRow | undefined =>
  run
    .rows('break_glass')
    .find(
      (row) =>
        row.person === as?.personId &&
        row.closed === false &&
        row.fresh === true &&
        actor.openedFor.includes(row.pupil ?? '') &&
        !actor.excludedFrom.includes(row.pupil ?? ''),
    );

/** Taken back each time, with what was to be told of it. */
const open: Driver = async (run, route) => {
  const body = {
    category: 'missing_pupil',
    reason: '孩子没有到校，家里也联系不上，要马上知道原因',
  };
  for (const who of run.asking)
    for (const row of onePerPupil(run)) {
      const path = `/pupils/${row.pupil}/break-glass`;
      const ready = !hasOpen(run, who);
      const done = await askAbout(run, route, who, row, { path, body, ready });
      if (!done) continue;
      const { id } = done.body as { id: string };
      await run.world.api.admin`delete from app.outbox where subject_id = ${id}`;
      await run.world.api.admin`delete from app.break_glass where id = ${id}`;
    }
};

const active: Driver = async (run, route) => {
  for (const who of run.asking) {
    const answer = await askPlainly(run, route, who);
    if (!answer) continue;
    const found = (answer.body as { active: { id: string } | null }).active?.id ?? null;
    const row = openOf(run, who);
    run.judge({ route, who, row: null, what: 'id' }, found, row ? idOf(row) : null);
  }
};

const end: Driver = async (run, route) => {
  for (const who of run.asking)
    for (const row of run.rows('break_glass')) {
      const ready = row.fresh === true;
      const done = await askAbout(run, route, who, row, { body: {}, ready });
      if (done)
        await run.world.api
          .admin`update app.break_glass set ended_at = null where id = ${idOf(row)}`;
    }
};

interface Item {
  readonly id: string;
  readonly pupil: object | null;
}

const pupilOf = (run: AccessRun, row: AccessRow): AccessRow =>
  run.rows('pupils').find((pupil) => pupil.pupil === row.pupil) ?? row;

const list: Driver = async (run, route) => {
  const overseers = routeOf(route).roles ?? [];
  for (const who of run.asking) await askPlainly(run, route, who);
  for (const who of signedIn(run)) {
    if (!who.actor.roles.some(({ role }) => overseers.includes(role))) continue;
    const items = await askForAll<Item>(run, who, '/break-glass?limit=2');
    const got = items.map(({ id, pupil }) => `${id} ${pupil !== null}`).sort();
    const ids = new Set(visibleIds(run, 'break_glass', who));
    const expected = run
      .rows('break_glass')
      .filter((row) => ids.has(idOf(row)))
      .map(
        (row) =>
          `${idOf(row)} ${mayReadField(routeOf(route), 'pupil', who.actor, pupilOf(run, row))}`,
      )
      .sort();
    run.judge({ route, who, row: null, what: 'ids and names' }, got, expected);
  }
};

const one: Driver = async (run, route) => {
  // The reasons of this world are no sealed values.
  await run.world.api
    .admin`delete from app.data_keys where subject_kind = 'pupil' and subject_id in (select pupil_id from app.break_glass)`;
  for (const who of run.asking)
    for (const row of run.rows('break_glass')) {
      const answer = await askAbout(run, route, who, row);
      if (!answer) continue;
      const { pupil, reviews, mayReview } = answer.body as Item & {
        reviews: object[];
        mayReview: boolean;
      };
      const kept = run.rows('break_glass_reviews').filter((at) => at.report === idOf(row));
      run.judge(
        { route, who, row, what: 'fields' },
        { named: pupil !== null, reviews: reviews.length, mayReview },
        {
          named: mayReadField(routeOf(route), 'pupil', who.actor, pupilOf(run, row)),
          reviews: kept.length,
          mayReview: row.person !== who.as?.personId,
        },
      );
    }
};

/** Taken back each time. */
const review: Driver = async (run, route) => {
  for (const who of run.asking)
    for (const row of run.rows('break_glass')) {
      const done = await askAbout(run, route, who, row, { body: { verdict: 'justified' } });
      if (!done) continue;
      const { id } = done.body as { id: string };
      await run.world.api.admin`delete from app.break_glass_reviews where id = ${id}`;
    }
};

/** What is opened in need, and who looks at it afterwards. */
export const ofBreakGlass: Drivers = {
  'POST /pupils/{id}/break-glass': open,
  'GET /break-glass/active': active,
  'POST /break-glass/{id}/end': end,
  'GET /break-glass': list,
  'GET /break-glass/{id}': one,
  'POST /break-glass/{id}/reviews': review,
};
