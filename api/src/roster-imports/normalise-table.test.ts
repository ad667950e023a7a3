import { describe, expect, it } from 'vitest';
import { normaliseName, type NormalisedRow } from './normalise-row.ts';
import { normaliseTable } from './normalise-table.ts';
import { readBirthDate } from './read-birth-date.ts';
import type { Table } from './table.ts';
import { refusal, year2026 } from './testing-files.ts';

const titles = [
  '学籍号',
  '学号',
  '姓名',
  '性别',
  '出生日期',
  '年级',
  '班级',
  '班主任',
  '住宿',
  '备注',
];
const good = [
  'G320411201312246453',
  '20260101',
  '程静',
  '女',
  '2013-12-24',
  '七年级',
  '1班',
  '韦欣杰',
  '是',
  '转入',
];

function table(...rows: string[][]): Table {
  return {
    rows: [titles, ...rows].map((cells, index) => ({ rowNumber: index + 1, cells })),
    sheet: null,
    ignoredSheets: [],
  };
}

/** The good row with some cells changed, read. */
function rowWith(changes: Record<string, string>): NormalisedRow {
  const cells = titles.map((title, at) => changes[title] ?? good[at] ?? '');
  const [row] = normaliseTable(table(cells), year2026).rows;
  if (row === undefined) throw new Error('no row was read');
  return row;
}

const errorsOf = (changes: Record<string, string>) =>
  rowWith(changes).errors.map(({ column, code }) => `${column}: ${code.replace('roster.', '')}`);

describe('reading a row', () => {
  it('reads every column', () => {
    expect(rowWith({})).toEqual({
      rowNumber: 2,
      nationalId: 'G320411201312246453',
      studentNo: '20260101',
      name: '程静',
      sex: 'female',
      birthDate: '2013-12-24',
      class: { grade: { ordinal: 7, label: '七年级' }, classNumber: 1, name: '七(1)班' },
      homeroomTeacher: '韦欣杰',
      boards: true,
      note: '转入',
      errors: [],
      warnings: [],
    });
  });

  it.each([
    ['程　静', '程静'],
    [' \u200b程 静\ufeff', '程静'],
    ['\u00a0孙浩恒', '孙浩恒'],
    ['买买提•吐尔逊', '买买提·吐尔逊'],
    ['买买提 ・ 吐尔逊', '买买提·吐尔逊'],
    ['买买提.吐尔逊', '买买提·吐尔逊'],
    ['Anna   Maria', 'Anna Maria'],
    ['王　Ｔｏｍ', '王Tom'],
    ['𠮷野', '𠮷野'],
    ["O'Brien", "O'Brien"],
    ['王芳2', '王芳2'],
  ])('stores the name %j as %j', (written, stored) => {
    expect(normaliseName(written)).toBe(stored);
    expect(rowWith({ 姓名: written })).toMatchObject({ name: stored, errors: [] });
  });

  it('reads numbers through full-width digits, spaces and the marks that guard them from Excel', () => {
    const read = rowWith({ 学籍号: 'ｇ３20411 201312246453', 学号: '="２0260101"' });
    expect([read.nationalId, read.studentNo]).toEqual(['G320411201312246453', '20260101']);
    expect(rowWith({ 学号: "'20260101" }).studentNo).toBe('20260101');
    expect(rowWith({ 学号: '20260101.0' }).studentNo).toBe('20260101');
    expect(rowWith({ 学籍号: 'l32041120140727086x' })).toMatchObject({
      nationalId: 'L32041120140727086X',
      warnings: [],
    });
  });

  it.each([
    [{ 姓名: '' }, ['name: missing-name']],
    [{ 姓名: '　' }, ['name: missing-name']],
    [{ 姓名: '20260101' }, ['name: bad-name']],
    [{ 姓名: '=HYPERLINK("x")' }, ['name: bad-name']],
    [{ 姓名: '程\u0000静' }, ['name: control-character']],
    [{ 姓名: '程\ufffd' }, ['name: control-character']],
    [{ 姓名: '程\ud800' }, ['name: control-character']],
    [{ 姓名: '程'.repeat(51) }, ['name: too-long']],
    [{ 姓名: '#REF!' }, ['name: spreadsheet-error']],
    [{ 备注: '#公式' }, ['note: formula-without-value']],
    [{ 备注: 'a\u0007' }, ['note: control-character']],
    [{ 学籍号: '', 学号: '无' }, ['studentNo: missing-number']],
    [{ 学籍号: '4.40E+17' }, ['nationalId: scientific-notation']],
    [{ 学号: '2.02601E+11' }, ['studentNo: scientific-notation']],
    [{ 学籍号: '320411201312246453' }, ['nationalId: bad-national-id']],
    [{ 学籍号: 'A320411201312246453' }, ['nationalId: bad-national-id']],
    [{ 学籍号: 'G32041120131224645' }, ['nationalId: bad-national-id']],
    [{ 学号: '程静' }, ['studentNo: bad-student-number']],
    [{ 性别: '女男' }, ['sex: bad-sex']],
    [{ 性别: 'constructor' }, ['sex: bad-sex']],
    [{ 出生日期: '2013-02-30' }, ['birthDate: bad-birth-date']],
    [{ 年级: '七班' }, ['grade: bad-grade']],
    [{ 班级: '' }, ['class: missing-class']],
    [{ 班级: '实验班' }, ['class: bad-class']],
    [{ 班级: '八(1)班' }, ['class: grade-and-class-differ']],
    [{ 年级: '' }, ['class: class-without-grade']],
    [{ 班主任: '13800000000' }, ['homeroomTeacher: bad-name']],
    [{ 住宿: '也许' }, ['boards: bad-boarding']],
    [{ 姓名: '', 班级: '' }, ['name: missing-name', 'class: missing-class']],
  ])('%j is an error of that cell and of no other', (changes: Record<string, string>, errors) => {
    expect(errorsOf(changes)).toEqual(errors);
  });

  it('never shows a national student number in a message', () => {
    const { errors } = rowWith({ 学籍号: '320411201312246453' });
    expect(JSON.stringify(errors)).not.toContain('3204112013');
  });

  it('says what Excel did to a number', () => {
    const [error] = rowWith({ 学籍号: '4.40E+17' }).errors;
    expect(error?.message['zh-CN']).toContain('Excel 把学籍号变成了科学计数法（4.40E+17）');
  });

  it('only warns of a wrong check digit, a date without a day and a character of one computer', () => {
    const codes = (changes: Record<string, string>) => {
      const { errors, warnings } = rowWith(changes);
      return { errors, warnings: warnings.map(({ code }) => code) };
    };
    expect(codes({ 学籍号: 'G320411201312246454' })).toEqual({
      errors: [],
      warnings: ['roster.national-id-check-digit'],
    });
    expect(codes({ 出生日期: '2013年12月' })).toEqual({
      errors: [],
      warnings: ['roster.birth-date-without-day'],
    });
    expect(codes({ 姓名: '程\ue863' })).toEqual({
      errors: [],
      warnings: ['roster.rare-character'],
    });
  });

  it('takes an empty cell for nothing said', () => {
    const empty = { 性别: '', 出生日期: '/', 班主任: '无', 住宿: '-', 备注: ' ', 学籍号: '暂无' };
    expect(rowWith(empty)).toMatchObject({
      sex: null,
      birthDate: null,
      homeroomTeacher: null,
      boards: null,
      note: null,
      nationalId: null,
      errors: [],
    });
  });
});

