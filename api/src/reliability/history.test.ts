import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { relieveAbsent } from '../duty/relieve-absent.ts';
import { findBroken, findFallen, lookAtAlerts } from '../testing/alert-invariants.ts';
import {
  carryOutDue,
  deliverAll,
  observationInput,
  sendAll,
  startPeers,
  startTestApi,
} from '../testing/index.ts';
import type { Peers, Requester, TestApi } from '../testing/index.ts';

const long = Boolean(process.env['SHAODIAN_LONG']);
/** In CI some days with a weekend; at length a school year, weekends and holidays with it. */
const days = long ? 300 : 3;
/** The same one in CI; another one each time at length, where it is printed. */
const seed = Number(process.env['HISTORY_SEED'] ?? (long ? randomInt(1_000_000) : 911_220));

let api: TestApi;
let peers: Peers;
beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  peers = await startPeers();
  await deliverAll(api);
}, 60_000);
afterAll(async () => {
  await api.stop();
  await peers.stop();
});

/** mulberry32: the same history for the same seed. */
function chances(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What is seen, and where it matters through whom. */
const signs = [
  ['MOO01', null],
  ['MOO01', null],
  ['MOO02', null],
  ['SUI07', null],
  ['SUI02', null],
  ['ABU01', 'family'],
  ['ABU01', 'school_staff'],
  ['BUL01', 'classmate'],
] as const;
const steps = [
  { step: 'contact', way: 'beside' },
  { step: 'assessment', way: 'confirmed' },
  { step: 'guardian', way: 'call' },
] as const;
const staffAccounts = ['banzhuren', 'nianji', 'xinli', 'zixun', 'deyu', 'xiaozhang'];
const counts = new Map<string, number>();
const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);

