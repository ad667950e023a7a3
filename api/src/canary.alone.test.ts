import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schoolSealedColumns } from './crypto/sealed-columns.ts';
import { listFreeInputs, listPlanted } from './testing/canary/coverage.ts';
import { toldTables } from './testing/canary/database.ts';
import { Searches, isOfLog } from './testing/canary/places.ts';
import { compile } from './testing/canary/search.ts';
import { Stage } from './testing/canary/stage.ts';
import { tellStory } from './testing/canary/story.ts';
import type { Story } from './testing/canary/story.ts';
import { describeSearch, givenPlace, judge, readersPlace } from './testing/canary/verdict.ts';
import type { Verdict } from './testing/canary/verdict.ts';
import type { Exchange } from './testing/canary/visitor.ts';

let stage: Stage;
let story: Story;
let searches: Searches;
let verdict: Verdict;

// Some five minutes on two busy cores: it runs alone so that the programs it starts have them.
beforeAll(async () => {
  stage = await Stage.build();
  story = await tellStory(stage);
  await writeSacrificialLines();
  const needles = stage.canaries.of('words', 'refused', 'password', 'key', 'name', 'control');
  searches = new Searches(compile([...needles, ...story.known.map((one) => one.needle)]));
  await searchEverything();
  verdict = judge(searches.places.values(), story.known, acceptedAsNames);
}, 900_000);
afterAll(() => stage.remove(), 60_000);

/** A broken request that is none: this text may be somebody's name. */
const acceptedAsNames = ['POST /accounts by admin'];

/** A program that logs what nobody may. */
async function writeSacrificialLines(): Promise<void> {
  const said = stage.canaries.text('control', 'in a line of a log');
  const source = `const said = process.env.SAID; const url = '/api/pupils?q=' + encodeURIComponent(said);
    console.log(JSON.stringify({ url })); console.error(Buffer.from('x' + said).toString('base64'));`;
  const child = spawn(process.execPath, ['-e', source], { env: { SAID: said } });
  stage.outputs.follow('sacrificial lines', child);
  await once(child, 'close');
}

async function searchEverything(): Promise<void> {
  for (const name of stage.outputs.texts.keys())
    searches.look('outputs of programs', name, stage.outputs.bytesOf(name));
  for (const exchange of stage.exchanges) lookAtAnswer(exchange);
  for (const stream of story.live) searches.look('live streams', 'a stream', stream);
  for (const [table, text] of story.dump)
    searches.look(
      toldTables.test(table) ? 'outbox, notices, audit, as text' : 'tables, as text',
      table,
      text,
    );
  for (const [name, bytes] of stage.processes) searches.look('processes', name, bytes);
  await searches.lookInFolder(join(stage.root, 'data'), placeOfFile);
  await searches.lookInFolder(join(stage.root, 'restored'), () => 'restored copy');
  await searches.lookInFolder(join(stage.root, 'backup'), () => 'backup');
  await searches.lookInFolder(join(stage.root, 'exported'), () => 'exported audit');
  await searches.lookInFolder(join(stage.root, 'witness'), () => 'witness');
}

const placeOfFile = (path: string): string => {
  if (isOfLog(path)) return 'log (WAL)';
  if (path.endsWith('server.log')) return 'server.log';
  return /\/(base|global)\//.test(path) ? 'tables' : 'other files';
};

function lookAtAnswer({ who, request, status, headers, body }: Exchange): void {
  const where = `${who} ${request.split('?')[0]} ${status}`;
  for (const [name, value] of headers)
    if (name !== 'set-cookie') searches.look('headers', `${where} ${name}`, value);
  if (status >= 400) searches.look('refusals', where, body);
  else if (/^POST \/account\/second-factor(?!\/end)/.test(request))
    searches.look(givenPlace, where, body);
  else if (!mayReadWords(who, request)) searches.look('answers', where, body);
  else searches.look(readersPlace, where, body);
}

/** Whoever reads words on purpose: counsellors, the administrator their own file, and everybody for a while what they wrote. */
const mayReadWords = (who: string, request: string): boolean =>
  ['lead', 'counsellor'].includes(who) ||
  (who === 'admin' && request.includes(' /roster-imports')) ||
  (['leader', 'officer'].includes(who) && request.includes(' /break-glass/')) ||
  (['seatA', 'seatB', 'teacher'].includes(who) && request.startsWith('GET /observations?'));

const placesOf = (needle: string): Set<string> =>
  new Set(
    [...searches.places.values()]
      .filter(({ hits }) => hits.some((hit) => hit.needle === needle))
      .map((one) => one.place),
  );

