import { sql } from 'kysely';
import type { Role } from '@shaodian/rules';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { AccountQuery } from './accounts.schemas.ts';

/** The accounts of the school with their roles, by name. For the administrator. @throws Refusal action.not-allowed */
export function listAccounts(deps: Pick<Deps, 'db'>, actor: Actor, query: AccountQuery) {
  return deps.db.asActor(actor, async (trx) => {
    await assertAdministrator(trx);
    let select = selectAccounts(trx, actor)
      .orderBy('a.name')
      .limit(query.limit + 1);
    if (query.cursor)
      select = select.where('a.name', '>', decodeCursor(query.cursor, ['text'])[0] ?? '');
    const rows = await select.execute();
    const items = rows.slice(0, query.limit);
    const last = items.at(-1);
    return {
      items: await withRoles(trx, actor, items),
      nextCursor: rows.length > items.length && last ? encodeCursor([last.account]) : null,
    };
  });
}

async function listPeopleWithFactor(trx: ActorTransaction): Promise<ReadonlySet<string>> {
  const found = await sql<{ people: string[] }>`
    select sec.people_with_factor() as people`.execute(trx);
  return new Set(found.rows[0]?.people);
}

/** For the administrator. @throws Refusal action.not-allowed, resource.not-found */
export function readAccount(deps: Pick<Deps, 'db'>, actor: Actor, id: string) {
  return deps.db.asActor(actor, async (trx) => {
    await assertAdministrator(trx);
    return getAccount(trx, actor, id);
  });
}

/** @throws Refusal resource.not-found */
export async function getAccount(trx: ActorTransaction, actor: Actor, id: string) {
  const rows = await selectAccounts(trx, actor).where('a.id', '=', id).execute();
  return (await withRoles(trx, actor, rows))[0] ?? refuse('resource.not-found');
}

/** @throws Refusal action.not-allowed */
export async function assertAdministrator(trx: ActorTransaction): Promise<void> {
  const { rows } = await sql<{ may: boolean }>`select sec.has_role('administrator') as may`.execute(
    trx,
  );
  if (!rows[0]?.may) refuse('action.not-allowed');
}

const selectAccounts = (trx: ActorTransaction, actor: Actor) =>
  trx
    .selectFrom('accounts as a')
    .innerJoin('people as p', (on) =>
      on.onRef('p.school_id', '=', 'a.school_id').onRef('p.id', '=', 'a.person_id'),
    )
    .leftJoin('staff as s', (on) =>
      on.onRef('s.school_id', '=', 'a.school_id').onRef('s.id', '=', 'a.person_id'),
    )
    .leftJoin('pupils as u', (on) =>
      on.onRef('u.school_id', '=', 'a.school_id').onRef('u.id', '=', 'a.person_id'),
    )
    .select([
      'a.id',
      'a.name as account',
      'a.person_id',
      'p.kind',
      'a.disabled_at',
      'a.version',
      's.title',
      's.name as staff_name',
      'u.name as pupil_name',
    ])
    .where('a.school_id', '=', actor.schoolId);

type StoredAccount = Awaited<ReturnType<ReturnType<typeof selectAccounts>['execute']>>[number];

async function withRoles(trx: ActorTransaction, actor: Actor, rows: readonly StoredAccount[]) {
  const people = rows.map((row) => row.person_id);
  const roles = await rolesOf(trx, actor, people);
  const waiting = await waitingFor(trx, actor, people);
  const withFactor = await listPeopleWithFactor(trx);
  return rows.map((row) => ({
    id: row.id,
    account: row.account,
    personId: row.person_id,
    name: row.staff_name ?? row.pupil_name ?? row.account,
    kind: row.kind as 'staff' | 'pupil',
    title: row.title,
    disabled: row.disabled_at !== null,
    secondFactor: withFactor.has(row.person_id),
    roles: roles.get(row.person_id) ?? [],
    waiting: waiting.get(row.person_id) ?? [],
    version: row.version,
  }));
}

async function rolesOf(trx: ActorTransaction, actor: Actor, people: readonly string[]) {
  if (people.length === 0) return new Map<string, NamedRole[]>();
  const rows = await trx
    .selectFrom('grants as g')
    .leftJoin('classes as c', (on) =>
      on.onRef('c.school_id', '=', 'g.school_id').onRef('c.id', '=', 'g.class_id'),
    )
    .leftJoin('grades as r', (on) =>
      on.onRef('r.school_id', '=', 'g.school_id').onRef('r.id', '=', 'g.grade_id'),
    )
    .select(['g.person_id', 'g.role', 'c.name as class_name', 'r.name as grade_name'])
    .where('g.school_id', '=', actor.schoolId)
    .where('g.person_id', 'in', [...people])
    .where('g.starts_at', '<=', sql<Date>`statement_timestamp()`)
    .where((eb) =>
      eb.or([eb('g.ends_at', 'is', null), eb('g.ends_at', '>', sql<Date>`statement_timestamp()`)]),
    )
    .execute();
  return byPerson(rows);
}

/** What was proposed for them and waits for another person's word. */
async function waitingFor(trx: ActorTransaction, actor: Actor, people: readonly string[]) {
  if (people.length === 0) return new Map<string, NamedRole[]>();
  const rows = await trx
    .selectFrom('grant_proposals as g')
    .leftJoin('classes as c', (on) =>
      on.onRef('c.school_id', '=', 'g.school_id').onRef('c.id', '=', 'g.class_id'),
    )
    .leftJoin('grades as r', (on) =>
      on.onRef('r.school_id', '=', 'g.school_id').onRef('r.id', '=', 'g.grade_id'),
    )
    .select(['g.person_id', 'g.role', 'c.name as class_name', 'r.name as grade_name'])
    .where('g.school_id', '=', actor.schoolId)
    .where('g.person_id', 'in', [...people])
    .where('g.decision', 'is', null)
    .execute();
  return byPerson(rows);
}

interface NamedRole {
  readonly role: Role;
  readonly scope: string | null;
}

interface RoleRow {
  readonly person_id: string;
  readonly role: string;
  readonly class_name: string | null;
  readonly grade_name: string | null;
}

function byPerson(rows: readonly RoleRow[]): Map<string, NamedRole[]> {
  const found = new Map<string, NamedRole[]>();
  for (const row of rows) {
    const list = found.get(row.person_id) ?? [];
    const named = { role: row.role as Role, scope: row.class_name ?? row.grade_name };
    found.set(row.person_id, [...list, named]);
  }
  return found;
}
