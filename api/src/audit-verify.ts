import { createPublicKey } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { StartError } from '@shaodian/migrations';
import { readChainFile, writeChainFile } from './audit/chain-file.ts';
import { readChain } from './audit/chain.reads.ts';
import { checkpointFileOf, readCheckpoints } from './audit/checkpoint-file.ts';
import { checkpointSigner, checkpointVerifier } from './audit/checkpoint.ts';
import { verifyChain } from './audit/verify-chain.ts';
import type { ChainVerdict } from './audit/verify-chain.ts';
import { verifySchool } from './audit/verify-school.ts';
import { KeyFileError } from './crypto/key-source.ts';
import type { MasterKey } from './crypto/master-key.ts';
import type { Database } from './db/database.ts';
import { EnvironmentError, readEnvironment } from './env.ts';
import { openInstallation } from './open-installation.ts';

// The audit chains, verified without the program running. The program may run: nothing is locked and nothing is written.
const usage = `npm run audit:verify                                    the chains of this installation, with their MACs and checkpoints
npm run audit:verify -- --demo                          those of the demo
npm run audit:verify -- --checkpoints FILE              also against the checkpoints of a witness
npm run audit:verify -- --export FOLDER                 writes each chain, its checkpoints and the public key as files
npm run audit:verify -- --file FILE --checkpoints FILE --public-key KEY
                                                        verifies such files; needs neither database nor key file`;

const { values } = parseArgs({
  options: {
    demo: { type: 'boolean', default: false },
    checkpoints: { type: 'string' },
    export: { type: 'string' },
    file: { type: 'string' },
    'public-key': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function report(code: string, verdict: ChainVerdict, seconds: number): void {
  const counts = `${verdict.entries} entries, ${verdict.checkpoints} checkpoints, signed up to ${verdict.signedUpTo}`;
  if (verdict.firstBad) {
    print(
      `${code}: entry ${verdict.firstBad.seq} is the first bad one: ${verdict.firstBad.problem} (${counts})`,
    );
    process.exitCode = 1;
  } else {
    const rate = Math.round(verdict.entries / Math.max(seconds, 0.001));
    print(`${code}: whole (${counts}; ${seconds.toFixed(2)} s, ${rate} entries a second)`);
  }
}

async function timed(code: string, verify: () => Promise<ChainVerdict>): Promise<void> {
  const started = performance.now();
  const verdict = await verify();
  report(code, verdict, (performance.now() - started) / 1000);
}

async function verifyFile(file: string): Promise<void> {
  const spki = values['public-key'];
  if (!spki || !values.checkpoints) throw new StartError(usage);
  const chain = await readChainFile(file);
  const key = createPublicKey({ key: Buffer.from(spki, 'base64url'), format: 'der', type: 'spki' });
  const checkpoints = await readCheckpoints(values.checkpoints);
  await timed(chain.code, () =>
    verifyChain({ ...chain, head: null, checkpoints }, null, checkpointVerifier(key).isGenuine),
  );
}

async function verifyInstallation(): Promise<void> {
  const environment = readEnvironment(process.env);
  const mode = values.demo ? 'demo' : 'school';
  const installation = await openInstallation(environment, mode);
  try {
    await verifyAll(
      installation.connect('app'),
      installation.master,
      checkpointFileOf(environment.dataFolder, mode),
    );
  } finally {
    await installation.close();
  }
}

async function verifyAll(db: Database, master: MasterKey, file: string): Promise<void> {
  const elsewhere = [
    ...(await readCheckpoints(file)),
    ...(values.checkpoints ? await readCheckpoints(values.checkpoints) : []),
  ];
  const schools = await db.asNobody((trx) =>
    sql<{ id: number; code: string }>`select id, code from sec.list_school_ids()`.execute(trx),
  );
  for (const school of schools.rows) {
    await timed(school.code, () => verifySchool({ db, master }, school.id, elsewhere));
    if (values.export) await exportChain(db, school, values.export);
  }
  if (schools.rows.length === 0) print('there is no school yet');
  if (values.export) print(`public key: ${checkpointSigner(master.auditSigningSeed).publicKey}`);
}

async function exportChain(
  db: Database,
  school: { readonly id: number; readonly code: string },
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const chain = await readChain(db, school.id);
  const file = join(folder, `chain-${school.code}.ndjson`);
  const entries = await writeChainFile(file, school, chain.pages);
  print(`${school.code}: ${entries} entries written to ${file}`);
}

const mendable = [StartError, KeyFileError, EnvironmentError];

async function main(): Promise<void> {
  if (values.help) print(usage);
  else if (values.file) await verifyFile(values.file);
  else await verifyInstallation();
}

main().catch((error: unknown) => {
  const known = mendable.some((type) => error instanceof type);
  process.stderr.write(`${known ? (error as Error).message : ((error as Error).stack ?? '')}\n`);
  process.exitCode = 2;
});
