import type { App } from '../../app.ts';
import type { Chance } from './chance.ts';
import type { Operation } from './operations.ts';
import { requestFor } from './requests.ts';
import type { FuzzRequest, Kind } from './requests.ts';
import { emptyPool, harvest } from './values.ts';
import type { Pool } from './values.ts';

/** Somebody who asks. */
export interface Asker {
  readonly name: string;
  /** The cookie of a new session; null for nobody. Asked again when the fuzzer ended the old one. */
  readonly signIn: () => Promise<string | null>;
}

interface Fault {
  readonly seed: number;
  readonly nth: number;
  readonly who: string;
  readonly kind: Kind;
  readonly what: string;
  readonly request: string;
}

export interface FuzzReport {
  requests: number;
  readonly byKind: Record<Kind, number>;
  /** `METHOD /path` → status → how often. */
  readonly seen: Map<string, Map<number, number>>;
  readonly faults: Fault[];
  /** `METHOD /path` → the longest that it took; with eight at once, waiting for the others is in it. */
  readonly slowestMs: Map<string, number>;
}

export interface FuzzPlan {
  readonly app: Pick<App, 'fetch'>;
  readonly operations: readonly Operation[];
  readonly askers: readonly Asker[];
  readonly seed: number;
  readonly requests: number;
  readonly atOnce: number;
  readonly chance: Chance;
  /** Routes that are asked seldom: a password hash takes 90 ms of a core. */
  readonly seldom: ReadonlySet<string>;
  /** Bodies that no schema can know, such as a password that is right. */
  readonly samples: Readonly<Record<string, readonly unknown[]>>;
  /** Routes that nothing can be accepted by, here. */
  readonly closed: ReadonlySet<string>;
  /** Called after each `progressEvery` requests: a long run says where it is. */
  readonly onProgress: (report: FuzzReport) => void;
  /** Called at once: a run that is stopped has told what it found. */
  readonly onFault: (fault: Fault) => void;
}

const hangMs = 5_000;
const mostFaults = 25;
const progressEvery = 50_000;
/** How many right requests a route gets at the end, when none of its requests was accepted so far. */
const mostForOne = 6_000;
const kinds: readonly Kind[] = ['valid', 'valid', 'broken', 'broken', 'hostile'];
// What belongs to us alone: it has no place in an answer, whatever was asked.
const inside =
  /\bat [\w.<>]+ \(|node_modules|postgres:\/\/|select .* from app\.|PostgresError|violates \w+ constraint/i;

/** Sends requests of every kind as everybody, several at once, and writes down each answer that should not be. */
export async function fuzz(plan: FuzzPlan): Promise<FuzzReport> {
  const { chance } = plan;
  const cookies = new Map<string, string | null>();
  const pools = new Map<string, Pool>(plan.askers.map((one) => [one.name, emptyPool()]));
  const report: FuzzReport = {
    requests: 0,
    byKind: { valid: 0, broken: 0, hostile: 0 },
    seen: new Map(),
    faults: [],
    slowestMs: new Map(),
  };
  // Who was heard by a route before: what is for one role alone would else be asked by the others most of the time.
  const welcome = new Map<string, Asker[]>();
  const ask = async (nth: number, operation: Operation, kind: Kind): Promise<void> => {
    const heard = welcome.get(operation.name) ?? [];
    const who =
      chance.isLuck(0.4) && heard.length > 0 ? chance.pick(heard) : chance.pick(plan.askers);
    // An id of somebody else's answer now and then: what is not theirs must stay hidden.
    const pool = pools.get(chance.isLuck(0.25) ? chance.pick(plan.askers).name : who.name);
    const sample =
      kind === 'valid' && chance.isLuck(0.5) ? plan.samples[operation.name] : undefined;
    const request = requestFor(operation, kind, pool ?? emptyPool(), chance, sample);
    const cookie = cookies.get(who.name) ?? (await who.signIn());
    cookies.set(who.name, cookie);
    const own = pools.get(who.name) ?? emptyPool();
    const status = await sendOne(plan, report, { nth, who, cookie, request, pool: own });
    // Whoever gave up the password given again, or is kept waiting, comes in anew: what is behind it must still be reached.
    const steppedDown = operation.name === 'DELETE /session/step-up' && status === 204;
    if (status === 401 || status === 429 || steppedDown) cookies.delete(who.name);
    if (status !== null && status !== 401 && status !== 403 && !heard.includes(who))
      welcome.set(operation.name, [...heard, who]);
    if (report.requests % progressEvery === 0) plan.onProgress(report);
  };
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (begun < plan.requests && report.faults.length < mostFaults) {
      const operation = pickOperation(plan, chance);
      const nth = (begun += 1);
      await ask(nth, operation, chance.pick(kinds)).catch((error: unknown) => {
        // The others go on, and what happened is told before anything that follows from it.
        const what = `the fuzzer could not ask: ${error instanceof Error ? error.stack : String(error)}`;
        writeDown(plan, report, { nth, who: '', kind: 'valid', what, request: operation.name });
      });
    }
  };
  await Promise.all(Array.from({ length: plan.atOnce }, worker));
  const open = plan.operations.filter((one) => !plan.closed.has(one.name));
  const reads = open.filter((one) => one.method === 'GET');
  for (const operation of open)
    for (let more = 0; more < mostForOne && !isAccepted(report, operation); more += 1) {
      // What the ids of before stood for may be over by now: somebody looks at what there is.
      if (more % 4 === 3) await ask((begun += 1), chance.pick(reads), 'valid');
      await ask((begun += 1), operation, 'valid');
    }
  return report;
}

