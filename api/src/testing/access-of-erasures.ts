import { chosenPupils, listOf } from './access-of-school.ts';
import { askAbout, idOf } from './access-run.ts';
import type { AccessRun } from './access-run.ts';
import type { Driver, Drivers } from './access-driver.ts';

const reason = { reason: 'left_school' };

/** Pupils of each place whom nobody reported on and who ask for nothing: they may be erased. */
function quietPupils(run: AccessRun) {
  const busy = new Set(chosenPupils(run).map(idOf));
  return Object.values(run.world.places).flatMap(
    ({ classId }) =>
      run.rows('pupils').find((row) => row.class === classId && !busy.has(idOf(row))) ?? [],
  );
}

const request: Driver = async (run, name) => {
  for (const row of quietPupils(run)) {
    let asked = false;
    for (const who of run.asking) {
      const done = await askAbout(run, name, who, row, { body: reason, ready: !asked });
      asked ||= done !== undefined;
    }
  }
  await run.refresh();
};

const approve: Driver = async (run, name) => {
  const [pupil] = quietPupils(run).slice(1);
  const admin = run.asking.find(({ actor }) => actor.name === 'administrator');
  if (!pupil || !admin) throw new Error('nobody can be erased');
  const before = new Set(run.rows('erasures').map(idOf));
  // Whether or not it was asked for above: it is then the administrator's.
  await run.world.api.admin`delete from app.erasures where pupil_id = ${idOf(pupil)}`;
  await run.ask(admin, 'POST', `/pupils/${idOf(pupil)}/erasure`, reason);
  await run.refresh();
  for (const row of run.rows('erasures').filter((one) => !before.has(idOf(one)))) {
    let erased = false;
    for (const who of run.asking) {
      const done = await askAbout(run, name, who, row, { body: {}, ready: !erased });
      erased ||= done !== undefined;
    }
  }
  await run.refresh();
};

/** The last of all: what is erased is gone. */
export const ofErasures: Drivers = {
  'GET /erasures': listOf('erasures', ''),
  'POST /pupils/{id}/erasure': request,
  'POST /erasures/{id}/approval': approve,
};