describe('canaries are written', () => {
  test('into every sealed column, as its rows say when they are opened', () => {
    const without = [...story.sealed].filter(([, found]) => found.size === 0).map(([name]) => name);
    expect(without).toEqual([]);
    // Data keys are secrets that are searched themselves; who reported is asked of every row, below.
    expect(schoolSealedColumns).toEqual([
      'channels.config',
      'data_keys.wrapped',
      'reporter_seals.sealed_person',
      'second_factors.secret',
    ]);
    expect(
      stage.canaries.of('key').filter((one) => one.name.includes('data key')).length,
    ).toBeGreaterThan(8);
  });

  test('into every field of every request that takes a text', () => {
    const find = compile(stage.canaries.of('words', 'password', 'key', 'name', 'open'));
    const planted = listPlanted(story.operations, stage.exchanges, find);
    const inputs = [...listFreeInputs(story.operations).keys()];
    // Six digits are found everywhere by accident.
    expect(inputs.filter((one) => !planted.has(one))).toEqual([
      'POST /account/second-factor/confirmation code',
    ]);
    process.stdout.write(
      `canaries: ${story.sealed.size} sealed columns and ${inputs.length} text fields of requests planted, ${story.counts.broken} broken requests, ` +
        `${story.counts.killed} connections killed; ${['words', 'refused', 'password', 'key', 'name'].map((group) => `${stage.canaries.of(group as 'words').length} ${group}`).join(', ')}\n`,
    );
    expect(inputs.length).toBeGreaterThan(20);
    expect(story.counts.broken).toBeGreaterThan(3_000);
  });

  test('and what else lies open in P3 and P4 tables is a code, a mark or a hash', () => {
    expect(story.openTexts).toEqual([
      'account_secrets.password_hash',
      'alert_reasons.codes',
      'alert_reasons.rule',
      'channels.kek_id',
      'channels.last_fault',
      // P2: what the administrator calls a way out of the program.
      'channels.name',
      'data_keys.kek_id',
      'monthly_report_bodies.reporter_mark',
      'monthly_report_bodies.seat_mark',
      'observation_details.reporter_mark',
      'reporter_openings.purpose',
      'reporter_seals.kek_id',
      'reporter_seals.mark',
      'roster_imports.counts',
      // P1: the name of the file, for the administrator.
      'roster_imports.file_name',
      'second_factors.kek_id',
    ]);
  });
});

describe('the search finds', () => {
  test('what lies in the open, in tables and in the log: PostgreSQL compresses nothing here', () => {
    expect(story.storage).toMatchObject({ compression: 'off', compressible: 0 });
    for (const place of ['tables', 'log (WAL)', 'tables, as text', 'restored copy'])
      expect(verdict.controls.get(place)).toBeGreaterThan(50);
    expect(placesOf('name/name of a pupil')).toContain('log (WAL)');
    expect(placesOf('control/kept as it is (han)')).toEqual(
      new Set(['tables', 'log (WAL)', 'restored copy']),
    );
    // Why nothing may be compressed: the same text in a column as PostgreSQL makes it is not found.
    expect(placesOf('control/compressed (han)')).toEqual(new Set());
  });

  test('lines of programs and of the database', () => {
    expect(placesOf('control/in a line of a log (han)')).toEqual(new Set(['outputs of programs']));
    expect(placesOf('control/in the log of the server')).toEqual(new Set(['server.log']));
  });

  test('words where somebody may read them', () => {
    for (const words of ['words in a report', 'words of an emergency'])
      expect(placesOf(`words/${words} (han)`)).toEqual(new Set([readersPlace]));
  });

  test('what is kept on purpose, where it is kept', () => {
    const lost = story.known.filter(({ needle }) => placesOf(needle.name).size === 0);
    expect(lost.map((one) => one.needle.name)).toEqual([]);
  });
});

test('0 hits anywhere else: logs, addresses, refusals, notices, streams, files of the database, backups, processes', () => {
  const leaksIn = (place: string) => verdict.leaks.filter((leak) => leak.startsWith(`${place} (`));
  const table = describeSearch(searches.places.values(), verdict, (place) => leaksIn(place).length);
  process.stdout.write(`${table}\n`);
  expect(verdict.leaks).toEqual([]);
});

test('no row of any table names both somebody and what they reported', () => {
  expect(story.ties).toEqual([]);
});

test('every program did what it was to do, and the faults were faults', () => {
  expect(Object.values(story.exitCodes)).toEqual(Object.values(story.exitCodes).map(() => 0));
  const log = stage.outputs.bytesOf('API').toString();
  expect(log).toContain('"request failed"');
  expect(log).toContain('"what happened could not be told; it will be tried again"');
  expect(log).toContain('"process failed"');
  const statuses = new Set(stage.exchanges.map((one) => one.status));
  for (const status of [400, 401, 403, 404, 409, 413, 415, 422, 500, 503])
    expect(statuses).toContain(status);
});
