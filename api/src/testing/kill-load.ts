import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { observationInput } from './observation-input.ts';
import { openTestSession } from './test-api.ts';

/** A creating request with its key, sent until it is answered, and what the answers said. */
export interface SentRequest {
  readonly kind: 'report' | 'observation' | 'acknowledgement';
  readonly key: string;
  readonly path: string;
  readonly body: unknown;
  readonly cookie: string;
  /** Observations that it stores. */
  readonly observations: number;
  /** The ids of all answers 201: one, or the key meant more than one thing. */
  readonly ids: Set<string>;
  attempts: number;
  /** The code of an answer that is final and no 201. */
  refusal: string | null;
}

export interface KillLoad {
  readonly requests: readonly SentRequest[];
  /** Answers that no client may get, such as an internal error. */
  readonly faults: readonly string[];
  /** Attempts that ended without an answer, or with "try again". */
  readonly unanswered: () => number;
  /** The last answers that were no 201, for whoever wonders why nothing gets through. */
  readonly lastRefusals: () => string;
  /** How many requests have been acknowledged with 201 by now. */
  readonly acknowledged: () => number;
  /** Resolves when each of those under way now has its answer. */
  caughtUp(): Promise<void>;
  /** No new requests; resolves when each of those under way has its answer. */
  settle(): Promise<void>;
  /** Sends acknowledged requests once more, as a client does that never saw the answer. */
  sendAgain(count: number): Promise<void>;
}

interface Person {
  readonly cookie: string;
  readonly role: 'seat' | 'teacher' | 'counsellor';
  pupils: readonly string[];
  months: string[];
}

const codes = ['MOO01', 'MOO01', 'BUL01', 'SUI02', 'MOO02'] as const;
/** A client that hears nothing for so long asks again. */
const longestWaitMs = 20_000;
const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)] as T;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Committee members, teachers and counsellors of the school, signed in. */
async function listPeople(admin: Sql, seats: number): Promise<Person[]> {
  const rows = await admin<{ school_id: number; person_id: string; role: Person['role'] }[]>`
    (select s.school_id, s.person_id, 'seat' as role from app.committee_seats s join app.schools c on c.id = s.school_id
      where c.code = 'jiangpan' and s.ends_on is null order by s.class_id, s.seat limit ${seats})
    union all (select g.school_id, g.person_id, 'teacher' from app.grants g join app.schools c on c.id = g.school_id
      where c.code = 'jiangpan' and g.role = 'homeroom_teacher' and g.ends_at is null order by g.class_id limit 6)
    union all (select distinct g.school_id, g.person_id, 'counsellor' from app.grants g join app.schools c on c.id = g.school_id
      where c.code = 'jiangpan' and g.role = any (array['counsellor', 'lead_counsellor']) and g.ends_at is null)`;
  return Promise.all(
    rows.map(async (row) => ({
      cookie: `shaodian-session=${await openTestSession(admin, row.school_id, row.person_id)}`,
      role: row.role,
      pupils: [],
      months: [],
    })),
  );
}

