import { chosenPupils } from './access-of-school.ts';
import { askAbout, idOf, visibleIds } from './access-run.ts';
import type { AccessRun } from './access-run.ts';
import type { Driver, Drivers } from './access-driver.ts';

/** A pupil of each place, and everyone from whom somebody is kept away. */
const concerned = (run: AccessRun) => {
  const ids = new Set([
    ...Object.values(run.world.pupils),
    ...run.world.actors.flatMap((actor) => actor.excludedFrom),
  ]);
  return chosenPupils(run).filter((row) => ids.has(idOf(row)));
};

const list: Driver = async (run, route) => {
  for (const who of run.asking)
    for (const row of concerned(run)) {
      const answer = await askAbout(run, route, who, row);
      if (!answer) continue;
      const { items } = answer.body as { items: { id: string }[] };
      const about = new Set(
        run.rows('exclusions').flatMap((one) => (one.pupil === idOf(row) ? idOf(one) : [])),
      );
      const expected = visibleIds(run, 'exclusions', who).filter((id) => about.has(id));
      run.judge({ route, who, row, what: 'ids' }, items.map((one) => one.id).sort(), expected);
    }
  await run.refresh();
};

/** Staff who hold nothing, one of each school. */
export function idlePerson(run: AccessRun, school: number): string {
  const names = ['teacher without role', 'administrator, other school'];
  for (const { context } of names.map((name) => run.world.actor(name)))
    if (context?.kind === 'person' && context.schoolId === school) return context.personId;
  throw new Error('each school has one');
}

/** Taken back each time. */
const decide: Driver = async (run, route) => {
  for (const who of run.asking)
    for (const row of concerned(run)) {
      const person = idlePerson(run, row.school);
      const body = { person, kind: 'relative' };
      const done = await askAbout(run, route, who, row, { body });
      if (!done) continue;
      await askAbout(run, route, who, row, { body, ready: false });
      await run.world.api.admin`delete from app.exclusions where person_id = ${person}`;
    }
  await run.refresh();
};

const end: Driver = async (run, route) => {
  for (const who of run.asking)
    for (const row of run.rows('exclusions')) {
      const done = await askAbout(run, route, who, row, { body: {}, ready: row.closed === false });
      if (!done) continue;
      await run.world.api
        .admin`update app.exclusions set ends_at = null, ended_by = null where id = ${idOf(row)}`;
    }
  await run.refresh();
};

/** Who is kept away from whom. */
export const ofExclusions: Drivers = {
  'GET /pupils/{id}/exclusions': list,
  'POST /pupils/{id}/exclusions': decide,
  'POST /exclusions/{id}/end': end,
};
