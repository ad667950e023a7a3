import { listOf } from './access-of-school.ts';
import { askAbout, askForAll, askPlainly, idOf, signedIn, visibleIds } from './access-run.ts';
import type { AccessRow } from './access-oracle.ts';
import type { AccessRun, Asking } from './access-run.ts';
import type { Driver, Drivers } from './access-driver.ts';

/** A pupil of each place, for a seat there; taken back each time. */
const propose: Driver = async (run, route) => {
  const ids: readonly string[] = Object.values(run.world.pupils);
  const rows = run.rows('pupils').filter((row) => ids.includes(idOf(row)));
  const { admin } = run.world.api;
  const saved =
    await admin`select id from app.grant_proposals where person_id = any (${[...ids]}::uuid[])`;
  const known = saved.map((row) => row['id'] as string);
  await admin`update app.grant_proposals set decision = 'refused', decided_by = (select id from app.people p
    where p.school_id = grant_proposals.school_id and p.kind = 'staff' and p.id <> proposed_by limit 1) where id = any (${known}::uuid[])`;
  for (const who of run.asking)
    for (const row of rows) {
      const body = {
        personId: idOf(row),
        role: 'committee_member',
        seat: 'A',
        reason: 'new_term',
      };
      const done = await askAbout(run, route, who, row, { body });
      if (!done) continue;
      await askAbout(run, route, who, row, { body, ready: false });
      await admin`delete from app.grant_proposals where person_id = ${idOf(row)} and not id = any (${known}::uuid[])`;
    }
  await admin`update app.grant_proposals set decision = null, decided_by = null, decided_at = null where id = any (${known}::uuid[])`;
  await run.refresh();
};

/** Whoever proposed it or gets it is refused in other words. */
const isPartOf = (who: Asking, row: AccessRow) =>
  row.person === who.as?.personId || row.granted_by === who.as?.personId;

/** Everything that waits, and one that was decided for each school; taken back each time. */
const decide =
  (request: (id: string) => { path?: string; body: object }): Driver =>
  async (run, route) => {
    const all = run.rows('grant_proposals');
    const decided = new Map(all.filter((row) => row.closed).map((row) => [row.school, row]));
    const rows = [...all.filter((row) => !row.closed), ...decided.values()];
    for (const who of run.asking)
      for (const row of rows.filter((one) => !isPartOf(who, one))) {
        const ready = row.closed === false;
        const done = await askAbout(run, route, who, row, { ...request(idOf(row)), ready });
        if (done)
          await run.world.api
            .admin`update app.grant_proposals set decision = null, decided_by = null, decided_at = null where id = ${idOf(row)}`;
      }
    await run.refresh();
  };

const listGrants: Driver = async (run, route) => {
  for (const who of run.asking) await askPlainly(run, route, who);
  const holding = new Set(
    run.rows('grants').flatMap((row) => (row.closed === false ? idOf(row) : [])),
  );
  for (const who of signedIn(run)) {
    const asked = await run.ask(who, 'GET', '/grants?limit=1');
    if (asked.outcome !== '200') continue;
    const items = await askForAll<{ id: string }>(run, who, '/grants?limit=200');
    const expected = visibleIds(run, 'grants', who).filter((id) => holding.has(id));
    const got = items.map((one) => one.id).sort();
    run.judge({ route, who, row: null, what: 'ids' }, got, expected);
  }
};

/** Grants of people on whom nothing else in the cast depends; taken back each time, their sessions too. */
function expendable(run: AccessRun): AccessRow[] {
  const names = [
    'mentor, expert, district viewer',
    'every role and duty, ended',
    'every role and duty, not yet',
    'grade head, other grade',
    'school leader on red duty',
    'homeroom teacher, other school',
  ];
  const people = names.flatMap((name) => {
    const { context } = run.world.actor(name);
    return context?.kind === 'person' ? context.personId : [];
  });
  return run.rows('grants').filter((row) => people.includes(row.person ?? ''));
}

const end: Driver = async (run, route) => {
  const { admin } = run.world.api;
  for (const who of run.asking)
    for (const row of expendable(run)) {
      const [saved] = await admin<
        { ends_at: Date | null }[]
      >`select ends_at from app.grants where id = ${idOf(row)}`;
      const ready = row.closed === false;
      const body = { reason: 'change_of_duty' };
      const done = await askAbout(run, route, who, row, { body, ready });
      if (!done) continue;
      await askAbout(run, route, who, row, { body, ready: false });
      await admin`update app.grants set ended_by = null, end_reason = null, ends_at = ${saved?.ends_at ?? null} where id = ${idOf(row)}`;
      await admin`update app.sessions set revoked_at = null where person_id = ${row.person}`;
    }
  await run.refresh();
};

/** Who proposes, decides and ends roles. */
export const ofGrants: Drivers = {
  'GET /grant-proposals': listOf('grant_proposals', '/grant-proposals?limit=200'),
  'POST /grant-proposals': propose,
  'POST /grant-proposals/{id}/decision': decide(() => ({ body: { decision: 'refuse' } })),
  'POST /grant-proposals/decisions': decide((id) => ({ body: { ids: [id], decision: 'refuse' } })),
  'GET /grants': listGrants,
  'POST /grants/{id}/end': end,
};
