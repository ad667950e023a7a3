import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  POSTGRES_MAJOR,
  isPrepared,
  prepareDatabase,
  startEmbeddedServer,
} from '@shaodian/migrations';
import type { EmbeddedServer } from '@shaodian/migrations';
import { createApp } from './app.ts';
import { appendActs } from './audit/append-acts.ts';
import { checkpointFileOf, readCheckpoints } from './audit/checkpoint-file.ts';
import { checkpointSigner } from './audit/checkpoint.ts';
import { keepCheckpoints } from './audit/keep-checkpoints.ts';
import { witnessAt } from './audit/witness.ts';
import { verificationsOf } from './audit/verifications.ts';
import { verifySchool } from './audit/verify-school.ts';
import type { App } from './app.ts';
import { startClockWorker } from './clocks/clock-worker.ts';
import {
  KeyFileError,
  isKeyMissing,
  openMasterKey,
  refuseDatabaseWithoutKey,
} from './crypto/key-source.ts';
import type { KeySource } from './crypto/key-source.ts';
import { markSeats } from './crypto/mark-seats.ts';
import { markStudentNumbers } from './crypto/mark-student-numbers.ts';
import type { MasterKey } from './crypto/master-key.ts';
import { shredList } from './crypto/shred-list.ts';
import type { ShredList } from './crypto/shred-list.ts';
import { contextSigner } from './db/context.ts';
import type { ContextSigner } from './db/context.ts';
import { connectDatabase } from './db/database.ts';
import { untilAccepting } from './db/until-accepting.ts';
import { connectWorker } from './db/worker-database.ts';
import { demoClock } from './demo/demo-clock.ts';
import { refuseDemoSchools, seedDemo } from './demo/seed-demo.ts';
import type { Deps } from './deps.ts';
import { keepRelieving } from './duty/relieve-absent.ts';
import type { Environment } from './env.ts';
import { replayShreds } from './erasures/replay-shreds.ts';
import { alertFeed } from './live/alert-feed.ts';
import { logLastWords } from './log/log-last-words.ts';
import { makeLog } from './log/log.ts';
import type { Log } from './log/log.ts';
import { startMessageWorker } from './messages/message-worker.ts';
import { noticeSink } from './notifications/notice-sink.ts';
import { startOutboxWorker } from './notifications/outbox-worker.ts';
import { argon2Hasher } from './sign-in/password-hasher.ts';

export interface RunningApi {
  readonly app: App;
  readonly log: Log;
  /** Connection string of the role that prepared the database: tests and tools only. */
  readonly adminUrl: string;
  stop(): Promise<void>;
}

export type Mode = 'school' | 'demo';

// The demo has a database of its own, so that one folder can hold both and neither sees the other.
export const databaseOf: Record<Mode, string> = { school: 'shaodian', demo: 'shaodian_demo' };

interface StartOptions {
  readonly fresh: boolean;
  /** Domain time; the demo's own clock, or the real one, when missing. */
  readonly now?: () => Date;
}

/** Starts the database (embedded unless DATABASE_URL says otherwise), migrates, and makes the real dependencies. */
export async function startApi(
  environment: Environment,
  mode: Mode,
  options: StartOptions,
): Promise<RunningApi> {
  await mkdir(environment.dataFolder, { recursive: true });
  const log = makeLog(environment.logLevel);
  logLastWords(log);
  if (environment.databaseUrl) await refuseLostKey(environment, environment.databaseUrl, log);
  else
    refuseDatabaseWithoutKey(
      environment,
      join(environment.dataFolder, `postgres-${POSTGRES_MAJOR}`),
    );
  const master = await openMasterKey(environment);
  const server = environment.databaseUrl
    ? undefined
    : await startEmbeddedServer({ folder: environment.dataFolder });
  try {
    if (options.fresh && mode === 'demo' && server) {
      await server.dropDatabase(databaseOf.demo);
      // The new chain begins anew: it is not the one that these checkpoints were of.
      await rm(checkpointFileOf(environment.dataFolder, 'demo'), { force: true });
      await rm(shredFileOf(environment, 'demo'), { force: true });
    }
    return await compose(environment, mode, { log, master, server, now: options.now });
  } catch (error) {
    await server?.stop();
    throw error;
  }
}