test(
  `over ${days} days of reports, answers, absences, conflicts, holidays, failing channels and killed workers, everything that must hold holds`,
  { timeout: long ? 4 * 3_600_000 : 240_000 },
  async () => {
    process.stdout.write(`history, seed ${seed}: ${days} days\n`);
    const chance = chances(seed);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)] as T;
    const happens = (share: number): boolean => chance() < share;
    const who = new Map<string, Requester>();
    for (const account of [...staffAccounts, 'admin', 'weiyuan-a', 'weiyuan-b'])
      who.set(account, await api.as(account));
    const as = (account: string): Requester => who.get(account) as Requester;
    const anybody = async (personId: string): Promise<Requester> => {
      const known = [...who.values()].find((one) => one.personId === personId);
      if (known) return known;
      const met = await api.asPerson(as('xinli').schoolId, personId);
      who.set(personId, met);
      return met;
    };
    for (const kind of ['email', 'ringing', 'wecom'] as const)
      await as('admin').post('/channels', { name: kind, config: peers.configs[kind] });
    for (const account of staffAccounts) {
      const address = `${account}@school.example`;
      await as(account).post('/account/contact-points', { kind: 'email', address });
    }
    const { items } = (await (await as('weiyuan-a').get('/pupils')).json()) as {
      items: { id: string }[];
    };
    const pupils = items
      .map(({ id }) => id)
      .filter((id) => ![as('weiyuan-a').personId, as('weiyuan-b').personId].includes(id));
    const stored = new Set<string>();
    let now = new Date('2026-11-26T00:00:00Z');
    const day = () => new Date(now.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
    const alerts = (status: string) => api.admin<{ id: string; holder: string; colour: string }[]>`
      select id, holder_id as holder, colour from app.alerts where school_id = ${as('xinli').schoolId}
        and status = ${status} and holder_id is not null order by raised_at, id`;

    const acts: Record<string, () => Promise<unknown>> = {
      report: async () => {
        const [code, aboutWhom] = pick(signs);
        const body = observationInput(pick(pupils), {
          indicators: [code],
          aboutWhom,
          observedOn: day(),
        });
        const answer = await as(pick(['weiyuan-a', 'weiyuan-b', 'banzhuren'])).post(
          '/observations',
          body,
        );
        expect(answer.status).toBe(201);
        stored.add(((await answer.json()) as { id: string }).id);
      },
      'ask for help': async () => {
        const answer = await as(pick(['weiyuan-a', 'weiyuan-b'])).post('/help-requests', {});
        expect(answer.status).toBe(201);
      },
      acknowledge: async () => {
        const alert = pick(await alerts('open'));
        if (!alert) return;
        const answer = await (
          await anybody(alert.holder)
        ).post(`/alerts/${alert.id}/acknowledgement`, { nextStep: 'talk_today' });
        expect([201, 404, 409]).toContain(answer.status);
      },
      'take a step': async () => {
        const alert = pick(await alerts('acknowledged'));
        if (!alert) return;
        const answer = await (
          await anybody(alert.holder)
        ).post(`/alerts/${alert.id}/steps`, pick(steps));
        expect([201, 404, 409]).toContain(answer.status);
      },
      propose: async () => {
        const alert = pick(await alerts('acknowledged'));
        if (!alert) return;
        const why = {
          reason: '谈过两次，睡眠和上课都好了。',
          raiseAgain: '再说起不想活，或者不吃饭。',
        };
        const answer = await (
          await anybody(alert.holder)
        ).post(
          `/alerts/${alert.id}/proposals`,
          pick([
            { act: 'close', outcome: 'supported', ...why },
            { act: 'lower', colour: pick(['blue', 'yellow', 'orange']), ...why },
            { act: 'clear_guardian', reason: why.reason },
          ]),
        );
        expect([201, 404, 409]).toContain(answer.status);
      },
      decide: async () => {
        const [proposal] = await api.admin<{ id: string }[]>`
          select id from app.alert_proposals where state = 'open' order by proposed_at, id limit 1`;
        if (!proposal) return;
        const answer = await as(pick(staffAccounts)).post(`/proposals/${proposal.id}/decision`, {
          agree: happens(0.7),
        });
        expect([201, 403, 404, 409]).toContain(answer.status);
      },
      'be absent': async () => {
        const hours = 2 + Math.floor(chance() * 70);
        const answer = await as('xinli').post('/absences', {
          person: as(pick(staffAccounts)).personId,
          startsAt: now.toISOString(),
          endsAt: new Date(now.getTime() + hours * 3_600_000).toISOString(),
        });
        expect([201, 409]).toContain(answer.status);
        await relieveAbsent(api.deps);
      },
      'be kept away': async () => {
        const answer = await as('xinli').post(`/pupils/${pick(pupils)}/exclusions`, {
          person: as(pick(['banzhuren', 'nianji', 'zixun', 'deyu'])).personId,
          kind: 'relative',
        });
        expect([201, 404, 409, 422]).toContain(answer.status);
      },
      'end a conflict': async () => {
        const [row] = await api.admin<{ id: string }[]>`
          select id from app.exclusions where ends_at is null order by id limit 1`;
        if (row) await as('xinli').post(`/exclusions/${row.id}/end`, {});
      },
      'make a holiday': async () => {
        const ahead = new Date(now.getTime() + 86_400_000 * (1 + Math.floor(chance() * 5)));
        await api.admin`insert into app.calendar_days (school_id, day, kind) values (${as('xinli').schoolId},
          ${ahead.toISOString().slice(0, 10)}, ${pick(['holiday', 'school_day'])}) on conflict do nothing`;
      },
      'fail a channel': () => {
        peers.http.misbehave(
          pick(['ringing', 'wecom']),
          pick(['error-in-body', 'drop', 'throttle']),
          3,
        );
        return Promise.resolve();
      },
    };
    const likely = [
      ...Array<string>(6).fill('report'),
      ...Array<string>(4).fill('acknowledge'),
      ...Array<string>(3).fill('take a step'),
      ...Object.keys(acts),
      'propose',
      'decide',
      'decide',
    ];

    /** Ends a worker's connection in the middle of what it does, if it does anything before it has finished. */
    const cutWorker = async (hasFinished: () => boolean): Promise<void> => {
      while (!hasFinished()) {
        const cut = await api.admin`select pg_terminate_backend(pid) from pg_stat_activity
          where usename = 'shaodian_worker' and datname = current_database() and state <> 'idle'`;
        if (cut.length === 0) continue;
        count('worker killed');
        return;
      }
    };
    const carryOut = async (): Promise<void> => {
      for (let attempt = 0; ; attempt += 1) {
        const isKilled = attempt === 0 && happens(0.25);
        let finished = false;
        const works = carryOutDue(api)
          .then(() => deliverAll(api))
          .then(
            () => null,
            (error: Error) => error,
          )
          .finally(() => (finished = true));
        if (isKilled) {
          await new Promise((resolve) => setTimeout(resolve, chance() * 12));
          await cutWorker(() => finished);
        }
        const fault = await works;
        if (fault === null) return;
        if (attempt > 3) throw fault;
      }
    };

    /** Most of what waits is looked at in the morning: else every red alert would ring every ten minutes for the rest of the year. */
    const lookAtWhatWaits = async (): Promise<void> => {
      for (const { id, holder } of await alerts('open'))
        if (happens(0.7))
          await (
            await anybody(holder)
          ).post(`/alerts/${id}/acknowledgement`, { nextStep: 'talk_today' });
      for (const { id, holder } of await alerts('acknowledged'))
        for (const step of steps)
          if (happens(0.5)) await (await anybody(holder)).post(`/alerts/${id}/steps`, step);
    };

    let seen = await lookAtAlerts(api.admin);
    const heap: number[] = [];
    for (let today = 0; today < days; today += 1) {
      const hours = Array.from({ length: 5 }, () => chance() * 24).sort((a, b) => a - b);
      const midnight = now.getTime();
      // Sessions end by the real clock, and at length this runs for longer than one.
      await api.admin`update app.sessions set expires_at = now() + interval '1 hour', last_seen_at = now()`;
      for (const hour of hours) {
        now = new Date(midnight + Math.round(hour * 3_600_000));
        api.setNow(now);
        await relieveAbsent(api.deps);
        await carryOut();
        for (let n = Math.floor(chance() * 4); n > 0; n -= 1) {
          const act = pick(likely);
          count(act);
          await acts[act]?.();
        }
        await carryOut();
        await sendAll(api);
        const after = await lookAtAlerts(api.admin);
        const faults = {
          broken: await findBroken(api.admin, now),
          fallen: findFallen(seen, after),
        };
        expect({ seed, at: now.toISOString(), ...faults }).toEqual({
          seed,
          at: now.toISOString(),
          broken: {},
          fallen: [],
        });
        seen = after;
      }
      now = new Date(midnight + 86_400_000);
      api.setNow(now);
      await carryOut();
      await lookAtWhatWaits();
      if (today % 30 === 29) heap.push(Math.round(process.memoryUsage().heapUsed / 2 ** 20));
    }
    const kept = await api.admin<
      { id: string }[]
    >`select id from app.observations where id = any (${[...stored]})`;
    expect(kept).toHaveLength(stored.size);
    const [total] = await api.admin<
      Record<string, number>[]
    >`select (select count(*)::int from app.alerts) as alerts,
      (select count(*)::int from app.alert_events where kind = 'climbed') as climbed, (select count(*)::int from app.alert_events where kind = 'step_missed') as missed,
      (select count(*)::int from app.alert_clocks where state = 'met') as met, (select count(*)::int from app.messages where state <> 'failed') as messages,
      (select count(*)::int from app.messages where state = 'failed') as failed`;
    process.stdout.write(
      `history, seed ${seed}: ${days} days, ${JSON.stringify(Object.fromEntries(counts))}, ${JSON.stringify(total)}, heap by month ${heap.join(' ')} MiB\n`,
    );
    expect(stored.size).toBeGreaterThan(0);
    expect(counts.get('worker killed') ?? 0).toBeGreaterThan(0);
  },
);
