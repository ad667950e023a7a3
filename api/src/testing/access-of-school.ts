import { isAllowed } from './access-oracle.ts';
import type { AccessRow } from './access-oracle.ts';
import { isTrueReason, mayReadField, routeOf } from './access-routes.ts';
import { maySee } from './access-table.ts';
import { askAbout, askForAll, askPlainly, idOf, signedIn, visibleIds } from './access-run.ts';
import type { AccessRun, Asking } from './access-run.ts';
import type { Driver, Drivers } from './access-driver.ts';

interface PupilItem {
  readonly id: string;
  readonly name: string;
  readonly studentNoLast4: string | null;
  readonly class: { readonly id: number };
}

/** Answers everybody alike, with or without a session. */
const alike =
  (body?: () => unknown): Driver =>
  async (run, name) => {
    for (const who of run.asking) await askPlainly(run, name, who, { body: body?.() });
  };

const credentials = () => ({ school: 'jiangpan', account: 'zixun', password: 'shaodian-demo' });
const founding = () => {
  const person = (account: string) => ({ name: '某人', account, password: 'a good password' });
  const school = { code: 'third', name: '第三中学' };
  return { school, administrator: person('aa'), lead: person('bb') };
};

/** A pupil of each place, and all whom somebody reported on, seated, or asks: what the relations need, without all 1,116. */
export function chosenPupils(run: AccessRun): AccessRow[] {
  const pupils = run.rows('pupils');
  const named = new Set([
    ...run.rows('observations').map((row) => row.pupil),
    ...run.asking.flatMap(({ as }) => as?.personId ?? []),
  ]);
  const places = Object.values(run.world.places).map((place) => place.classId);
  const ofClass = new Map(
    pupils.filter((row) => places.includes(row.class ?? 0)).map((row) => [row.class, row.key]),
  );
  return pupils.filter((row) => named.has(row.pupil) || ofClass.get(row.class) === row.key);
}

const numberFor = (name: string, who: Asking, row: AccessRow) =>
  mayReadField(routeOf(name), 'studentNoLast4', who.actor, row);

const readPupil: Driver = async (run, name) => {
  for (const who of run.asking)
    for (const row of chosenPupils(run)) {
      const answer = await askAbout(run, name, who, row);
      if (!answer) continue;
      const { id, studentNoLast4, why } = answer.body as PupilItem & { why: { role: string } };
      const reason = isTrueReason(routeOf(name), why, who.actor, row);
      const got = { id, number: studentNoLast4 !== null, reason };
      run.judge({ route: name, who, row, what: 'fields' }, got, {
        id: idOf(row),
        number: numberFor(name, who, row),
        reason: true,
      });
    }
};

const listPupils: Driver = async (run, name) => {
  const names = await run.world.api.admin<{ id: string; name: string }[]>`
    select id, name from app.pupils`;
  const nameOf = new Map(names.map((one) => [one.id, one.name]));
  const { places, pupils } = run.world;
  const parts = Object.values(pupils).map((id) => nameOf.get(id)?.slice(1) ?? '');
  for (const who of run.asking) await askPlainly(run, name, who);
  for (const who of signedIn(run)) {
    const rows = run.rows('pupils').filter((row) => isAllowed(maySee['pupils'], who.actor, row));
    const filters: [string, (row: AccessRow) => boolean][] = [
      ['', () => true],
      ...Object.values(places).map(({ classId }): [string, (row: AccessRow) => boolean] => [
        `&class=${classId}`,
        (row) => row.class === classId,
      ]),
      ...parts.map((part): [string, (row: AccessRow) => boolean] => [
        `&q=${encodeURIComponent(part)}`,
        (row) => nameOf.get(idOf(row))?.includes(part) ?? false,
      ]),
    ];
    for (const [query, passes] of filters) {
      const items = await askForAll<PupilItem>(run, who, `/pupils?limit=200${query}`);
      const got = items.map(({ id, studentNoLast4 }) => `${id} ${studentNoLast4 !== null}`).sort();
      const expected = rows
        .filter(passes)
        .map((row) => `${idOf(row)} ${numberFor(name, who, row)}`)
        .sort();
      run.judge({ route: name, who, row: null, what: query }, got, expected);
    }
  }
};

