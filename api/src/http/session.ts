import { createHash, randomBytes } from 'node:crypto';
import { getCookie, setCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import { sql } from 'kysely';
import type { StepUpPurpose } from '../db/context.ts';
import type { Deps } from '../deps.ts';
import { Refusal } from './refusals.ts';
import type { Actor, ApiContext, Env, SessionStage } from './types.ts';

export const sha256 = (value: string | Uint8Array): Buffer =>
  createHash('sha256').update(value).digest();
export const newToken = (): string => randomBytes(32).toString('base64url');

const isHttps = (c: ApiContext): boolean => new URL(c.req.url).protocol === 'https:';
const sessionCookie = (c: ApiContext): string =>
  isHttps(c) ? '__Host-shaodian-session' : 'shaodian-session';
const deviceCookie = (c: ApiContext): string =>
  isHttps(c) ? '__Host-shaodian-device' : 'shaodian-device';

const cookieOptions = (c: ApiContext) =>
  ({ httpOnly: true, sameSite: 'Lax', path: '/', secure: isHttps(c) }) as const;

export const sessionTokenOf = (c: ApiContext): string | undefined => getCookie(c, sessionCookie(c));

export function keepSession(c: ApiContext, token: string, seconds: number): void {
  setCookie(c, sessionCookie(c), token, { ...cookieOptions(c), maxAge: seconds });
}

export function forgetSession(c: ApiContext): void {
  setCookie(c, sessionCookie(c), '', { ...cookieOptions(c), maxAge: 0 });
}

/** A random name of this browser, so that its failures and those of strangers are counted apart. */
export function deviceOf(c: ApiContext): string {
  const known = getCookie(c, deviceCookie(c));
  if (known && /^[\w-]{43}$/.test(known)) return known;
  const fresh = newToken();
  setCookie(c, deviceCookie(c), fresh, { ...cookieOptions(c), maxAge: 180 * 24 * 3600 });
  return fresh;
}

interface SessionRow {
  school_id: number;
  session_id: string;
  account_id: string;
  account_name: string;
  person_id: string;
  expires_at: Date;
  stepped_up_until: Date | null;
  step_up_purpose: StepUpPurpose | null;
  stage: SessionStage;
}

/** The person of a live, whole session. */
export async function findActor(
  deps: Pick<Deps, 'db' | 'master'>,
  token: string,
  countsAsActivity: boolean,
): Promise<Actor | null> {
  const found = await findSession(deps, token, countsAsActivity);
  return found?.stage === 'whole' ? found.actor : null;
}

/** The live session of a token, whole or not. `countsAsActivity` is false for streams, which would keep a session alive for ever. */
async function findSession(
  deps: Pick<Deps, 'db' | 'master'>,
  token: string,
  countsAsActivity: boolean,
): Promise<{ actor: Actor; stage: SessionStage } | null> {
  const row = await deps.db.asNobody(async (trx) => {
    const found =
      await sql<SessionRow>`select * from sec.find_session(${sha256(token)}, ${countsAsActivity})`.execute(
        trx,
      );
    return found.rows[0];
  });
  return row ? { actor: actorOf(deps, row), stage: row.stage } : null;
}

function actorOf(deps: Pick<Deps, 'master'>, row: SessionRow): Actor {
  return {
    kind: 'person',
    schoolId: row.school_id,
    personId: row.person_id,
    mark: deps.master.markOf(row.school_id, 'reporter', row.person_id),
    accountId: row.account_id,
    accountName: row.account_name,
    sessionId: row.session_id,
    sessionEndsAt: row.expires_at,
    steppedUp:
      row.stepped_up_until && row.step_up_purpose
        ? { until: row.stepped_up_until, purpose: row.step_up_purpose }
        : null,
  };
}

/** Why a request is not one of a live, whole session; null when it is. Not counted as activity. */
export async function whyNoSession(
  c: ApiContext,
): Promise<'session.required' | 'session.second-factor-required' | null> {
  const token = sessionTokenOf(c);
  const found = token ? await findSession(c.get('deps'), token, false) : null;
  if (!found) return 'session.required';
  return found.stage === 'whole' ? null : 'session.second-factor-required';
}

const sessionMiddleware = (countsAsActivity: boolean, stages: readonly SessionStage[]) =>
  createMiddleware<Env>(async (c, next) => {
    const token = sessionTokenOf(c);
    const found = token ? await findSession(c.get('deps'), token, countsAsActivity) : null;
    if (!found) throw new Refusal('session.required');
    if (!stages.includes(found.stage))
      throw new Refusal(
        found.stage === 'whole' ? 'second-factor.not-asked' : 'session.second-factor-required',
      );
    c.set('actor', found.actor);
    c.set('stage', found.stage);
    await next();
  });

/** Routes behind this one have an actor, whose session waits for nothing. */
export const withSession = sessionMiddleware(true, ['whole']);

/** The same for what a page does by itself: a stream that connects again and again must not keep a session alive. */
export const withUncountedSession = sessionMiddleware(false, ['whole']);

/** For what completes a sign-in, and for giving it up. */
export const withSessionThatIs = (...stages: SessionStage[]) => sessionMiddleware(true, stages);
