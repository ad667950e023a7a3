import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { sha256 } from '../http/session.ts';
import { isAllowed } from './access-oracle.ts';
import type { AccessActor, AccessRow } from './access-oracle.ts';
import { readRows } from './access-rows.ts';
import { expectedOf, routeOf } from './access-routes.ts';
import type { AccessRoute } from './access-routes.ts';
import { maySee } from './access-table.ts';
import { startAccessWorld } from './access-world.ts';
import type { AccessWorld } from './access-world.ts';
import { observationInput } from './observation-input.ts';
import type { Requester } from './test-api.ts';

/** Someone who asks through the API; nobody has no session. */
export interface Asking {
  readonly actor: AccessActor;
  readonly as: Requester | null;
}

export interface ApiAnswer {
  /** The status, and the code of a refusal. */
  readonly outcome: string;
  readonly body: unknown;
}

interface Wrong {
  readonly route: string;
  readonly actor: string;
  readonly cell: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** One run of the matrix: the world, who asks in it, and what was found. */
export interface AccessRun {
  readonly world: AccessWorld;
  readonly asking: readonly Asking[];
  readonly wrong: Wrong[];
  /** Cells by the relation of who asks to what is asked for. */
  readonly relations: Map<string, number>;
  /** Every body that said "not found": there must be one. */
  readonly notFound: Set<string>;
  rows(table: string): readonly AccessRow[];
  /** After something was written: reads the rows again. */
  refresh(): Promise<void>;
  ask(
    who: Asking,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<ApiAnswer>;
  /** Counts a cell, and keeps it when it is not as expected. */
  judge(cell: Cell, got: unknown, expected: unknown): boolean;
}

interface Cell {
  readonly route: string;
  readonly who: Asking;
  /** The row it is about; null for a list, or for what is one's own. */
  readonly row: AccessRow | null;
  readonly what?: string;
}

export async function startAccessRun(): Promise<AccessRun> {
  const world = await startAccessWorld();
  await acknowledgeWithNote(world);
  const asking: Asking[] = [];
  for (const actor of world.actors) {
    if (actor.context === null) asking.push({ actor, as: null });
    else if (actor.context.kind === 'person') {
      const as = await world.api.asPerson(actor.context.schoolId, actor.context.personId);
      if (actor.context.steppedUp) await raise(world, as, actor.context.steppedUp.purpose);
      asking.push({ actor, as });
    }
  }
  const rows = new Map<string, readonly AccessRow[]>();
  const run: AccessRun = {
    world,
    asking,
    wrong: [],
    relations: new Map(),
    notFound: new Set(),
    rows: (table) => rows.get(table) ?? fail(`there is no table ${table}`),
    refresh: async () => {
      for (const table of world.tables)
        rows.set(table.name, await readRows(world.api.admin, table));
    },
    ask: (who, method, path, body, headers) => ask(run, who, method, path, body, headers),
    judge: (cell, got, expected) => judge(run, cell, got, expected),
  };
  await run.refresh();
  return run;
}

/** The password was given again since signing in; the way there has a route of its own. */
const raise = (world: AccessWorld, as: Requester, purpose: string) =>
  world.api
    .admin`update app.sessions set stepped_up_until = now() + interval '1 hour', step_up_purpose = ${purpose}
    where token_sha256 = ${sha256(as.cookie.split('=')[1] ?? '')}`;

/** A red alert of the own class that a counsellor has answered: its note is for those who act, not for all who see it. */
async function acknowledgeWithNote({ api, places, pupils }: AccessWorld): Promise<void> {
  const seat = await api.as('weiyuan-a');
  const body = observationInput(pupils.own, { indicators: ['SUI02'] });
  const sent = await seat.post('/observations', body);
  if (sent.status !== 201) fail(`the observation was answered with ${sent.status}`);
  const [alert] = await api.admin<{ id: string }[]>`select id from app.alerts
    where school_id = ${places.own.schoolId} and pupil_id = ${pupils.own} and colour = 'red' and not counsellor_only`;
  const counsellor = await api.as('zixun');
  const note = { nextStep: 'go_to_pupil', note: '已经联系家长' };
  const done = await counsellor.post(`/alerts/${alert?.id}/acknowledgement`, note);
  if (done.status !== 201) fail(`the acknowledgement was answered with ${done.status}`);
}

const fail = (message: string): never => {
  throw new Error(message);
};

async function ask(
  run: AccessRun,
  who: Asking,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<ApiAnswer> {
  const upload = body instanceof Uint8Array;
  const response = await run.world.api.anonymous(method, path, body, {
    'idempotency-key': randomUUID(),
    ...(who.as ? { cookie: who.as.cookie } : {}),
    ...(upload ? { 'content-type': 'application/octet-stream' } : {}),
    ...headers,
  });
  const text = await response.text();
  const parsed: unknown = text === '' ? null : JSON.parse(text);
  if (response.status < 400) return { outcome: String(response.status), body: parsed };
  const { code } = parsed as { code: string };
  if (code === 'resource.not-found') run.notFound.add(text);
  return { outcome: `${response.status} ${code}`, body: null };
}

function judge(run: AccessRun, cell: Cell, got: unknown, expected: unknown): boolean {
  const relation = relationOf(run, cell.who.actor, cell.row);
  run.relations.set(relation, (run.relations.get(relation) ?? 0) + 1);
  const right = isDeepStrictEqual(got, expected);
  if (!right)
    run.wrong.push({
      route: cell.route,
      actor: cell.who.actor.name,
      cell: [relation, cell.row?.key, cell.what].filter(Boolean).join(', '),
      expected,
      got,
    });
  return right;
}

/** How who asks stands to a row: the first that holds. */
function relationOf(run: AccessRun, actor: AccessActor, row: AccessRow | null): string {
  if (actor.context?.kind !== 'person') return 'without a session';
  const idle = actor.roles.length === 0 && !actor.onRedDuty ? ', no role now' : '';
  if (row === null) return `list or own answer${idle}`;
  const { personId, mark, schoolId } = actor.context;
  if (row.school !== schoolId) return `other school${idle}`;
  if (row.pupil !== null && actor.excludedFrom.includes(row.pupil)) return `excluded${idle}`;
  if (row.person === personId) return `own${idle}`;
  if (row.mark === mark) return `written${idle}`;
  if (row.holder === personId) return `held${idle}`;
  if (row.about_staff) return `about staff${idle}`;
  const classes = actor.roles.flatMap(({ classId }) => classId ?? []);
  const grades = actor.roles.flatMap(({ gradeId }) => gradeId ?? []);
  if (classes.length + grades.length === 0) return `own school${idle}`;
  if (row.class !== null && classes.includes(row.class)) return 'own class';
  const around = run
    .rows('classes')
    .filter((one) => one.class !== null && classes.includes(one.class));
  const near = [...grades, ...around.map((one) => one.grade)];
  return near.includes(row.grade) ? 'own grade' : 'other grade';
}

export const idOf = (row: AccessRow): string => row.key.split('/')[1] ?? row.key;

/** The ids of the rows that the actor sees of a table. */
export const visibleIds = (run: AccessRun, table: string, who: Asking): string[] =>
  run
    .rows(table)
    .filter((row) => isAllowed(maySee[table], who.actor, row))
    .map(idOf)
    .sort();

/** Asks about one row as one person, and judges the status. The answer, where it is the one that gives something. */
export async function askAbout(
  run: AccessRun,
  name: string,
  who: Asking,
  row: AccessRow,
  request: {
    readonly path?: string;
    readonly body?: unknown;
    readonly headers?: Record<string, string>;
    readonly ready?: boolean;
  } = {},
): Promise<ApiAnswer | undefined> {
  const [method = '', template = ''] = name.split(' ');
  const route: AccessRoute = routeOf(name);
  const path = request.path ?? template.replace('{id}', idOf(row));
  const answer = await run.ask(who, method, path, request.body, request.headers);
  const expected = expectedOf(route, who.actor, row, request.ready);
  run.judge({ route: name, who, row }, answer.outcome, expected);
  return answer.outcome === route.answers ? answer : undefined;
}

/** The same for a request that names no row. */
export async function askPlainly(
  run: AccessRun,
  name: string,
  who: Asking,
  request: {
    readonly path?: string;
    readonly body?: unknown;
    readonly headers?: Record<string, string>;
  } = {},
): Promise<ApiAnswer | undefined> {
  const [method = '', template = ''] = name.split(' ');
  const path = request.path ?? template;
  const answer = await run.ask(who, method, path, request.body, request.headers);
  const expected = expectedOf(routeOf(name), who.actor);
  run.judge({ route: name, who, row: null }, answer.outcome, expected);
  return answer.outcome.startsWith('2') ? answer : undefined;
}

/** All items of a list, page after page. */
export async function askForAll<T>(run: AccessRun, who: Asking, path: string): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const at: string = cursor ? `${path}&cursor=${encodeURIComponent(cursor)}` : path;
    const { outcome, body } = await run.ask(who, 'GET', at);
    if (outcome !== '200') throw new Error(`${at} answered ${outcome}`);
    const page = body as { items: T[]; nextCursor: string | null };
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return items;
}

/** Who has a session; lists are asked of them after the status was judged. */
export const signedIn = (run: AccessRun): Asking[] => run.asking.filter((who) => who.as !== null);
