import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { operationsFrom } from '../fuzz/operations.ts';
import type { Operation } from '../fuzz/operations.ts';
import { sendBroken, sendBrokenFiles, sendRaw } from './broken.ts';
import { listOpenTexts, openSealedColumns } from './coverage.ts';
import { dumpDatabase, keepReadable, listTies, readStorage, writeControls } from './database.ts';
import { followLive, liveThroughADay, readEverything } from './day.ts';
import { failWhileWriting } from './faults.ts';
import { useFactors } from './factors.ts';
import { postmasterOf, readProcess } from './observed-api.ts';
import { foundCanarySchool } from './school.ts';
import { compile } from './search.ts';
import { listKnown } from './secrets.ts';
import type { KnownPlace } from './secrets.ts';
import type { Stage } from './stage.ts';
import { Visitor } from './visitor.ts';

/** What was seen of a school's first day, beside what it left on the disk. */
export interface Story {
  readonly operations: readonly Operation[];
  readonly live: readonly Buffer[];
  readonly dump: ReadonlyMap<string, string>;
  readonly storage: Awaited<ReturnType<typeof readStorage>>;
  /** Sealed column → the canaries that its rows say when they are opened. */
  readonly sealed: ReadonlyMap<string, ReadonlySet<string>>;
  readonly openTexts: readonly string[];
  readonly ties: readonly string[];
  readonly known: readonly KnownPlace[];
  readonly counts: { readonly broken: number; readonly killed: number };
  readonly exitCodes: Readonly<Record<string, number>>;
}

/** A day on which everything is used and everything fails, then a night with keys, backup and restore. */
export async function tellStory(stage: Stage): Promise<Story> {
  const { canaries, exchanges } = stage;
  await stage.start('API');
  await keepReadable(stage.admin);
  await writeControls(stage.admin, canaries);
  const world = { admin: stage.admin, canaries, exchanges, url: () => stage.api.url };
  const school = await foundCanarySchool(world);
  const { people, personIds } = school;
  const streams = await Promise.all([people.lead, people.teacher, people.leader].map(followLive));
  await useFactors(school, canaries);
  const reported = await liveThroughADay(world, school);
  await readEverything(school);
  const document = await people.lead.get('/openapi.json');
  const nobody = new Visitor('nobody', world.url, exchanges);
  let broken = 0;
  for (const who of [people.lead, people.admin, people.seatA, nobody])
    broken += await sendBroken(who, canaries, document);
  await sendBrokenFiles(people.admin, canaries);
  exchanges.push(...(await sendRaw(stage.api.url, canaries)));
  const killed = await failWhileWriting(world, school);
  await readEverything(school);
  const sealed = await openAll(stage);
  const openTexts = await listOpenTexts(stage.admin);
  await stage.collectSecrets();
  await endBadly(stage);
  const exitCodes = await workAtNight(stage);
  for (const who of [...Object.values(people), nobody])
    for (const [at, token] of who.tokens.entries())
      canaries.secretText(`token ${at + 1} of ${who.name}`, token);
  const dump = await dumpDatabase(stage.admin);
  const ties = [
    ...listTies(dump, personIds.seatB, [reported.observationId]),
    ...listTies(dump, personIds.seatA, [reported.reportId, ...reported.ofReport]),
  ];
  const storage = await readStorage(stage.admin);
  const known = await stage.withInstallation(({ master }) =>
    listKnown(stage.folder, master, stage.admin),
  );
  await stage.admin`checkpoint`;
  await stage.stop();
  exitCodes['restore'] = await stage.tool(
    'restore',
    [...['--from', join(stage.root, 'backup'), '--to', join(stage.root, 'restored')]],
    {
      SHAODIAN_KEY_FILE: join(stage.folder, 'key'),
      SHAODIAN_SHRED_FILE: join(stage.folder, 'shreds', 'shreds.ndjson'),
    },
  );
  return {
    ...{ operations: operationsFrom(document), live: streams.map((read) => read()), dump, storage },
    ...{ sealed, openTexts, ties, known, counts: { broken, killed }, exitCodes },
  };
}

const openAll = (stage: Stage) =>
  stage.withInstallation((installation) =>
    openSealedColumns(
      stage.admin,
      installation.connect('app'),
      installation.master,
      compile(stage.canaries.of('words')),
    ),
  );

/** The program ends by faults that nobody caught, and by a kill; once it has its key from the environment. */
async function endBadly(stage: Stage): Promise<void> {
  await stage.api.fail('throw');
  await stage.start('API after a fault');
  await stage.api.fail('reject');
  await stage.start('API after a promise');
  await stage.stop();
  const key = (await readFile(join(stage.folder, 'key'), 'utf8')).trim().replaceAll('\n', ',');
  await stage.start('API with the key in its environment', { SHAODIAN_KEY: key });
  await lookAtProcesses(stage);
  await stage.api.kill();
  await stage.start('API after a kill');
}

/** What others see of the program, and what its database was handed. */
async function lookAtProcesses(stage: Stage): Promise<void> {
  const database = await readProcess(await postmasterOf(stage.folder));
  const program = await readProcess(stage.api.pid);
  stage.processes.set('command line of the program', program.command);
  stage.processes.set('command line of the database', database.command);
  stage.processes.set('environment of the database', database.environment);
}

async function workAtNight(stage: Stage): Promise<Record<string, number>> {
  const { canaries, root } = stage;
  const codes: Record<string, number> = {
    verify: await stage.tool('audit-verify', ['--export', join(root, 'exported')]),
    backup: await stage.tool('back-up', ['--to', join(root, 'backup')]),
    status: await stage.tool('keys', ['status']),
    'rotate-kek': await stage.tool('keys', ['rotate-kek']),
    log: await stage.tool('back-up', ['--to', join(root, 'backup'), '--log']),
  };
  // It makes the new keys at once, and then waits for two minutes until nobody needs the old ones: it is killed meanwhile.
  await stage.tool('keys', ['rotate-data'], {}, { says: 'replaced keys are dropped' });
  await stage.collectSecrets();
  const key = canaries.latin('password', 'key that is none');
  const port = canaries.latin('refused', 'port that is none');
  const password = canaries.latin('password', 'password in an address');
  const wrong: readonly Record<string, string>[] = [
    { SHAODIAN_KEY: key },
    { PORT: port },
    { DATABASE_URL: `postgres://u:${password}@127.0.0.1:1/d` },
    { DATABASE_URL: `mysql://u:${password}@127.0.0.1/d` },
    { DATABASE_URL: `postgres://u:${password}@${new URL(stage.api.url).host}/d` },
  ];
  for (const env of wrong) await stage.tool('main', [], env, { seconds: 10 });
  return codes;
}
