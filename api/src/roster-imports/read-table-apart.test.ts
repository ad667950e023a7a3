import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { rosterLimits } from './limits.ts';
import { permissions, readTableApart } from './read-table-apart.ts';
import { readTable } from './read-table.ts';
import { fixture, refusal, utf8, workbook } from './testing-files.ts';

const generous = { heapMb: rosterLimits.readerHeapMb, milliseconds: 60_000 };

describe('reading in a process of its own', () => {
  it('gives the same table and leaves the bytes with the caller', async () => {
    const bytes = await fixture('pupils.xlsx');
    const before = Buffer.from(bytes);
    const table = await readTableApart(bytes, 'pupils.xlsx', generous);
    expect(table).toEqual(await readTable(bytes, 'pupils.xlsx'));
    expect(bytes).toEqual(before);
  });

  it('carries a refusal over with its row', async () => {
    const text = utf8('学号,姓名,班级\n1,"程静,七(1)班\n');
    expect(await refusal(() => readTableApart(text, 'a.csv', generous))).toEqual({
      code: 'roster.broken-quotes',
      row: 2,
    });
  });

  it('reads the largest roster allowed within its memory', async () => {
    const line =
      'G320411201312246453,20260101,程静,女,2013-12-24,七年级,七(1)班,韦欣杰,否,随迁子女';
    const full = utf8(`${line}\n`.repeat(rosterLimits.rows));
    expect((await readTableApart(full, 'a.csv', generous)).rows).toHaveLength(rosterLimits.rows);
    const cells = line.split(',');
    const bytes = await workbook(Array.from({ length: rosterLimits.rows }, () => cells));
    expect((await readTableApart(bytes, 'a.xlsx', generous)).rows).toHaveLength(rosterLimits.rows);
  });

  it('ends with its memory, and the server goes on', async () => {
    const parts = unzipSync(await workbook([['x']]));
    const row = `<row>${'<c><v>1</v></c>'.repeat(rosterLimits.columns)}</row>`;
    const sheet = `<worksheet><sheetData>${row.repeat(10_000)}</sheetData></worksheet>`;
    const bytes = zipSync({ ...parts, 'xl/worksheets/sheet1.xml': strToU8(sheet) });
    const tight = { heapMb: 30, milliseconds: 60_000 };
    expect((await refusal(() => readTableApart(bytes, 'a.xlsx', tight))).code).toBe(
      'roster.too-complex',
    );
  });

  it('ends with its time, even inside one endless search', async () => {
    const parts = unzipSync(await workbook([['x']]));
    const endless = `<worksheet><sheetData>${'<c r="A1">'.repeat(1_000_000)}`;
    const bytes = zipSync({ ...parts, 'xl/worksheets/sheet1.xml': strToU8(endless) });
    const startedAt = performance.now();
    const hasty = { heapMb: 150, milliseconds: 1_500 };
    expect((await refusal(() => readTableApart(bytes, 'a.xlsx', hasty))).code).toBe(
      'roster.too-slow',
    );
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('may read the program, and neither the data folder with its key nor anything beside the program', () => {
    const root = fileURLToPath(new URL('../../../', import.meta.url));
    const mayRead = (...paths: string[]) =>
      JSON.parse(
        execFileSync(
          process.execPath,
          [
            ...permissions,
            '-p',
            'JSON.stringify(process.argv.slice(1).map((path) => process.permission.has("fs.read", path)))',
            ...paths,
          ],
          { encoding: 'utf8' },
        ),
      ) as boolean[];
    expect(mayRead(`${root}api/src/roster-imports/read-csv.ts`)).toEqual([true]);
    expect(
      mayRead(
        `${root}data/key`,
        `${root}.git`,
        `${root}../other`,
        '/etc/passwd',
        '/proc/self/environ',
      ),
    ).toEqual([false, false, false, false, false]);
  });
});

it('a table that was read while this process was busy arrives, though its reader is gone already', async () => {
  const bytes = new TextEncoder().encode('学号,姓名,年级,班级\n1,测试一,七年级,七(1)班\n');
  const tables = Array.from({ length: 6 }, () => readTableApart(bytes, 'pupils.csv'));
  const busyUntil = Date.now() + 2_000;
  while (Date.now() < busyUntil);
  for (const table of await Promise.all(tables)) expect(table.rows).toHaveLength(2);
});