/** Many people who report, observe and acknowledge at once, each request with a key of its own and sent until it is answered. */
export async function startKillLoad(
  admin: Sql,
  apiUrl: string,
  size: {
    readonly seats: number;
    readonly lanes: number;
    /** How many of what a committee member sends are monthly reports, as long as months are open. */
    readonly reportShare: number;
  },
): Promise<KillLoad> {
  const requests: SentRequest[] = [];
  const faults: string[] = [];
  let unanswered = 0;
  let ending = false;

  async function ask<T>(person: Pick<Person, 'cookie'>, path: string): Promise<T | null> {
    const answer = await fetch(`${apiUrl}${path}`, {
      headers: { cookie: person.cookie },
      signal: AbortSignal.timeout(longestWaitMs),
    }).catch(() => null);
    return answer?.ok ? ((await answer.json().catch(() => null)) as T | null) : null;
  }

  /** One attempt: true when the answer is final. */
  async function attempt(request: SentRequest): Promise<boolean> {
    request.attempts += 1;
    const answer = await fetch(`${apiUrl}${request.path}`, {
      method: 'POST',
      headers: {
        cookie: request.cookie,
        'content-type': 'application/json',
        'idempotency-key': request.key,
      },
      body: JSON.stringify(request.body),
      signal: AbortSignal.timeout(longestWaitMs),
    })
      .then(async (one) => ({
        status: one.status,
        body: (await one.json()) as { id?: string; code?: string },
      }))
      .catch(() => null);
    if (answer?.status === 201) {
      request.ids.add(answer.body.id ?? '');
      return true;
    }
    const code = answer?.body.code ?? 'no answer';
    if (!answer || answer.status === 503 || code === 'idempotency.in-progress') {
      unanswered += 1;
      return false;
    }
    if (answer.status >= 500) faults.push(`${request.path}: ${answer.status} ${code}`);
    request.refusal = code;
    return answer.status < 500;
  }

  const underWay = new Set<Promise<void>>();
  async function sendUntilAnswered(request: SentRequest): Promise<void> {
    const sending = tryUntilAnswered(request);
    underWay.add(sending);
    await sending.finally(() => underWay.delete(sending));
  }

  async function tryUntilAnswered(request: SentRequest): Promise<void> {
    const end = Date.now() + 60_000;
    while (!(await attempt(request))) {
      if (Date.now() > end) return void faults.push(`${request.path}: no answer within a minute`);
      await pause(10 + Math.random() * 90);
    }
  }

  async function next(person: Person): Promise<SentRequest | null> {
    const make = (
      kind: SentRequest['kind'],
      path: string,
      body: unknown,
      observations: number,
    ): SentRequest => ({
      kind,
      key: randomUUID(),
      path,
      body,
      cookie: person.cookie,
      observations,
      ids: new Set(),
      attempts: 0,
      refusal: null,
    });
    if (person.role === 'counsellor') {
      const open = await ask<{ items: { id: string }[] }>(person, '/alerts?status=open&limit=30');
      const alert = open && pick(open.items);
      const body = { nextStep: 'talk_today', note: '' };
      return alert ? make('acknowledgement', `/alerts/${alert.id}/acknowledgement`, body, 0) : null;
    }
    const observe = () =>
      observationInput(pick(person.pupils), {
        indicators: [pick(codes)],
        aboutWhom: 'classmate',
        words: `第 ${requests.length} 次`,
      });
    const month = Math.random() < size.reportShare ? person.months.shift() : undefined;
    if (month === undefined) return make('observation', '/observations', observe(), 1);
    const observations = [observe(), observe()].filter(
      (one, at, all) => all.findIndex((other) => other.pupilId === one.pupilId) === at,
    );
    const body = { month, kindness: '有人帮我捡书', zeroReport: false, observations };
    return make('report', '/monthly-reports', body, observations.length);
  }

  const people = await listPeople(admin, size.seats);
  for (const person of people.filter((one) => one.role !== 'counsellor')) {
    const session = await ask<{ person: { id: string } }>(person, '/session');
    const list = await ask<{ items: { id: string }[] }>(person, '/pupils?limit=60');
    person.pupils = (list?.items ?? [])
      .map((one) => one.id)
      .filter((id) => id !== session?.person.id);
    if (person.role !== 'seat') continue;
    const mine = await ask<{ months: { month: string; state: string }[] }>(
      person,
      '/monthly-reports/mine',
    );
    person.months = (mine?.months ?? [])
      .filter((one) => one.state !== 'submitted')
      .map((one) => one.month);
  }

  async function lane(): Promise<void> {
    while (!ending) {
      const request = await next(pick(people));
      if (!request) {
        await pause(20);
        continue;
      }
      requests.push(request);
      await sendUntilAnswered(request);
      // Now and then the client sends again although it was answered.
      if (Math.random() < 0.1) await sendUntilAnswered(request);
    }
  }
  const lanes = Array.from({ length: size.lanes }, lane);

  return {
    requests,
    faults,
    unanswered: () => unanswered,
    lastRefusals: () =>
      requests
        .slice(-5)
        .map((one) => `${one.path} ${one.refusal}`)
        .join(', '),
    acknowledged: () => requests.filter((one) => one.ids.size > 0).length,
    caughtUp: async () => {
      await Promise.all([...underWay]);
    },
    settle: async () => {
      ending = true;
      await Promise.all(lanes);
    },
    sendAgain: async (count) => {
      const done = requests.filter((one) => one.ids.size > 0);
      for (const request of done.sort(() => Math.random() - 0.5).slice(0, count))
        await sendUntilAnswered(request);
    },
  };
}