/** As `refuseDatabaseWithoutKey`, for a database that is somewhere else. */
async function refuseLostKey(source: KeySource, databaseUrl: string, log: Log): Promise<void> {
  if (!isKeyMissing(source)) return;
  await untilAccepting(databaseUrl, log);
  if (await isPrepared(databaseUrl))
    throw new KeyFileError(
      `SHAODIAN_KEY_FILE: there is no ${source.keyFile}, but the database in DATABASE_URL was made with a key, and only that one can read it. Nothing was changed. Bring that key here, or name it with SHAODIAN_KEY_FILE.`,
    );
}

async function compose(
  environment: Environment,
  mode: Mode,
  parts: {
    log: Log;
    master: MasterKey;
    server: EmbeddedServer | undefined;
    now: (() => Date) | undefined;
  },
): Promise<RunningApi> {
  const { log, master, server } = parts;
  const adminUrl = environment.databaseUrl ?? (await embedded(server).adminUrl(databaseOf[mode]));
  await untilAccepting(adminUrl, log);
  const urls = await prepareDatabase(adminUrl, master.databaseSecrets);
  await markStudentNumbers(adminUrl, master);
  await markSeats(adminUrl, master);
  const signer = contextSigner(master.contextKey, master.contextKeyId, () => Date.now() / 1000);
  const db = connectDatabase(urls.app, signer, appendActs(master));
  const shreds = shredList(shredFileOf(environment, mode), master.shredKey);
  await replayAtStart(urls.worker, signer, { master, shreds });
  const feed = await alertFeed(urls.app);
  const checkpointFile = checkpointFileOf(environment.dataFolder, mode);
  const clock =
    mode === 'demo' ? await demoClock(join(environment.dataFolder, 'demo-clock.json')) : undefined;
  const deps: Deps = {
    db,
    master,
    passwords: argon2Hasher(),
    feed,
    log,
    now: parts.now ?? clock?.now ?? (() => new Date()),
    newId: () => randomUUID(),
    verifications: verificationsOf(async (schoolId, onRead) =>
      verifySchool({ db, master }, schoolId, await readCheckpoints(checkpointFile), onRead),
    ),
    shreds,
    outside: {
      publicUrl: environment.publicUrl,
      timeoutMs: 5_000,
      allowPrivate: environment.allowPrivateChannels,
    },
    demo: null,
  };
  const demo = mode === 'demo' ? await seedDemo(deps, adminUrl) : await refuseDemoSchools(adminUrl);
  const checkpoints = keepCheckpoints({
    db,
    signer: checkpointSigner(master.auditSigningSeed),
    file: checkpointFile,
    witness: environment.witness === undefined ? null : witnessAt(environment.witness),
    log,
  });
  const worker = connectWorker(urls.worker, signer, 6);
  const outbox = startOutboxWorker({ worker, sink: noticeSink(deps), log, feed });
  const clocks = startClockWorker({ worker, now: deps.now, newId: deps.newId, log });
  const relief = keepRelieving(deps);
  const sending = startMessageWorker({
    worker,
    master,
    newId: deps.newId,
    now: deps.now,
    log,
    publicUrl: environment.publicUrl,
    sending: deps.outside,
  });
  return {
    app: createApp({ ...deps, demo }),
    log,
    adminUrl,
    stop: async () => {
      await clock?.stop();
      await checkpoints.stop();
      await clocks.stop();
      await relief.stop();
      await outbox.stop();
      await sending.stop();
      await worker.close();
      await feed.close();
      await db.close();
      await server?.stop();
    },
  };
}

/** The demo's erasures are none of the school's. */
const shredFileOf = (environment: Pick<Environment, 'shredFile'>, mode: Mode): string =>
  mode === 'demo' ? `${environment.shredFile}.demo` : environment.shredFile;

// An erasure whose commit was cut off, and whatever a restored copy of the database brought back.
async function replayAtStart(
  workerUrl: string,
  signer: ContextSigner,
  parts: { readonly master: MasterKey; readonly shreds: ShredList },
): Promise<void> {
  const db = connectDatabase(workerUrl, signer, appendActs(parts.master), 1);
  await replayShreds({ db, ...parts }).finally(() => db.close());
}

function embedded(server: EmbeddedServer | undefined): EmbeddedServer {
  if (!server) throw new Error('neither DATABASE_URL nor an embedded server');
  return server;
}