describe('reading a date of birth', () => {
  it.each([
    '2013-12-24',
    '2013/12/24',
    '2013.12.24',
    '20131224',
    '2013年12月24日',
    '２０１３－１２－２４',
    '41632',
    '41632.0',
    '2013-12-24 00:00:00',
    '2013-12-24T00:00:00.000Z',
    '2013/12/24 0:00',
    "'20131224",
  ])('reads %s', (text) => {
    expect(readBirthDate(text, 2026)).toEqual({ outcome: 'read', date: '2013-12-24' });
  });

  it('reads single digits and leap days', () => {
    expect(readBirthDate('2012/2/29', 2026)).toEqual({ outcome: 'read', date: '2012-02-29' });
    expect(readBirthDate('2013年1月5号', 2026)).toEqual({ outcome: 'read', date: '2013-01-05' });
  });

  it.each([
    '2013-02-29',
    '12/24/2013',
    '2103-12-24',
    '1990-01-01',
    '2013-13-01',
    '9',
    '无',
    '2013-12/24',
  ])('does not guess at %s', (text) => {
    expect(readBirthDate(text, 2026)).toEqual({ outcome: 'unreadable' });
  });

  it.each(['201312', '2013-12', '2013.1', '2013年12月'])('misses the day in %s', (text) => {
    expect(readBirthDate(text, 2026)).toEqual({ outcome: 'without-day' });
  });
});

describe('the rows of a table', () => {
  it('are all accounted for: pupils, or left out for a reason', () => {
    const { rows, skipped } = normaliseTable(
      table(
        good,
        [],
        ['', '　'],
        titles,
        good,
        ['王芳'],
        ['', '', '王芳'],
        ['合计', '2人'],
        ['备注：新生'],
        ['制表人：教务处', '日期：9月1日'],
      ),
      year2026,
    );
    expect(rows.map(({ rowNumber, errors }) => [rowNumber, errors.length > 0])).toEqual([
      [2, false],
      [6, false],
      [7, true],
      [8, true],
    ]);
    expect(skipped).toEqual([
      { rowNumber: 3, reason: 'blank' },
      { rowNumber: 4, reason: 'blank' },
      { rowNumber: 5, reason: 'repeated-header' },
      { rowNumber: 9, reason: 'footnote' },
      { rowNumber: 10, reason: 'footnote' },
      { rowNumber: 11, reason: 'footnote' },
    ]);
  });

  it('leave out a sentence under the table, not one between pupils', () => {
    const sentence = ['以上名单由教务处核对无误，如有变动请及时联系。'];
    const { rows, skipped } = normaliseTable(table(good, sentence, good, sentence), year2026);
    expect(rows.map(({ rowNumber }) => rowNumber)).toEqual([2, 3, 4]);
    expect(rows[1]?.errors.length).toBeGreaterThan(0);
    expect(skipped).toEqual([{ rowNumber: 5, reason: 'footnote' }]);
  });

  it('keep a lone name at the end as a row with errors', () => {
    const { rows, skipped } = normaliseTable(table(good, ['', '', '王芳']), year2026);
    expect(rows[1]?.errors.map(({ code }) => code)).toEqual([
      'roster.missing-number',
      'roster.missing-class',
    ]);
    expect(skipped).toEqual([]);
  });

  it('must be there', async () => {
    expect(await refusal(() => normaliseTable(table([], ['合计']), year2026))).toEqual({
      code: 'roster.no-rows',
      row: 1,
    });
  });
});
