import type { AccessRow } from './access-oracle.ts';
import { askAbout, askPlainly } from './access-run.ts';
import type { AccessRun, Asking } from './access-run.ts';
import type { Driver, Drivers } from './access-driver.ts';

export const password = 'a good password';

/** Another session of the same person, so that what happens to it harms no other cell. */
export const anew = async (run: AccessRun, who: Asking): Promise<Asking> =>
  who.as
    ? { actor: who.actor, as: await run.world.api.asPerson(who.as.schoolId, who.as.personId) }
    : who;

export async function givePasswords(run: AccessRun): Promise<void> {
  const hash = await run.world.api.deps.passwords.hash(password);
  await run.world.api
    .admin`insert into app.account_secrets (school_id, account_id, password_hash) select school_id, id, ${hash} from app.accounts
    on conflict (school_id, account_id) do update set password_hash = excluded.password_hash`;
}

const stepUp: Driver = async (run, route) => {
  await givePasswords(run);
  for (const who of run.asking)
    await askPlainly(run, route, await anew(run, who), {
      body: { password, purpose: 'follow_up' },
    });
};

const stepDown: Driver = async (run, route) => {
  for (const who of run.asking) await askPlainly(run, route, await anew(run, who));
};

const changePassword: Driver = async (run, route) => {
  await givePasswords(run);
  for (const who of run.asking) {
    const body = { password, newPassword: `${password} 2` };
    const done = await askPlainly(run, route, await anew(run, who), { body });
    const personId = who.as?.personId ?? '';
    if (!done) continue;
    const after = (await run.ask(who, 'GET', '/session')).outcome;
    run.judge({ route, who, row: null, what: 'the other session' }, after, '401 session.required');
    await run.world.api
      .admin`update app.sessions set revoked_at = null where person_id = ${personId}`;
    await givePasswords(run);
  }
};

/** What was reported about a pupil of each place of the world. */
const placed = (run: AccessRun): AccessRow[] => {
  const pupils: readonly (string | null)[] = Object.values(run.world.pupils);
  return run.rows('observation_details').filter((row) => pupils.includes(row.pupil));
};

const openReporters: Driver = async (run, route) => {
  const looks = async () =>
    Number((await run.world.api.admin`select count(*) from app.reporter_openings`)[0]?.['count']);
  for (const who of run.asking)
    for (const row of placed(run)) {
      const before = await looks();
      const body = { reason: '核实这份上报是谁写的' };
      const answer = await askAbout(run, route, who, row, { body });
      const grown = (await looks()) - before;
      run.judge({ route, who, row, what: 'looks kept' }, grown, answer ? 1 : 0);
      if (!answer) continue;
      const { reporter } = answer.body as { reporter: { id: string } | null };
      const { markOf } = run.world.api.deps.master;
      const mark = reporter && markOf(row.school, 'reporter', reporter.id);
      run.judge({ route, who, row, what: 'the reporter' }, mark, row.mark);
    }
  await run.refresh();
};

/** The password again, and what it opens. */
export const ofStepUp: Drivers = {
  'POST /observations/{id}/reporter': openReporters,
  'POST /session/step-up': stepUp,
  'DELETE /session/step-up': stepDown,
  'POST /account/password': changePassword,
};