/** The route that once took longest, and how long in milliseconds. */
export function slowestOf(report: FuzzReport): string {
  const [name, ms] = [...report.slowestMs].reduce((a, b) => (b[1] > a[1] ? b : a), ['none', 0]);
  return `slowest ${Math.round(ms)} ms (${name})`;
}

/** Whether a request of this route was answered as the document says that a right one is. */
export const isAccepted = (report: FuzzReport, operation: Operation): boolean =>
  operation.good.some((status) => report.seen.get(operation.name)?.has(status));

function pickOperation(plan: FuzzPlan, chance: Chance): Operation {
  const operation = chance.pick(plan.operations);
  return plan.seldom.has(operation.name) && !chance.isLuck(0.1)
    ? pickOperation(plan, chance)
    : operation;
}

function writeDown(plan: FuzzPlan, report: FuzzReport, what: Omit<Fault, 'seed'>): void {
  const fault = { seed: plan.seed, ...what };
  report.faults.push(fault);
  plan.onFault(fault);
}

interface Sending {
  readonly nth: number;
  readonly who: Asker;
  readonly cookie: string | null;
  readonly request: FuzzRequest;
  readonly pool: Pool;
}

async function sendOne(
  plan: FuzzPlan,
  report: FuzzReport,
  sending: Sending,
): Promise<number | null> {
  const { request, who, nth } = sending;
  const fault = (what: string): void =>
    writeDown(plan, report, {
      nth,
      who: who.name,
      kind: request.kind,
      what,
      request: `${request.operation.method} /api${request.path} ${JSON.stringify(request.headers)} ${String(request.body ?? '').slice(0, 600)}`,
    });
  report.requests += 1;
  report.byKind[request.kind] += 1;
  const started = performance.now();
  try {
    const answer = await Promise.race([answerTo(plan, sending), hang()]);
    const { name } = request.operation;
    const slowest = Math.max(report.slowestMs.get(name) ?? 0, performance.now() - started);
    report.slowestMs.set(name, slowest);
    if (answer === null) {
      fault('no answer within 5 s');
      return null;
    }
    const statuses = report.seen.get(request.operation.name) ?? new Map<number, number>();
    report.seen.set(request.operation.name, statuses);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    for (const what of complaints(request, answer)) fault(what);
    if (answer.status < 300 && answer.json !== undefined)
      harvest(sending.pool, plan.chance, request.operation.path, answer.json);
    return answer.status;
  } catch (error) {
    fault((error as Error).message.slice(0, 600));
    return null;
  }
}

function hang(): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), hangMs).unref());
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

async function answerTo(plan: FuzzPlan, { request, cookie }: Sending): Promise<Answer> {
  const { operation, body } = request;
  const headers = new Headers(request.headers);
  if (cookie) headers.set('cookie', cookie);
  const response = await plan.app.fetch(
    new Request(`http://localhost/api${request.path}`, {
      method: operation.method,
      headers,
      ...(body === undefined ? {} : { body: body as never }),
    }),
  );
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) {
    await response.body?.cancel();
    return { status: response.status, headers: response.headers, text: '', json: undefined };
  }
  const text = await response.text();
  const json = type.includes('json') && text !== '' ? (JSON.parse(text) as unknown) : undefined;
  return { status: response.status, headers: response.headers, text, json };
}

/** What is wrong with an answer. That its status, type and body are documented is watched where the app is asked. */
function* complaints(request: FuzzRequest, answer: Answer): Generator<string> {
  const { operation } = request;
  if (answer.status >= 500) yield `answered ${answer.status}`;
  if (request.isInvalid && answer.status < 400)
    yield `accepted with ${answer.status} what the document does not allow`;
  if (inside.test(answer.text)) yield 'tells of its inside';
  if (answer.headers.get('cache-control') !== 'no-store') yield 'may be cached';
  if (answer.headers.get('x-content-type-options') !== 'nosniff') yield 'may be sniffed';
  // A stream's language is nobody's; everything else is in the reader's.
  if (!operation.isStream && !answer.headers.get('content-language')) yield 'says no language';
}
