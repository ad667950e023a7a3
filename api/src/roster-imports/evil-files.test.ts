import { createServer } from 'node:http';
import { readFile, readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { evilFiles } from '../testing/evil-files.ts';
import { startTestApi } from '../testing/index.ts';
import type { TestApi } from '../testing/index.ts';
import { readTableApart } from './read-table-apart.ts';
import { RosterFileError, fileErrors } from './roster-errors.ts';

const most = { seconds: 10, megabytes: 150 };

interface Reading {
  readonly code: string;
  readonly seconds: number;
  readonly megabytes: number;
}

/** The largest that any process started by this one has been, in MB; 0 while there is none. */
async function largestChild(): Promise<number> {
  const own = `/proc/${process.pid}/task`;
  const threads = await readdir(own);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`${own}/${thread}/children`, 'utf8').catch(() => '')),
  );
  const children = lists.flatMap((list) => list.trim().split(' ').filter(Boolean));
  const sizes = await Promise.all(
    children.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      return Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
    }),
  );
  return Math.max(0, ...sizes);
}

/** Reads a file as the import does, and watches the process that reads: what it was at its largest, whatever became of it. */
async function readWatched(bytes: Uint8Array, fileName: string): Promise<Reading> {
  let reading = true;
  let megabytes = 0;
  const watching = (async () => {
    while (reading) {
      megabytes = Math.max(megabytes, await largestChild());
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  })();
  const startedAt = performance.now();
  const code = await readTableApart(bytes, fileName).then(
    () => 'read',
    (error: unknown) => {
      if (error instanceof RosterFileError) return error.code;
      throw error;
    },
  );
  const seconds = (performance.now() - startedAt) / 1000;
  reading = false;
  await watching;
  return { code, seconds, megabytes };
}

// The size of another process is read where Linux shows it.
describe.skipIf(process.platform !== 'linux')('a file made to hurt', () => {
  const lines: string[] = [];
  let smallest = 0;
  beforeAll(async () => {
    const small = new TextEncoder().encode('学号,姓名\n1,程静\n');
    smallest = (await readWatched(small, 'a.csv')).megabytes;
    expect(smallest).toBeGreaterThan(20);
  });
  afterAll(() => void process.stdout.write(`${lines.join('\n')}\n`));

  test.each(evilFiles)('$name is answered in time and within its memory', async (file) => {
    const bytes = await file.bytes();
    const reading = await readWatched(bytes, file.fileName);
    // What the reading process is before it reads is no cost of the file.
    const megabytes = Math.max(0, reading.megabytes - smallest);
    lines.push(
      `evil file: ${file.name} (${(bytes.length / 1024).toFixed(0)} KB): ${reading.code}, ${reading.seconds.toFixed(2)} s, ${megabytes.toFixed(0)} MB`,
    );
    expect(file.codes).toContain(reading.code);
    expect(reading.seconds).toBeLessThan(most.seconds);
    expect(megabytes).toBeLessThan(most.megabytes);
  });
});

describe('through the API', () => {
  let api: TestApi;
  beforeAll(async () => void (api = await startTestApi(inject('seededUrl'))));
  afterAll(() => api.stop());

  /** Rows of every table and a checksum of each; the audit chain and the sessions are what a request may add to. */
  async function stateOfSchool(): Promise<Record<string, string>> {
    const tables = await api.admin<{ name: string }[]>`
      select tablename as name from pg_tables where schemaname = 'app' and tablename not like 'audit%' and tablename <> 'sessions' order by 1`;
    const state: Record<string, string> = {};
    for (const { name } of tables) {
      const [row] = await api.admin<{ state: string }[]>`
        select count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) as state from app.${api.admin(name)} t`;
      state[name] = row?.state ?? '';
    }
    return state;
  }

  test(
    'none changes anything, each refusal has a code and words, and nothing is fetched',
    { timeout: 300_000 },
    async () => {
      const admin = await api.as('admin');
      let calls = 0;
      const listener = createServer((_request, response) => {
        calls += 1;
        response.end();
      });
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
      const before = await stateOfSchool();
      const refused: string[] = [];
      const headers = { 'content-type': 'application/octet-stream' };
      for (const file of evilFiles.filter((one) => !one.codes.includes('read'))) {
        const sent = await admin.post(
          `/roster-imports?fileName=${file.fileName}`,
          await file.bytes(),
          headers,
        );
        const body = (await sent.json()) as {
          code: string;
          errors?: { code: string; message: string }[];
        };
        if (sent.status === 413) continue;
        expect([file.name, sent.status, body.code]).toEqual([
          file.name,
          422,
          'roster-import.unreadable',
        ]);
        const [error] = body.errors ?? [];
        expect(Object.keys(fileErrors)).toContain(error?.code);
        expect(error?.message.length).toBeGreaterThan(5);
        expect(error?.message).not.toMatch(/\{|\/tmp|passwd|Error/);
        refused.push(error?.code ?? '');
      }
      listener.close();
      expect(refused.length).toBeGreaterThan(20);
      expect(await stateOfSchool()).toEqual(before);
      expect(calls).toBe(0);
      process.stdout.write(
        `evil files: ${refused.length} sent through the API, ${Object.keys(before).length} tables unchanged\n`,
      );
    },
  );
});
