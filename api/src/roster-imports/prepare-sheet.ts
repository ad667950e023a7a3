import { rosterLimits } from './limits.ts';
import { RosterFileError } from './roster-errors.ts';

/** Every character of the longest text escaped, in runs of its own. */
export const longestContent = 20 * rosterLimits.cellCharacters;

/** Stands in a cell whose formula was saved without its result. */
export const formulaWithoutValue = '#公式';

export interface PreparedSheet {
  /** The sheet reduced to its cells that hold something. */
  xml: string;
  /** Columns merged downwards: the value stands in the first row and holds for all of them. */
  mergedDown: { column: number; firstRow: number; lastRow: number }[];
}

const attributes = `((?:[^<>"']|"[^"]*"|'[^']*')*?)`;
const prefix = '(?:[\\w.-]+:)?';
const parts = new RegExp(
  `<${prefix}row\\b${attributes}(\\/?)>` +
    `|<${prefix}c\\b${attributes}(?:\\/>|>([^]*?)<\\/${prefix}c>)` +
    `|<${prefix}mergeCell\\b${attributes}\\/?>`,
  'g',
);

/**
 * Rewrites the XML of a sheet so that what the reader sees is bounded and complete: rows and cells
 * without content go (a column formatted down to row 1,048,576 is common and harmless), rows and
 * cells without an address get theirs, and Excel's error values become text, because the reader
 * would turn `#REF!` into an empty cell and the mistake would disappear.
 * @throws RosterFileError `roster.too-many-rows`, `roster.too-many-columns`, `roster.too-complex`, `roster.broken-workbook`
 */
export function prepareSheet(xml: string): PreparedSheet {
  const mergedDown: PreparedSheet['mergedDown'] = [];
  const out: string[] = ['<worksheet><sheetData>'];
  let row = 0;
  let column = 0;
  let cells = 0;
  let open = false;
  for (const [, rowAttributes, , cellAttributes, content, mergeAttributes] of xml.matchAll(parts)) {
    if (rowAttributes !== undefined) {
      row = Number(attribute(rowAttributes, 'r') ?? row + 1);
      if (!Number.isSafeInteger(row) || row < 1)
        throw new RosterFileError('roster.broken-workbook');
      column = 0;
      if (open) out.push('</row>');
      open = false;
    } else if (cellAttributes !== undefined) {
      column = columnOf(attribute(cellAttributes, 'r')) ?? column + 1;
      if (content !== undefined && content.length > longestContent)
        throw new RosterFileError('roster.too-complex');
      const cell = content === undefined ? null : cellWithContent(cellAttributes, content);
      if (cell === null) continue;
      requireWithinLimits(row, column);
      cells += 1;
      if (cells > rosterLimits.cells) throw new RosterFileError('roster.too-complex');
      if (!open) out.push(`<row r="${row}">`);
      open = true;
      out.push(`<c r="${columnName(column)}${row}"${cell}</c>`);
    } else if (mergeAttributes !== undefined) {
      const merged = readMergeDown(attribute(mergeAttributes, 'ref'));
      if (merged !== null) mergedDown.push(merged);
    }
  }
  if (open) out.push('</row>');
  out.push('</sheetData></worksheet>');
  return { xml: out.join(''), mergedDown };
}

function requireWithinLimits(row: number, column: number): void {
  if (row > rosterLimits.rows) {
    throw new RosterFileError('roster.too-many-rows', { row, limit: rosterLimits.rows });
  }
  if (column > rosterLimits.columns) {
    throw new RosterFileError('roster.too-many-columns', { row, limit: rosterLimits.columns });
  }
}

/** Style, type and content of a cell, or null when there is nothing in it. */
function cellWithContent(cellAttributes: string, content: string): string | null {
  const hasValue = /<(?:[\w.-]+:)?(?:v(?:\s[^<>]*)?>[^<]|is\b)/.test(content);
  const style = attribute(cellAttributes, 's');
  const type = attribute(cellAttributes, 't');
  if (!hasValue) {
    // A formula may well give an empty text; without a type it gave nothing.
    return type !== 'str' && /<(?:[\w.-]+:)?f\b/.test(content)
      ? ` t="str"><v>${formulaWithoutValue}</v>`
      : null;
  }
  const kept = type === 'e' ? 'str' : type;
  return `${style === null ? '' : ` s="${style}"`}${kept === null ? '' : ` t="${kept}"`}>${content}`;
}

function attribute(text: string, name: string): string | null {
  const found = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"<>]*)"|'([^'"<>]*)')`).exec(text);
  return found?.[1] ?? found?.[2] ?? null;
}

function readMergeDown(ref: string | null): PreparedSheet['mergedDown'][number] | null {
  const found = /^\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})$/.exec(ref ?? '');
  if (found === null || found[1] !== found[3]) return null;
  const column = columnOf(`${found[1]}1`);
  const firstRow = Number(found[2]);
  const lastRow = Number(found[4]);
  return column === null || lastRow <= firstRow ? null : { column, firstRow, lastRow };
}

function columnOf(address: string | null): number | null {
  if (address === null) return null;
  const letters = /^([A-Z]{1,3})\d+$/.exec(address)?.[1];
  if (letters === undefined) throw new RosterFileError('roster.broken-workbook');
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column;
}

/** The letters over a column as Excel shows them: 1 → A, 27 → AA. */
export function columnName(column: number): string {
  let name = '';
  for (let rest = column; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  }
  return name;
}
