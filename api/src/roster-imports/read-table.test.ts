import { strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { rosterLimits } from './limits.ts';
import { normaliseTable } from './normalise-table.ts';
import { readTable } from './read-table.ts';
import {
  fixture,
  refusal,
  textCell,
  utf8,
  workbook,
  workbookWithSheetXml,
  year2026,
} from './testing-files.ts';

const cellsOf = async (bytes: Uint8Array) =>
  (await readTable(bytes, 'a.xlsx')).rows.map((row) => row.cells);
const refused = (bytes: Uint8Array, fileName = 'a.xlsx') =>
  refusal(() => readTable(bytes, fileName));

describe('the invented school', () => {
  it.each(['pupils.xlsx', 'pupils-gb18030.csv'])(
    '%s gives 1,080 pupils, each with a class and a homeroom teacher',
    async (name) => {
      const { rows, skipped } = normaliseTable(
        await readTable(await fixture(name), name),
        year2026,
      );
      expect(rows).toHaveLength(1080);
      expect(rows.flatMap((row) => [...row.errors, ...row.warnings])).toEqual([]);
      expect(rows.filter((row) => row.class === null || row.homeroomTeacher === null)).toEqual([]);
      expect(new Set(rows.map((row) => row.class?.name)).size).toBe(24);
      const blank = { 'pupils.xlsx': 6, 'pupils-gb18030.csv': 0 }[name];
      expect(skipped.filter(({ reason }) => reason === 'blank')).toHaveLength(blank ?? -1);
    },
  );

  it('says the same in both files', async () => {
    const [xlsx, csv] = await Promise.all(
      ['pupils.xlsx', 'pupils-gb18030.csv'].map(async (name) =>
        normaliseTable(await readTable(await fixture(name), name), year2026).rows.map((row) => ({
          ...row,
          rowNumber: 0,
          boards: null,
        })),
      ),
    );
    expect(xlsx).toEqual(csv);
  });
});

describe('reading a workbook', () => {
  it('reads dates, numbers and truth values as text, whatever their kind of cell', async () => {
    const date = new Date(Date.UTC(2013, 11, 24));
    const rows = await cellsOf(
      await workbook([
        ['a', { value: date, format: 'yyyy-mm-dd' }, { value: date, format: 'yyyy"年"m"月"d"日"' }],
        [20260101, 7.1, true],
        ['=1+1', '-1', '@x'],
      ]),
    );
    expect(rows).toEqual([
      ['a', '2013-12-24', '2013-12-24'],
      ['20260101', '7.1', 'TRUE'],
      ['=1+1', '-1', '@x'],
    ]);
  });

  it('shows a number that lost its last digits as Excel shows it', async () => {
    const number = (raw: string) => `<row r="1"><c r="A1"><v>${raw}</v></c></row>`;
    const read = async (raw: string) => (await cellsOf(await workbookWithSheetXml(number(raw))))[0];
    expect(await read('3.20411201312246E+17')).toEqual(['3.20411201312246E+17']);
    expect(await read('2.0260101E7')).toEqual(['20260101']);
    expect(await read('123456789012345')).toEqual(['123456789012345']);
    expect(await read('1234567890123450')).toEqual(['1.23456789012345E+15']);
  });

  it('keeps row numbers as Excel shows them across blank and missing rows', async () => {
    const bytes = await workbookWithSheetXml(
      `<row r="2">${textCell('B2', 'x')}</row><row r="4"/><row r="7">${textCell('A7', 'y')}</row>`,
    );
    const { rows } = await readTable(bytes, 'a.xlsx');
    const filled = rows.filter((row) => row.cells.some((cell) => cell !== ''));
    expect(filled).toEqual([
      { rowNumber: 2, cells: ['', 'x'] },
      { rowNumber: 7, cells: ['y', ''] },
    ]);
  });

  it('reads cells and rows without an address', async () => {
    const bytes = await workbookWithSheetXml(
      '<row><c t="inlineStr"><is><t>a</t></is></c><c/><c><v>1</v></c></row><row><c><v>2</v></c></row>',
    );
    expect(await cellsOf(bytes)).toEqual([
      ['a', '', '1'],
      ['2', '', ''],
    ]);
  });

  it('reads a formula by its result, and shows one without a result and an error value', async () => {
    const bytes = await workbookWithSheetXml(
      '<row r="1"><c r="A1" t="str"><f>B1</f><v>程静</v></c><c r="B1"><f>1+1</f></c>' +
        '<c r="C1" t="e"><v>#REF!</v></c><c r="D1" t="str"><f>""</f><v></v></c><c r="E1"><v>1</v></c></row>',
    );
    expect(await cellsOf(bytes)).toEqual([['程静', '#公式', '#REF!', '', '1']]);
  });

  it('repeats a value that is merged downwards in each row that has something of its own', async () => {
    const bytes = await workbookWithSheetXml(
      `<row r="1">${textCell('A1', '七(1)班')}${textCell('B1', '程静')}</row>` +
        `<row r="2">${textCell('C2', '顾泽')}</row><row r="4">${textCell('B4', '魏佳')}</row>`,
      '<mergeCells count="2"><mergeCell ref="A1:A3"/><mergeCell ref="B1:C3"/></mergeCells>',
    );
    expect(await cellsOf(bytes)).toEqual([
      ['七(1)班', '程静', ''],
      ['七(1)班', '', '顾泽'],
      ['', '', ''],
      ['', '魏佳', ''],
    ]);
  });

  it('chooses the sheet with the roster, and refuses two, so that no class is lost', async () => {
    const roster = [['学号', '姓名', '班级']];
    const chess = [['学号', '姓名', '性别', '出生日期']];
    const table = await readTable(await workbook([['填写说明']], roster, chess), 'a.xlsx');
    expect({ sheet: table.sheet, ignored: table.ignoredSheets }).toEqual({
      sheet: '表2',
      ignored: ['表1', '表3'],
    });
    expect((await refused(await workbook(roster, roster))).code).toBe('roster.several-sheets');
  });
});

describe('evil and broken files', () => {
  it('formatting far below the table is no content; a cell there is one row too many', async () => {
    const row = (number: number, cell: string) => `<row r="${number}">${cell}</row>`;
    const styled = row(1, textCell('A1', 'x')) + row(1_048_576, '<c r="XFD1048576" s="1"/>');
    expect(await cellsOf(await workbookWithSheetXml(styled))).toEqual([['x']]);
    const last = rosterLimits.rows;
    const full = row(1, textCell('A1', 'x')) + row(last, textCell(`A${last}`, 'x'));
    expect(await cellsOf(await workbookWithSheetXml(full))).toHaveLength(last);
    const over = full + row(last + 1, textCell(`A${last + 1}`, 'x'));
    expect(await refused(await workbookWithSheetXml(over))).toEqual({
      code: 'roster.too-many-rows',
      row: last + 1,
    });
  });

  it('refuses 10,000 columns in a workbook', async () => {
    const bytes = await workbook([['x'], Array.from({ length: 10_000 }, (_, index) => index)]);
    expect(await refused(bytes)).toEqual({ code: 'roster.too-many-columns', row: 2 });
    const hidden = '<row r="1"><c a=">" r="XFD1"><v>1</v></c></row>';
    expect((await refused(await workbookWithSheetXml(hidden))).code).toBe(
      'roster.too-many-columns',
    );
  });

  it('refuses one text shared by so many cells that it would not fit', async () => {
    const parts = unzipSync(await workbook([['SHARED']]));
    const long = 'x'.repeat(60_000);
    const strings = strToU8(`<sst><si><t>${long}</t></si></sst>`);
    const rows = Array.from(
      { length: 1_000 },
      (_, at) => `<row r="${at + 1}"><c r="A${at + 1}" t="s"><v>0</v></c></row>`,
    );
    const sheet = strToU8(`<worksheet><sheetData>${rows.join('')}</sheetData></worksheet>`);
    const bytes = zipSync({
      ...parts,
      'xl/sharedStrings.xml': strings,
      'xl/worksheets/sheet1.xml': sheet,
    });
    expect((await refused(bytes)).code).toBe('roster.unpacks-too-large');
  });

  it('refuses a document type, so that no entity is ever expanded or fetched', async () => {
    const parts = unzipSync(await workbook([['x']]));
    const evil =
      '<!DOCTYPE sst [<!ENTITY x SYSTEM "file:///etc/passwd">]><sst><si><t>&x;</t></si></sst>';
    const bytes = zipSync({ ...parts, 'xl/sharedStrings.xml': strToU8(evil) });
    expect((await refused(bytes)).code).toBe('roster.broken-workbook');
  });

  it('refuses a workbook cut short anywhere, and one with a flipped bit in its sheet', async () => {
    const whole = await fixture('pupils.xlsx');
    for (let length = 4; length < whole.length; length += 997) {
      expect((await refused(whole.subarray(0, length))).code).toBe('roster.broken-zip');
    }
    for (let at = 5_000; at < whole.length - 5_000; at += 4_999) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 4;
      expect((await refused(damaged)).code).toBe('roster.broken-zip');
    }
  });

  it('refuses nonsense inside a sound archive', async () => {
    const parts = unzipSync(await workbook([['x']]));
    const sheets = ['<worksheet><sheetData><row><c r="A1" t="s"><v>99</v></c>', '', '\u0000', '<a'];
    for (const sheet of sheets) {
      const bytes = zipSync({ ...parts, 'xl/worksheets/sheet1.xml': strToU8(sheet) });
      const { code } = await refused(bytes);
      expect(['roster.broken-workbook', 'roster.empty-file']).toContain(code);
    }
    const badText = Buffer.concat([
      strToU8('<sst><si><t>'),
      Uint8Array.of(0xff),
      strToU8('</t></si></sst>'),
    ]);
    const bytes = zipSync({ ...parts, 'xl/sharedStrings.xml': badText });
    expect((await refused(bytes)).code).toBe('roster.broken-workbook');
  });

  it('says what a file is when it is not a spreadsheet', async () => {
    const oldFormat = Buffer.from('d0cf11e0a1b11ae1', 'hex');
    const locked = Buffer.concat([oldFormat, Buffer.from('EncryptedPackage', 'utf16le')]);
    const word = zipSync({ 'word/document.xml': strToU8('<w/>') });
    expect((await refused(oldFormat, 'a.xls')).code).toBe('roster.old-xls');
    expect((await refused(locked)).code).toBe('roster.encrypted');
    expect((await refused(word, 'a.docx')).code).toBe('roster.not-a-spreadsheet');
    expect((await refused(utf8('%PDF-1.7'), 'a.csv')).code).toBe('roster.not-a-spreadsheet');
    expect((await refused(utf8('\n<html><table>'), 'a.xls')).code).toBe('roster.not-a-spreadsheet');
    expect((await refused(utf8('学号,姓名'), 'a.xlsx')).code).toBe('roster.broken-zip');
    expect((await refused(new Uint8Array())).code).toBe('roster.empty-file');
    const heavy = new Uint8Array(rosterLimits.packedBytes + 1);
    expect((await refused(heavy, 'a.csv')).code).toBe('roster.too-large');
  });
});
