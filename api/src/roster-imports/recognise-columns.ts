import { foldText, isBlank } from './fold-text.ts';
import { columnName } from './prepare-sheet.ts';
import { columnKeys, columnWords, RosterFileError, type ColumnKey } from './roster-errors.ts';
import type { Table, TableRow } from './table.ts';

export interface RecognisedColumns {
  /** The row number of the header. */
  headerRow: number;
  /** Where each column stands, counted from 0. */
  positions: Partial<Record<ColumnKey, number>>;
  /** Columns with a title that nothing is read from, with the letters Excel shows over them. */
  ignored: { title: string; letters: string }[];
}

const titles: Record<ColumnKey, readonly string[]> = {
  nationalId: [
    '学籍号',
    '全国学籍号',
    '国家学籍号',
    '学籍号码',
    '全国学籍号码',
    'nationalstudentnumber',
  ],
  studentNo: ['学号', '学生学号', '校内学号', '学校学号', '学生编号', 'studentno', 'studentnumber'],
  name: ['姓名', '学生姓名', '学生名字', '名字', 'name', 'fullname'],
  sex: ['性别', '学生性别', 'sex', 'gender'],
  birthDate: ['出生日期', '出生年月', '出生年月日', '生日', 'dateofbirth', 'birthdate', 'birthday'],
  grade: ['年级', '所在年级', '就读年级', '年级名称', 'grade'],
  class: ['班级', '所在班级', '就读班级', '班级名称', '行政班', '班别', '年级班级', '班', 'class'],
  homeroomTeacher: ['班主任', '班主任姓名', '班主任老师', 'homeroomteacher'],
  boards: [
    '是否住宿',
    '住宿',
    '是否住校',
    '住校',
    '是否寄宿',
    '寄宿',
    '就读方式',
    'boards',
    'boarding',
  ],
  note: ['备注', '备注说明', 'note', 'notes', 'remarks'],
};
const keyOfTitle = new Map(
  columnKeys.flatMap((key) => titles[key].map((title): [string, ColumnKey] => [title, key])),
);
const counters = new Set(['序号', '编号', '行号', 'no', 'no.', '#']);

/** Title rows and hints stand above a header; more of them than this is not a roster. */
const rowsAboveHeader = 50;
const columnsThatMakeAHeader = 3;
const longestTitleShown = 60;

/**
 * Finds the header below any title rows and maps the columns, in whatever order they stand.
 * @throws RosterFileError `roster.no-header`, `roster.double-column`, `roster.missing-column`
 * @example
 * recogniseColumns(table).positions; // { nationalId: 0, studentNo: 1, name: 2, … }
 */
export function recogniseColumns(table: Table): RecognisedColumns {
  const header = findRow(table.rows, isHeader) ?? findRow(table.rows, isPoorHeader);
  if (header === null) throw new RosterFileError('roster.no-header');
  const positions: RecognisedColumns['positions'] = {};
  const ignored: RecognisedColumns['ignored'] = [];
  header.cells.forEach((title, position) => {
    const key = columnOfTitle(title);
    const first = key === null ? undefined : positions[key];
    if (key !== null && first !== undefined) {
      throw new RosterFileError('roster.double-column', {
        row: header.rowNumber,
        column: columnWords[key],
        titles: `${columnName(first + 1)}、${columnName(position + 1)}`,
      });
    }
    if (key !== null) positions[key] = position;
    else if (isIgnored(title)) {
      ignored.push({
        title: title.trim().slice(0, longestTitleShown),
        letters: columnName(position + 1),
      });
    }
  });
  requireColumns(header.rowNumber, positions);
  return { headerRow: header.rowNumber, positions, ignored };
}

/** Whether a sheet has the header of a roster: names, classes and a number of each pupil. */
export function hasRosterHeader(rows: readonly TableRow[]): boolean {
  const keys = namedColumns(findRow(rows, isHeader));
  return keys.has('name') && keys.has('class') && (keys.has('nationalId') || keys.has('studentNo'));
}

function findRow(rows: readonly TableRow[], wanted: (row: TableRow) => boolean): TableRow | null {
  let looked = 0;
  for (const row of rows) {
    if (row.cells.every(isBlank)) continue;
    if (wanted(row)) return row;
    looked += 1;
    if (looked === rowsAboveHeader) break;
  }
  return null;
}

/** Whether a row names enough columns. */
export function isHeader(row: TableRow): boolean {
  return namedColumns(row).size >= columnsThatMakeAHeader;
}

/** A header that lacks so much that it is only good for saying what is missing. */
function isPoorHeader(row: TableRow): boolean {
  const keys = namedColumns(row);
  return keys.size === columnsThatMakeAHeader - 1 && keys.has('name');
}

function namedColumns(row: TableRow | null): Set<ColumnKey> {
  const keys = (row?.cells ?? []).map(columnOfTitle);
  return new Set(keys.filter((key) => key !== null));
}

function columnOfTitle(title: string): ColumnKey | null {
  return keyOfTitle.get(foldTitle(title)) ?? null;
}

/** `＊ 姓　名（必填）：` says the same as `姓名`. */
function foldTitle(title: string): string {
  return foldText(title)
    .toLowerCase()
    .replace(/\([^()]*\)|\[[^[\]]*\]/g, '')
    .replace(/[*:_]/g, '');
}

function isIgnored(title: string): boolean {
  const folded = foldTitle(title);
  return folded !== '' && !counters.has(folded);
}

function requireColumns(row: number, positions: RecognisedColumns['positions']): void {
  const missing: { 'zh-CN': string; en: string }[] = [];
  if (positions.name === undefined) missing.push(columnWords.name);
  if (positions.class === undefined) missing.push(columnWords.class);
  if (positions.nationalId === undefined && positions.studentNo === undefined) {
    missing.push({
      'zh-CN': `${columnWords.nationalId['zh-CN']}或${columnWords.studentNo['zh-CN']}`,
      en: `${columnWords.nationalId.en} or ${columnWords.studentNo.en}`,
    });
  }
  if (missing.length === 0) return;
  throw new RosterFileError('roster.missing-column', {
    row,
    columns: {
      'zh-CN': missing.map((words) => words['zh-CN']).join('、'),
      en: missing.map((words) => words.en).join(', '),
    },
  });
}
