import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { connectForSetUp } from '@shaodian/migrations';
import { createApp } from '../app.ts';
import type { App } from '../app.ts';
import type { Deps } from '../deps.ts';
import { newToken, sha256 } from '../http/session.ts';
import { copyDatabase, makeDeps, testDatabase, testMaster } from './test-deps.ts';

/** One person of the cast, signed in. Paths are below `/api`. */
export interface Requester {
  readonly personId: string;
  readonly schoolId: number;
  /** What `asActor` takes. */
  readonly context: {
    readonly kind: 'person';
    readonly schoolId: number;
    readonly personId: string;
    readonly mark: string;
  };
  readonly cookie: string;
  get(path: string): Promise<Response>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  patch(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  delete(path: string): Promise<Response>;
}

export interface TestApi {
  readonly app: App;
  readonly deps: Deps;
  readonly adminUrl: string;
  readonly appUrl: string;
  readonly workerUrl: string;
  /** Superuser: passes row security. For arranging and for looking behind, never for what is tested. */
  readonly admin: Sql;
  /** Sets domain time; sessions and signatures stay real. */
  setNow(at: Date): void;
  /** Someone of `demo/cast.ts`. */
  as(account: string, school?: string): Promise<Requester>;
  /** Any person, with or without an account. */
  asPerson(schoolId: number, personId: string): Promise<Requester>;
  /** Without a session. */
  anonymous(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>;
  stop(): Promise<void>;
}

/** The whole API on a copy of the seeded database: `const api = await startTestApi(inject('seededUrl'))`. */
export async function startTestApi(seededUrl: string): Promise<TestApi> {
  const adminUrl = await copyDatabase(seededUrl);
  const database = await testDatabase(adminUrl);
  let now: Date | undefined;
  const deps = makeDeps(database, () => now ?? new Date());
  const app = createApp(deps);
  const admin = connectForSetUp(adminUrl);
  const asPerson = async (schoolId: number, personId: string): Promise<Requester> =>
    requesterOf(app, schoolId, personId, await openTestSession(admin, schoolId, personId));
  return {
    app,
    deps,
    adminUrl,
    appUrl: database.appUrl,
    workerUrl: database.workerUrl,
    admin,
    setNow: (at) => (now = at),
    asPerson,
    as: async (account, school = 'jiangpan') => {
      const rows = await admin<{ school_id: number; person_id: string }[]>`
        select a.school_id, a.person_id from app.accounts a join app.schools s on s.id = a.school_id
        where s.code = ${school} and a.name = ${account}`;
      const row = rows[0];
      if (!row) throw new Error(`nobody in the cast is ${school}/${account}`);
      return asPerson(row.school_id, row.person_id);
    },
    anonymous: async (method, path, body, headers = {}) =>
      app.fetch(requestOf(method, path, body, headers)),
    stop: async () => {
      await admin.end();
      await database.stop();
    },
  };
}

// A session row without the 90 ms of a password hash; signing in itself has tests of its own.
export async function openTestSession(
  admin: Sql,
  schoolId: number,
  personId: string,
): Promise<string> {
  const token = newToken();
  const accountId = await accountOf(admin, schoolId, personId);
  await admin`insert into app.sessions (school_id, id, account_id, person_id, token_sha256, device, created_at, last_seen_at, expires_at, idle_seconds)
    values (${schoolId}, ${randomUUID()}, ${accountId}, ${personId}, ${sha256(token)}, 'test', now(), now(), now() + interval '1 hour', 3600)`;
  return token;
}

async function accountOf(admin: Sql, schoolId: number, personId: string): Promise<string> {
  const found = await admin<
    { id: string }[]
  >`select id from app.accounts where school_id = ${schoolId} and person_id = ${personId}`;
  if (found[0]) return found[0].id;
  const id = randomUUID();
  await admin`insert into app.accounts (school_id, id, person_id, name) values (${schoolId}, ${id}, ${personId}, ${`t-${id.slice(0, 8)}`})`;
  return id;
}

function requesterOf(app: App, schoolId: number, personId: string, token: string): Requester {
  const cookie = `shaodian-session=${token}`;
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    app.fetch(
      requestOf(method, path, body, { cookie, 'idempotency-key': randomUUID(), ...headers }),
    );
  return {
    personId,
    schoolId,
    cookie,
    context: {
      kind: 'person',
      schoolId,
      personId,
      mark: testMaster.markOf(schoolId, 'reporter', personId),
    },
    get: (path) => send('GET', path),
    post: (path, body, headers) => send('POST', path, body, headers),
    patch: (path, body, headers) => send('PATCH', path, body, headers),
    delete: (path) => send('DELETE', path),
  };
}

function requestOf(
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
): Request {
  const hasBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
  const raw = body instanceof Uint8Array || typeof body === 'string';
  return new Request(`http://localhost/api${path}`, {
    method,
    headers: { ...(hasBody ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(hasBody ? { body: raw ? (body as never) : JSON.stringify(body ?? {}) } : {}),
  });
}
