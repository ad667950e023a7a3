import { generateSync } from 'otplib';
import { demoPassword } from '../demo/cast.ts';
import type { Requester, TestApi } from './test-api.ts';

/** What a telephone shows: by another implementation of RFC 6238 than the one under test. `steps` are half-minutes from then. */
export const codeAt = (secret: string, atMs: number, steps = 0): string =>
  generateSync({ secret, epoch: Math.floor(atMs / 1000) + 30 * steps });

export const codeNow = (secret: string, steps = 0): string => codeAt(secret, Date.now(), steps);

export interface Enrolled {
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
  /** The session that set it up, under its new token. */
  readonly who: Requester;
}

/** Sets up a second factor through the API, and lets the code just used be used once more. */
export async function enrol(
  api: TestApi,
  who: Requester,
  proof: object = { password: demoPassword },
): Promise<Enrolled> {
  const started = await who.post('/account/second-factor', proof);
  if (started.status !== 201) throw new Error(`the setting up answered ${started.status}`);
  const { secret } = (await started.json()) as { secret: string };
  const confirmed = await who.post('/account/second-factor/confirmation', {
    code: codeNow(secret),
  });
  if (confirmed.status !== 201) throw new Error(`the confirmation answered ${confirmed.status}`);
  const { recoveryCodes } = (await confirmed.json()) as { recoveryCodes: string[] };
  await forgetLastCode(api);
  return { secret, recoveryCodes, who: withNewCookie(api, who, confirmed) };
}

/** As if half a minute had gone by, and more. */
export const forgetLastCode = async (api: TestApi): Promise<void> =>
  void (await api.admin`update app.second_factors set last_used_step = 0 where confirmed_at is not null`);

export const cookieOf = (answer: Response): string => {
  const lines = answer.headers.getSetCookie();
  return lines.find((line) => line.startsWith('shaodian-session='))?.split(';')[0] ?? '';
};

/** The same person with the cookie that an answer set. */
export function withNewCookie(api: TestApi, who: Requester, answer: Response): Requester {
  const cookie = cookieOf(answer);
  const send = (method: string, path: string, body?: unknown) =>
    api.anonymous(method, path, body, { cookie });
  return {
    ...who,
    cookie,
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
    delete: (path) => send('DELETE', path),
  };
}

export const answerOf = async (answer: Response) => ({
  status: answer.status,
  code: ((await answer.json()) as { code?: string }).code,
});

export interface SecondSteps {
  /** No guess counted, nobody with a factor, and every school a demo. */
  forget(): Promise<void>;
  realSchool(): Promise<unknown>;
  signIn(account: string, cookie?: string): Promise<Response>;
  /** Whoever signed in with the password alone. */
  halfWay(account: string): Promise<Requester>;
  give(who: Requester, code: string): Promise<Response>;
}

/** The steps of signing in, at the school `jiangpan`. */
export function secondSteps(api: TestApi): SecondSteps {
  const signIn = (account: string, cookie = '') =>
    api.anonymous(
      'POST',
      '/session',
      { school: 'jiangpan', account, password: demoPassword },
      cookie ? { cookie } : {},
    );
  return {
    forget: async () => {
      await api.admin`delete from app.sign_in_attempts`;
      await api.admin`delete from app.second_factors`;
      await api.admin`delete from app.recovery_codes`;
      await api.admin`update app.schools set is_demo = true`;
    },
    realSchool: () => api.admin`update app.schools set is_demo = false`,
    signIn,
    halfWay: async (account) => {
      const answer = await signIn(account);
      if (answer.status !== 201) throw new Error(`the password was answered ${answer.status}`);
      return withNewCookie(api, await api.as(account), answer);
    },
    give: (who, code) => who.post('/session/second-factor', { code }),
  };
}
