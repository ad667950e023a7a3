import { randomUUID } from 'node:crypto';
import type { AccessRow } from './access-oracle.ts';
import { askAbout, askPlainly } from './access-run.ts';
import type { AccessRun, Asking } from './access-run.ts';
import type { Driver, Drivers } from './access-driver.ts';
import { anew, givePasswords, password } from './access-of-step-up.ts';

const forgetAttempts = (run: AccessRun) => run.world.api.admin`delete from app.sign_in_attempts`;

const isStaff = (run: AccessRun, { as }: Asking): boolean =>
  run.rows('staff').some((row) => row.school === as?.schoolId && row.person === as.personId);

/** Everybody has signed in whole, and nobody has a factor: what is asked for is not there, for all alike. */
const withProof =
  (body: object): Driver =>
  async (run, route) => {
    await givePasswords(run);
    await run.world.api.admin`delete from app.second_factors`;
    await forgetAttempts(run);
    for (const who of run.asking) await askPlainly(run, route, await anew(run, who), { body });
  };

const readOwn: Driver = async (run, route) => {
  for (const who of run.asking) {
    const answer = await askPlainly(run, route, who);
    if (!answer) continue;
    const got = (answer.body as { offered: boolean }).offered;
    run.judge({ route, who, row: null, what: 'offered' }, got, isStaff(run, who));
  }
};

const start: Driver = async (run, route) => {
  await givePasswords(run);
  await forgetAttempts(run);
  const [method = '', path = ''] = route.split(' ');
  for (const who of run.asking) {
    const session = await anew(run, who);
    if (!who.as || isStaff(run, who)) await askPlainly(run, route, session, { body: { password } });
    else {
      const { outcome } = await run.ask(session, method, path, { password });
      run.judge({ route, who, row: null }, outcome, '403 action.not-allowed');
    }
  }
};

/** An account of one's own, of a colleague, of a pupil, and of another school. */
function accountsFor(run: AccessRun, who: Asking): AccessRow[] {
  const accounts = run.rows('accounts');
  const kindOf = (row: AccessRow) =>
    [
      row.school === who.as?.schoolId,
      row.person === who.as?.personId,
      run.rows('staff').some((one) => one.school === row.school && one.person === row.person),
    ].join();
  return [...new Map(accounts.map((row) => [kindOf(row), row])).values()];
}

const reset: Driver = async (run, route) => {
  await givePasswords(run);
  const { admin } = run.world.api;
  for (const who of run.asking)
    for (const row of accountsFor(run, who)) {
      await forgetAttempts(run);
      await admin`delete from app.second_factors`;
      const made = await admin`
        insert into app.second_factors (school_id, id, person_id, kek_id, secret, confirmed_at, last_used_step, last_used_at)
        select school_id, ${randomUUID()}, id, 'x', 'x', now(), 0, now() from app.staff
        where school_id = ${row.school} and id = ${row.person} and id is distinct from ${who.as?.personId ?? null} returning id`;
      const session = await anew(run, who);
      await askAbout(run, route, session, row, { body: { password }, ready: made.length > 0 });
      const [left] = await admin`select count(*)::int as n from app.second_factors`;
      const isReset = made.length > 0 && left?.['n'] === 0;
      const may = who.actor.roles.some(({ role }) => role === 'administrator');
      run.judge(
        { route, who, row, what: 'the factor is gone' },
        isReset,
        made.length > 0 && may && row.school === who.as?.schoolId,
      );
      await admin`update app.sessions set revoked_at = null where person_id = ${row.person}`;
    }
  await run.refresh();
};

const accountPath = '/account/second-factor';

/** The second factor: everybody's own, and the administrator's reset. */
export const ofFactors: Drivers = {
  'POST /session/second-factor': withProof({ code: '123456' }),
  [`GET ${accountPath}`]: readOwn,
  [`POST ${accountPath}`]: start,
  [`POST ${accountPath}/confirmation`]: withProof({ code: '123456' }),
  [`POST ${accountPath}/recovery-codes`]: withProof({ password }),
  [`POST ${accountPath}/end`]: withProof({ password }),
  'POST /accounts/{id}/second-factor/reset': reset,
};
