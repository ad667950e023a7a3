import { describe, expect, it } from 'vitest';
import { recogniseColumns } from './recognise-columns.ts';
import { RosterFileError } from './roster-errors.ts';
import type { Table } from './table.ts';
import { refusal } from './testing-files.ts';

function table(...rows: string[][]): Table {
  return {
    rows: rows.map((cells, index) => ({ rowNumber: index + 1, cells })),
    sheet: null,
    ignoredSheets: [],
  };
}

describe('recognising the columns', () => {
  it('finds the header below title rows, blank rows and hints', () => {
    const found = recogniseColumns(
      table(
        ['2026级学生花名册', '', '', ''],
        [],
        ['填表说明：姓名必填'],
        ['班级：', '七(1)班', '班主任：', '韦欣杰'],
        ['学号', '姓名', '班级', ''],
      ),
    );
    expect(found).toEqual({
      headerRow: 5,
      positions: { studentNo: 0, name: 1, class: 2 },
      ignored: [],
    });
  });

  it('takes the columns in any order, by any of their names, however decorated', () => {
    const titles = [
      '班主任姓名',
      '　性　别',
      '所在班级*',
      '学生姓名（必填）',
      '全国学籍号：',
      '出生年月',
      '是否住校',
    ];
    expect(recogniseColumns(table(titles)).positions).toEqual({
      homeroomTeacher: 0,
      sex: 1,
      class: 2,
      name: 3,
      nationalId: 4,
      birthDate: 5,
      boards: 6,
    });
  });

  it('lists the columns that nothing is read from, except the running number', () => {
    const { ignored } = recogniseColumns(
      table(['序号', '学号', '姓名', '家长姓名', '班级', '民族']),
    );
    expect(ignored).toEqual([
      { title: '家长姓名', letters: 'D' },
      { title: '民族', letters: 'F' },
    ]);
  });

  it.each([
    [['学号', '性别', '班级'], '姓名'],
    [['学号', '姓名', '年级'], '班级'],
    [['姓名', '年级', '班级'], '学籍号或学号'],
    [['姓名', '年级', '性别'], '班级、学籍号或学号'],
    [['姓名', '班级', '电话'], '学籍号或学号'],
  ])('names what the header %j lacks', (titles, missing) => {
    let words = '';
    try {
      recogniseColumns(table(['花名册'], titles));
    } catch (error) {
      if (error instanceof RosterFileError) words = error.words()['zh-CN'];
    }
    expect(words).toBe(`第 2 行的表头缺少这一列：${missing}。`);
  });

  it('refuses a file without a header and one that names a column twice', async () => {
    const none = table(['20260101', '程静', '七(1)班'], ['20260102', '顾泽', '七(1)班']);
    expect((await refusal(() => recogniseColumns(none))).code).toBe('roster.no-header');
    const twice = table(['学号', '姓名', '班级', '学生姓名']);
    expect(await refusal(() => recogniseColumns(twice))).toEqual({
      code: 'roster.double-column',
      row: 1,
    });
  });
});