const listClasses: Driver = async (run, name) => {
  for (const who of run.asking) {
    const answer = await askPlainly(run, name, who);
    if (!answer) continue;
    const { items } = answer.body as { items: { id: number; pupils: number }[] };
    const got = Object.fromEntries(items.map((one) => [one.id, one.pupils]));
    const expected: Record<string, number> = {};
    for (const row of run.rows('pupils'))
      if (isAllowed(maySee['pupils'], who.actor, row))
        expected[String(row.class)] = (expected[String(row.class)] ?? 0) + 1;
    run.judge({ route: name, who, row: null, what: 'figures' }, got, expected);
  }
};

const readSession: Driver = async (run, name) => {
  for (const who of run.asking) {
    const answer = await askPlainly(run, name, who);
    if (!answer) continue;
    const { person, roles, seat } = answer.body as {
      person: { id: string };
      roles: { role: string; scope: { id: number | null } }[];
      seat: { classId: number; seat: string } | null;
    };
    const got = {
      person: person.id,
      roles: roles.map(({ role, scope }) => `${role} ${scope.id}`).sort(),
      seat: seat && { classId: seat.classId, seat: seat.seat },
    };
    run.judge({ route: name, who, row: null, what: 'person, roles, seat' }, got, {
      person: who.as?.personId,
      roles: who.actor.roles
        .map(({ role, classId, gradeId }) => `${role} ${classId ?? gradeId ?? null}`)
        .sort(),
      seat: who.actor.seat,
    });
  }
};

/** A list of which the ids are compared; page after page where it has pages. */
export const listOf =
  (table: string, path: string): Driver =>
  async (run, name) => {
    await run.refresh();
    for (const who of run.asking) {
      const answer = await askPlainly(run, name, who);
      if (!answer) continue;
      const paged = 'nextCursor' in (answer.body as object);
      const items = paged
        ? await askForAll<{ id: string }>(run, who, path)
        : (answer.body as { items: { id: string }[] }).items;
      const got = items.map((one) => one.id).sort();
      run.judge({ route: name, who, row: null, what: 'ids' }, got, visibleIds(run, table, who));
    }
  };

const readEach =
  (table: string): Driver =>
  async (run, name) => {
    for (const who of run.asking)
      for (const row of run.rows(table)) {
        const answer = await askAbout(run, name, who, row);
        if (answer)
          run.judge(
            { route: name, who, row, what: 'id' },
            (answer.body as { id: string }).id,
            idOf(row),
          );
      }
  };

/** As it was: what is asked is who may. */
const changeAccounts: Driver = async (run, name) => {
  for (const who of run.asking)
    for (const row of run.rows('accounts')) {
      const id = idOf(row);
      const [now] = await run.world.api.admin<
        { version: number; title: string | null; off: boolean }[]
      >`
        select a.version, s.title, a.disabled_at is not null as off from app.accounts a
        left join app.staff s on s.id = a.person_id where a.id = ${id}`;
      if (!now) throw new Error('the account is gone');
      const body = { title: now.title, disabled: now.off };
      await askAbout(run, name, who, row, { body, headers: { 'if-match': `"${now.version}"` } });
    }
};

/** Everything that is no child's wellbeing: who signs in, who is where, who has which account. */
export const ofSchool: Drivers = {
  'GET /health': alike(),
  'GET /openapi.json': alike(),
  'GET /schools': alike(),
  'GET /setup': alike(),
  'POST /setup': alike(founding),
  'GET /demo/cast': alike(),
  'POST /session': alike(credentials),
  'GET /session': readSession,
  'GET /sessions': listOf('sessions', ''),
  'GET /classes': listClasses,
  'GET /pupils': listPupils,
  'GET /pupils/{id}': readPupil,
  'GET /accounts': listOf('accounts', '/accounts?limit=200'),
  'GET /accounts/{id}': readEach('accounts'),
  'PATCH /accounts/{id}': changeAccounts,
  'GET /roster-imports': listOf('roster_imports', ''),
  'GET /roster-imports/{id}': readEach('roster_imports'),
};
