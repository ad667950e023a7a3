import { randomUUID } from 'node:crypto';
import { observationInput } from './observation-input.ts';
import type { Requester, TestApi } from './test-api.ts';

interface Body {
  items?: {
    id: string;
    pupil?: { id: string };
    class?: { id: number };
    own?: boolean;
    words?: string | null;
  }[];
  [key: string]: unknown;
}

interface Answer {
  readonly status: number;
  readonly body: Body;
}

/** One of the people who ask while backends are ended, with all that an answer to them may hold. */
export interface ChaosUser {
  readonly name: string;
  readonly requester: Requester;
  readonly reads: readonly ((random: () => number) => Promise<string | null>)[];
  /** Reports about a pupil; null for those who report nothing. */
  readonly report: ((random: () => number) => PendingReport) | null;
}

/** A report that is sent until it is acknowledged, always with the same key. */
export interface PendingReport {
  readonly ids: Set<string>;
  send(): Promise<string | null>;
}

const mixed = [
  ['jiangpan', 'weiyuan-a'],
  ['jiangpan', 'weiyuan-b'],
  ['jiangpan', 'banzhuren'],
  ['jiangpan', 'banzhuren-2'],
  ['jiangpan', 'nianji'],
  ['jiangpan', 'xinli'],
  ['jiangpan', 'deyu'],
  ['jiangpan', 'admin'],
  ['qinghe', 'weiyuan-a'],
  ['qinghe', 'banzhuren'],
  ['qinghe', 'xinli'],
  ['qinghe', 'admin'],
] as const;

export const chaosUsers = (api: TestApi): Promise<ChaosUser[]> =>
  Promise.all(mixed.map(([school, account]) => chaosUser(api, school, account)));

async function chaosUser(api: TestApi, school: string, account: string): Promise<ChaosUser> {
  const requester = await api.as(account, school);
  const name = `${school}/${account}`;
  const settledBody = async (path: string) => (await answerOf(requester.get(path))).body;
  const session = identityOf(await settledBody('/session'));
  const pupils = await settledBody('/pupils?limit=20');
  const classes = await settledBody('/classes');
  const pupilIds = (pupils.items ?? []).map((one) => one.id);
  const classIds = new Set((classes.items ?? []).map((one) => Number(one.id)));
  const reportable = pupilIds.filter((id) => id !== requester.personId);
  const get = async (path: string, faultOf: (body: Body) => string | null) =>
    judged(name, path, await answerOf(requester.get(path)), 200, faultOf);
  const equals = (expected: unknown) => (found: unknown) =>
    JSON.stringify(found) === JSON.stringify(expected) ? null : JSON.stringify(found).slice(0, 300);
  const reads = [
    () => get('/session', (body) => equals(session)(identityOf(body))),
    () => get('/pupils?limit=20', equals(pupils)),
    () => get('/classes', equals(classes)),
    () => get('/alerts?limit=10', (body) => strangeAlert(body, classIds)),
    ...(reportable.length > 0
      ? [
          (random: () => number) =>
            get(`/observations?pupil=${pick(reportable, random)}`, (body) =>
              strangeWords(body, name),
            ),
        ]
      : []),
  ];
  const reports = account !== 'admin' && account !== 'deyu' && reportable.length > 0;
  return {
    name,
    requester,
    reads,
    report: reports ? (random) => pendingReport(name, requester, pick(reportable, random)) : null,
  };
}

function pendingReport(name: string, requester: Requester, pupilId: string): PendingReport {
  const key = randomUUID();
  const ids = new Set<string>();
  const body = observationInput(pupilId, { words: `${name} ${key}` });
  return {
    ids,
    send: async () => {
      const answer = await answerOf(
        requester.post('/observations', body, { 'idempotency-key': key }),
      );
      if (answer.status === 201) ids.add(String(answer.body['id']));
      return judged(name, 'POST /observations', answer, 201, () => null);
    },
  };
}

async function answerOf(response: Promise<Response>): Promise<Answer> {
  const { status, text } = await response.then(async (one) => ({
    status: one.status,
    text: await one.text(),
  }));
  return { status, body: JSON.parse(text) as Body };
}

const identityOf = ({ account, person, school, roles, seat }: Body) => ({
  account,
  person,
  school,
  roles,
  seat,
});

/** What is wrong with an answer, or null. A refusal that asks to try again is right, if it says nothing else. */
function judged(
  name: string,
  what: string,
  answer: Answer,
  expected: number,
  faultOf: (body: Body) => string | null,
): string | null {
  const { status, body } = answer;
  const fault =
    status === expected ? faultOf(body) : isBareRefusal(answer) ? null : JSON.stringify(body);
  return fault === null ? null : `${name} ${what} ${status}: ${fault}`;
}

const isBareRefusal = ({ status, body }: Answer): boolean =>
  (status === 503 || (status === 409 && body['code'] === 'idempotency.in-progress')) &&
  Object.keys(body).sort().join() === 'code,status,title,type';

const strangeAlert = (body: Body, classIds: ReadonlySet<number>): string | null => {
  const strange = body.items?.find((one) => !classIds.has(one.class?.id ?? -1));
  return strange ? JSON.stringify(strange) : null;
};

// Words say who wrote them; "own" must agree.
const strangeWords = (body: Body, name: string): string | null => {
  const strange = body.items?.find(
    ({ words, own }) => words?.includes('/') && own !== words.startsWith(`${name} `),
  );
  return strange ? JSON.stringify(strange) : null;
};

const pick = <T>(from: readonly T[], random: () => number): T =>
  from[Math.floor(random() * from.length)] as T;
