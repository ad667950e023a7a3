import { foldText, isBlank } from './fold-text.ts';
import { normaliseRow, type NormalisedRow } from './normalise-row.ts';
import type { SchoolYear } from './read-class-label.ts';
import { isHeader, recogniseColumns, type RecognisedColumns } from './recognise-columns.ts';
import { RosterFileError } from './roster-errors.ts';
import type { Table, TableRow } from './table.ts';

type SkipReason = 'blank' | 'footnote' | 'repeated-header';

export interface NormalisedTable {
  columns: RecognisedColumns;
  rows: NormalisedRow[];
  /** The rows below the header that are not pupils; with `rows` they are all there is. */
  skipped: { rowNumber: number; reason: SkipReason }[];
}

const labelled =
  /^(?:备注|注释?|说明|提示|注意(?:事项)?|填[表报].{0,4}|制[表单].{0,4}|审核.{0,4}|打印.{0,4}|单位|日期|校长|年月日)[:：]/;
const sumOfRows = /^(?:合计|总计|小计|总?共计?|总人数)[:：]?\d*[人名]?$/;
const sentence = /[。；;！!]|.{21,}/u;

/**
 * Reads all rows below the header. Each of them is in `rows` or, with the reason, in `skipped`.
 * @throws RosterFileError when the header cannot be used or there is no pupil below it
 * @example
 * const { rows } = normaliseTable(table, { startsIn: 2026, firstGrade: 7, lastGrade: 9 });
 */
export function normaliseTable(table: Table, year: SchoolYear): NormalisedTable {
  const columns = recogniseColumns(table);
  const below = table.rows
    .filter((row) => row.rowNumber > columns.headerRow)
    .map((row) => ({ row, filled: row.cells.filter((cell) => !isBlank(cell)) }));
  const lastFullRow = below.findLast(({ filled }) => filled.length > 1)?.row.rowNumber ?? 0;
  const rows: NormalisedRow[] = [];
  const skipped: NormalisedTable['skipped'] = [];
  for (const { row, filled } of below) {
    const reason = whySkip(row, filled, columns, row.rowNumber > lastFullRow);
    if (reason === null) rows.push(normaliseRow(row, columns, year));
    else skipped.push({ rowNumber: row.rowNumber, reason });
  }
  if (rows.length === 0) throw new RosterFileError('roster.no-rows', { row: columns.headerRow });
  return { columns, rows, skipped };
}

/** The reason why a row is not a pupil, or null. Whatever might be a pupil is not skipped. */
function whySkip(
  row: TableRow,
  filled: readonly string[],
  columns: RecognisedColumns,
  underTable: boolean,
): SkipReason | null {
  if (filled.length === 0) return 'blank';
  if (isRepeatedHeader(row, columns)) return 'repeated-header';
  const first = foldText(filled[0] ?? '');
  if (labelled.test(first) && filled.every((cell) => labelled.test(foldText(cell)))) {
    return 'footnote';
  }
  const { name } = columns.positions;
  const named = name !== undefined && !isBlank(row.cells[name] ?? '');
  if (sumOfRows.test(first) && (filled.length === 1 || !named)) return 'footnote';
  return underTable && sentence.test(first) ? 'footnote' : null;
}

/** Printed lists repeat their header on each page. */
function isRepeatedHeader(row: TableRow, { positions }: RecognisedColumns): boolean {
  const used = Object.values(positions).map((position) => row.cells[position] ?? '');
  return isHeader({ rowNumber: row.rowNumber, cells: used });
}
