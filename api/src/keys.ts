import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { StartError } from '@shaodian/migrations';
import { dropRetiredKeys, exchangeDataKeys } from './crypto/exchange-data-keys.ts';
import { KeyFileError, addGeneration } from './crypto/key-source.ts';
import { readKeyStatus } from './crypto/key-status.ts';
import { UnknownKekError } from './crypto/master-key.ts';
import { rewrapKeys } from './crypto/rewrap-keys.ts';
import { recordAct } from './db/database.ts';
import type { Database } from './db/database.ts';
import { EnvironmentError, readEnvironment } from './env.ts';
import type { Environment } from './env.ts';
import { openInstallation } from './open-installation.ts';
import type { Installation } from './open-installation.ts';

// Keys are exchanged while the program runs. A kill at any moment loses nothing: the same command goes on.
const usage = `npm run keys -- status                 the keys of each school
npm run keys -- rotate-kek             adds a generation to the key file and wraps every key with it anew
npm run keys -- rotate-kek --resume    wraps with the newest generation, adds none
npm run keys -- rotate-data            gives every pupil, report, case and import a new key and encrypts their words anew
npm run keys -- rotate-data --before T goes on with a rotation that was cut off (T is printed when it begins)
                                       --school CODE: one school only; --demo: the demo`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    demo: { type: 'boolean', default: false },
    school: { type: 'string' },
    resume: { type: 'boolean', default: false },
    before: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** Twice the lifetime of a context: nobody holds a row any more that a replaced key sealed. */
const graceSeconds = 120;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

interface School {
  readonly id: number;
  readonly code: string;
}

interface Tools {
  readonly installation: Installation;
  readonly worker: Database;
  readonly schools: readonly School[];
}

async function listSchools(worker: Database): Promise<School[]> {
  const { rows } = await worker.asNobody((trx) =>
    sql<School>`select id, code from sec.list_school_ids()`.execute(trx),
  );
  const chosen = rows.filter((school) => !values.school || school.code === values.school);
  if (chosen.length === 0)
    throw new StartError(values.school ? 'there is no such school' : 'there is no school yet');
  return chosen;
}

async function status({ installation, worker, schools }: Tools): Promise<void> {
  for (const { id, code } of schools) {
    const found = await worker.asSystem(id, (trx) => readKeyStatus(trx, installation.master, id));
    print(
      `${code}: ${found.current} data keys (oldest ${found.oldestMadeAt?.toISOString() ?? '–'}), ${found.retired} replaced and still kept, ` +
        `${found.olderGeneration} wrapped by an older generation than ${installation.master.kekOf(id).id.split('/')[1]}`,
    );
  }
}

async function rotateKek({ installation, worker, schools }: Tools): Promise<void> {
  const app = installation.connect('app');
  for (const { id, code } of schools) {
    let done = 0;
    const onStep = progress(() => `${code}: ${done} wrapped anew`);
    const counts = await rewrapKeys(
      {
        db: worker,
        master: installation.master,
        onStep: (step) => {
          if (step.endsWith('rewrapped')) done += 1;
          onStep();
        },
      },
      id,
    );
    await app.asSystem(id, async (trx) => recordAct(trx, { action: 'keys.rewrapped' }));
    print(
      `${code}: ${counts.dataKeys} data keys and ${counts.reporterSeals + counts.secondFactors + counts.channels} seals wrapped anew`,
    );
  }
}

async function rotateData(tools: Tools): Promise<void> {
  const { installation, worker, schools } = tools;
  const app = installation.connect('app');
  const before = values.before ? new Date(values.before) : await databaseTime(worker);
  if (Number.isNaN(before.getTime())) throw new StartError(usage);
  print(
    `keys made before ${before.toISOString()}; to go on after a cut: --before ${before.toISOString()}`,
  );
  for (const { id, code } of schools) {
    let done = 0;
    const onStep = progress(() => `${code}: ${done} keys replaced`);
    const deps = {
      db: worker,
      master: installation.master,
      onStep: (step: string) => {
        if (step === 'exchanged') done += 1;
        onStep();
      },
    };
    const counts = await exchangeDataKeys(deps, id, before);
    await app.asSystem(id, async (trx) => recordAct(trx, { action: 'keys.exchanged' }));
    print(`${code}: ${counts.keys} keys replaced, ${counts.resealed} values encrypted anew`);
    complain(code, counts.damaged);
  }
  await dropWhenDue(tools);
}

async function dropWhenDue({ installation, worker, schools }: Tools): Promise<void> {
  print(`replaced keys are dropped after ${graceSeconds} seconds; a cut now loses nothing`);
  for (const { id, code } of schools) {
    for (;;) {
      const deps = { db: worker, master: installation.master };
      const { dropped, kept, waiting } = await dropRetiredKeys(deps, id, graceSeconds);
      if (dropped > 0) print(`${code}: ${dropped} replaced keys dropped`);
      if (waiting === 0) {
        complain(code, kept);
        break;
      }
      await pause(5_000);
    }
  }
}

function complain(code: string, damaged: number): void {
  if (damaged === 0) return;
  print(
    `${code}: ${damaged} values do not open with any key: altered or moved. Their old keys stay`,
  );
  process.exitCode = 1;
}

async function databaseTime(worker: Database): Promise<Date> {
  const { rows } = await worker.asNobody((trx) =>
    sql<{ at: Date }>`select clock_timestamp() as at`.execute(trx),
  );
  return rows[0]?.at ?? new Date();
}

/** A line every two seconds at most. */
function progress(line: () => string): () => void {
  let last = performance.now();
  return () => {
    if (performance.now() - last < 2_000) return;
    last = performance.now();
    print(line());
  };
}

const commands: Readonly<Record<string, (tools: Tools) => Promise<void>>> = {
  status,
  'rotate-kek': rotateKek,
  'rotate-data': rotateData,
};

async function main(): Promise<void> {
  const [name = ''] = positionals;
  const command = commands[name];
  if (values.help || !command) {
    print(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const environment = readEnvironment(process.env);
  if (name === 'rotate-kek' && !values.resume) {
    if (environment.key !== undefined)
      throw new StartError(
        'SHAODIAN_KEY: add a generation at its end, start the program anew, then: npm run keys -- rotate-kek --resume',
      );
    // That there is something to wrap is seen before the key file grows.
    await withTools(environment, status);
    const generation = await addGeneration(environment.keyFile);
    print(`generation ${generation} added to the key file: keep a copy elsewhere`);
  }
  await withTools(environment, command);
}

async function withTools(
  environment: Environment,
  work: (tools: Tools) => Promise<void>,
): Promise<void> {
  const installation = await openInstallation(environment, values.demo ? 'demo' : 'school');
  try {
    const worker = installation.connect('worker');
    await work({ installation, worker, schools: await listSchools(worker) });
  } finally {
    await installation.close();
  }
}

const mendable = [StartError, KeyFileError, UnknownKekError, EnvironmentError];

main().catch((error: unknown) => {
  const known = mendable.some((type) => error instanceof type);
  process.stderr.write(`${known ? (error as Error).message : ((error as Error).stack ?? '')}\n`);
  process.exitCode = 2;
});
