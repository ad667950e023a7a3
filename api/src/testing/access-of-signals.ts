import { isAllowed } from './access-oracle.ts';
import { expectedOf, routeOf } from './access-routes.ts';
import { maySee } from './access-table.ts';
import { idOf, visibleIds } from './access-run.ts';
import type { AccessRun, Asking } from './access-run.ts';
import type { Driver, Drivers } from './access-driver.ts';

interface Stream {
  readonly who: Asking;
  readonly text: () => string;
  close(): Promise<void>;
}

const withinMs = 10_000;

async function until(holds: () => boolean): Promise<void> {
  const end = Date.now() + withinMs;
  while (!holds() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
}

const idsIn = (text: string): string[] =>
  [...text.matchAll(/event: alerts\ndata: \{"id":"([0-9a-f-]{36})"\}/g)]
    .map((match) => match[1] ?? '')
    .sort();

/** A stream of one person; undefined when it was refused, which is judged. */
async function open(run: AccessRun, route: string, who: Asking): Promise<Stream | undefined> {
  const headers: Record<string, string> = who.as ? { cookie: who.as.cookie } : {};
  const response = await run.world.api.anonymous('GET', '/events', undefined, headers);
  const outcome =
    response.status < 400
      ? String(response.status)
      : `${response.status} ${((await response.json()) as { code: string }).code}`;
  run.judge({ route, who, row: null }, outcome, expectedOf(routeOf(route), who.actor));
  const reader = response.status < 400 ? response.body?.getReader() : undefined;
  if (!reader) return undefined;
  let text = '';
  const decoder = new TextDecoder();
  const read = async () => {
    for (let next = await reader.read(); !next.done; next = await reader.read())
      text += decoder.decode(next.value as Uint8Array, { stream: true });
  };
  const ended = read().catch(() => undefined);
  await until(() => text.includes('event: ready'));
  return {
    who,
    text: () => text,
    close: async () => {
      await reader.cancel();
      await ended;
    },
  };
}

/** Every stream is told of every alert of both schools; each must pass on those that its reader may list. */
const follow: Driver = async (run, route) => {
  const streams: Stream[] = [];
  for (const who of run.asking) {
    const stream = await open(run, route, who);
    if (stream) streams.push(stream);
  }
  const expected = new Map(streams.map((one) => [one, visibleIds(run, 'alerts', one.who)]));
  for (const row of run.rows('alerts'))
    await run.world.api.admin`select pg_notify('shaodian_alerts', ${`${row.school}:${idOf(row)}`})`;
  await until(() =>
    streams.every((one) => idsIn(one.text()).length >= (expected.get(one)?.length ?? 0)),
  );
  // "Look at the whole list again" reaches everybody, after all that came before it.
  for (const school of new Set(run.rows('schools').map((row) => row.school)))
    await run.world.api.admin`select pg_notify('shaodian_alerts', ${`${school}:`})`;
  await until(() => streams.every((one) => one.text().includes('data: {"id":""}')));
  for (const stream of streams) {
    const got = new Set(idsIn(stream.text()));
    for (const row of run.rows('alerts'))
      run.judge(
        { route, who: stream.who, row, what: 'signal' },
        got.has(idOf(row)),
        isAllowed(maySee['alerts'], stream.who.actor, row),
      );
    await stream.close();
  }
};

export const ofSignals: Drivers = { 'GET /events': follow };
