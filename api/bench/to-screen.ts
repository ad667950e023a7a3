import { randomUUID } from 'node:crypto';
import { connectForSetUp } from '@shaodian/migrations';
import type { Sql } from 'postgres';
import { observationInput } from '../src/testing/index.ts';
import { startKillableApi } from '../src/testing/killable-api.ts';
import { openTestSession } from '../src/testing/test-api.ts';

export interface ToScreen {
  readonly reports: number;
  readonly perSecond: number;
  /** Of the whole way, in milliseconds: from the moment a report is sent to the list that was read again because of it. */
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
  /** Alerts of which no screen was told. */
  readonly missing: number;
}

interface Reporter {
  readonly cookie: string;
  readonly pupils: string[];
}

/** The teachers of each class, with the pupils about whom nothing is known yet. */
async function listReporters(admin: Sql): Promise<Reporter[]> {
  const rows = await admin<{ school_id: number; person_id: string; pupils: string[] }[]>`
    select g.school_id, g.person_id, array_agg(p.id::text order by p.id) as pupils
    from app.grants g join app.schools c on c.id = g.school_id
      join app.pupils p on p.school_id = g.school_id and p.class_id = g.class_id
    where c.code = 'jiangpan' and g.role = 'homeroom_teacher' and g.ends_at is null
      and not exists (select from app.alerts a where a.school_id = p.school_id and a.pupil_id = p.id)
    group by 1, 2`;
  return Promise.all(
    rows.map(async (row) => ({
      cookie: await sessionOf(admin, row),
      pupils: row.pupils,
    })),
  );
}

const sessionOf = async (admin: Sql, who: { school_id: number; person_id: string }) =>
  `shaodian-session=${await openTestSession(admin, who.school_id, who.person_id)}`;

/**
 * Follows the stream and reads the list again whenever it tells of something, one reading at a time, as the page does. An alert is on the screen when a
 * list that was asked for after its event is there.
 */
function watch(url: string, cookie: string, onShown: (alert: string) => void) {
  const stopping = new AbortController();
  let told: string[] = [];
  let reading = Promise.resolve();
  let isReading = false;
  const readAll = async (): Promise<void> => {
    isReading = true;
    while (told.length > 0) {
      const mine = told;
      told = [];
      const answer = await fetch(`${url}/alerts?status=open&limit=50`, { headers: { cookie } });
      if (!answer.ok) throw new Error(`the list was answered with ${answer.status}`);
      await answer.json();
      for (const id of mine) onShown(id);
    }
    isReading = false;
  };
  const follow = async (): Promise<void> => {
    const stream = await fetch(`${url}/events`, { headers: { cookie }, signal: stopping.signal });
    if (!stream.body) throw new Error('there is no stream');
    let rest = '';
    for await (const part of stream.body.pipeThrough(new TextDecoderStream())) {
      const events = `${rest}${part}`.split('\n\n');
      rest = events.pop() ?? '';
      told.push(...events.flatMap((event) => /"id":"([^"]+)"/.exec(event)?.[1] ?? []));
      if (told.length > 0 && !isReading) reading = readAll();
    }
  };
  const done = follow().catch((error: Error) => {
    if (!stopping.signal.aborted) throw error;
  });
  return {
    stop: async () => {
      stopping.abort();
      await done;
      await reading;
    },
  };
}

/**
 * The whole program in a process of its own with its workers, reports at a steady pace whether or not the earlier ones were answered, and three people
 * who watch. A tenth of what is reported is an emergency.
 */
export async function measureToScreen(
  databaseUrl: string,
  perSecond: number,
  reports: number,
): Promise<ToScreen> {
  const admin = connectForSetUp(databaseUrl);
  await admin`update app.schools set is_demo = false`;
  const api = await startKillableApi(databaseUrl);
  const reporters = await listReporters(admin);
  const watchers = await admin<{ school_id: number; person_id: string }[]>`
    select distinct g.school_id, g.person_id from app.grants g join app.schools c on c.id = g.school_id
    where c.code = 'jiangpan' and g.role = any (array['counsellor', 'lead_counsellor']) and g.ends_at is null limit 3`;
  const sentAt = new Map<string, number>();
  const shown = new Map<string, number>();
  const screens = await Promise.all(
    watchers.map(async (who) =>
      watch(api.url, await sessionOf(admin, who), (alert) => {
        if (!shown.has(alert)) shown.set(alert, performance.now());
      }),
    ),
  );
  await pause(500);
  const started = performance.now();
  const answers: Promise<unknown>[] = [];
  for (let n = 0; n < reports; n += 1) {
    await pause(started + (n * 1000) / perSecond - performance.now());
    const reporter = reporters[n % reporters.length];
    const pupil = reporter?.pupils.pop();
    if (!reporter || !pupil) throw new Error('the school has too few pupils for so many reports');
    sentAt.set(pupil, performance.now());
    answers.push(report(api.url, reporter.cookie, pupil, n % 10 === 0));
  }
  await Promise.all(answers);
  // Other alerts change meanwhile too: until nothing has come for two seconds.
  for (let before = -1; before !== shown.size; await pause(2_000)) before = shown.size;
  await Promise.all(screens.map((screen) => screen.stop()));
  await api.stop();
  const alerts = await admin<{ id: string; pupil_id: string }[]>`
    select id, pupil_id from app.alerts where pupil_id = any (${[...sentAt.keys()]})`;
  await admin.end({ timeout: 1 });
  const times = alerts
    .flatMap(({ id, pupil_id }) => {
      const at = shown.get(id);
      return at === undefined ? [] : [at - (sentAt.get(pupil_id) ?? 0)];
    })
    .sort((a, b) => a - b);
  const at = (share: number) => times[Math.ceil(share * times.length) - 1] ?? Number.NaN;
  return {
    reports,
    perSecond,
    p50: at(0.5),
    p99: at(0.99),
    slowest: at(1),
    missing: reports - times.length,
  };
}

async function report(url: string, cookie: string, pupil: string, isEmergency: boolean) {
  const body = observationInput(pupil, {
    indicators: [isEmergency ? 'SUI02' : 'MOO01'],
    words: '这两周他常常一个人坐着，午饭也不去吃，叫他也不应。',
  });
  const answer = await fetch(`${url}/observations`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify(body),
  });
  if (answer.status !== 201) throw new Error(`a report was answered with ${answer.status}`);
}

const pause = (ms: number) =>
  new Promise<void>((resolve) => void setTimeout(resolve, Math.max(0, ms)));
