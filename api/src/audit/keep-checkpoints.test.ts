import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { recordAct } from '../db/database.ts';
import { startTestApi, testMaster } from '../testing/index.ts';
import type { Requester, TestApi } from '../testing/index.ts';
import { readCheckpoints } from './checkpoint-file.ts';
import { checkpointSigner } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { signEnds } from './keep-checkpoints.ts';
import type { Witness } from './witness.ts';
import { witnessAt } from './witness.ts';

let api: TestApi;
let counsellor: Requester;
let folder: string;
const signer = checkpointSigner(testMaster.auditSigningSeed);

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  counsellor = await api.as('xinli');
});
afterAll(() => api.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shaodian-checkpoints-'));
  await api.admin`delete from app.audit_checkpoints`;
});
afterEach(() => rm(folder, { recursive: true }));

const file = () => join(folder, 'audit', 'checkpoints.ndjson');
const round = (witness: Witness | null = null) =>
  signEnds({ db: api.deps.db, signer, file: file(), witness, log: api.deps.log });
const act = () =>
  api.deps.db.asActor(counsellor.context, async (trx) => recordAct(trx, { action: 'alert.read' }));
const stored = () => api.admin<{ seq: string; filed: boolean; witnessed: boolean }[]>`
  select seq, filed, witnessed from app.audit_checkpoints where school_id = ${counsellor.schoolId} order by seq`;

/** A witness over real HTTP that answers as told. */
async function startWitness(
  answer: () => number,
): Promise<{ server: Server; url: string; got: Checkpoint[] }> {
  const got: Checkpoint[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      response.statusCode = answer();
      if (response.statusCode < 300) got.push(JSON.parse(body) as Checkpoint);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { server, got, url: `http://127.0.0.1:${port}/` };
}

describe('checkpoints', () => {
  test('are signed for every school whose chain grew, into the database and the file; and only then', async () => {
    await act();
    await round();
    const first = await readCheckpoints(file());
    expect(new Set(first.map((one) => one.schoolId)).size).toBe(2);
    for (const one of first) expect(signer.isGenuine(one)).toBe(true);
    await round();
    expect(await readCheckpoints(file())).toEqual(first);
    await act();
    await round();
    const own = (await readCheckpoints(file())).filter(
      (one) => one.schoolId === counsellor.schoolId,
    );
    expect(own).toHaveLength(2);
    expect(await stored()).toEqual([
      { seq: String(own[0]?.seq), filed: true, witnessed: false },
      { seq: String(own[1]?.seq), filed: true, witnessed: false },
    ]);
  });

  test('reach the witness later when it did not answer, each once, in order', async () => {
    let status = 503;
    const { server, got, url } = await startWitness(() => status);
    await act();
    await expect(round(witnessAt(url))).rejects.toThrow('503');
    await act();
    await expect(round(witnessAt(url))).rejects.toThrow('503');
    expect(got).toEqual([]);
    status = 204;
    await round(witnessAt(url));
    await round(witnessAt(url));
    const own = got.filter((one) => one.schoolId === counsellor.schoolId);
    expect(own.map((one) => String(one.seq))).toEqual((await stored()).map((one) => one.seq));
    expect(own).toHaveLength(2);
    expect((await stored()).every((one) => one.witnessed)).toBe(true);
    server.close();
  });

  test('a witness that fails keeps neither the database nor the file from theirs', async () => {
    await act();
    await expect(round(witnessAt('http://127.0.0.1:1/'))).rejects.toThrow();
    expect((await readCheckpoints(file())).length).toBe(2);
  });

  test('may be witnessed by a file elsewhere', async () => {
    await act();
    const elsewhere = join(folder, 'other-disk.ndjson');
    await round(witnessAt(pathToFileURL(elsewhere).href));
    expect(await readCheckpoints(elsewhere)).toEqual(await readCheckpoints(file()));
  });

  test('of a file whose last line was cut off are read without it; a line that is none is an error', async () => {
    await act();
    await round();
    const whole = await readCheckpoints(file());
    await appendFile(file(), '{"schoolId":1,"se');
    expect(await readCheckpoints(file())).toEqual(whole);
    await writeFile(file(), `nonsense\n${await readFile(file(), 'utf8')}`);
    await expect(readCheckpoints(file())).rejects.toThrow();
  });

  test('say nothing else: any field changed, and the signature does not fit', () => {
    const good = signer.sign({
      schoolId: 1,
      seq: 7,
      hash: 'a'.repeat(64),
      at: '2026-11-20T08:00:00.000Z',
    });
    expect(signer.isGenuine(good)).toBe(true);
    for (const other of [
      { schoolId: 2 },
      { seq: 8 },
      { hash: 'b'.repeat(64) },
      { at: '2026-11-20T08:00:01.000Z' },
      { keyId: 'another' },
      { signature: good.signature.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A')) },
    ])
      expect(signer.isGenuine({ ...good, ...other })).toBe(false);
  });
});
