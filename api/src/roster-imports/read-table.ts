import { bytesPerMb, rosterLimits } from './limits.ts';
import { readCsv } from './read-csv.ts';
import { readWorkbook, type Sheet } from './read-workbook.ts';
import { hasRosterHeader } from './recognise-columns.ts';
import { RosterFileError } from './roster-errors.ts';
import type { Table } from './table.ts';

/**
 * Reads an uploaded .xlsx or CSV file into rows of text. What the file is, is told by its bytes;
 * its name only decides where the bytes do not.
 * @param bytes the file as uploaded
 * @param fileName the name the user sees, with its ending
 * @throws RosterFileError for every file that is not a readable table within `rosterLimits`
 * @example
 * const table = await readTable(await readFile('pupils.xlsx'), 'pupils.xlsx');
 * table.rows[1]; // { rowNumber: 2, cells: ['学籍号', '学号', '姓名', …] }
 */
export async function readTable(bytes: Uint8Array, fileName: string): Promise<Table> {
  if (bytes.length === 0) throw new RosterFileError('roster.empty-file');
  if (bytes.length > rosterLimits.packedBytes) {
    throw new RosterFileError('roster.too-large', { limit: rosterLimits.packedBytes / bytesPerMb });
  }
  switch (fileKind(bytes, fileName)) {
    case 'zip':
      return chooseSheet(await readWorkbook(bytes));
    case 'csv':
      return tableOf({ name: null, rows: readCsv(bytes) }, []);
    case 'encrypted':
      throw new RosterFileError('roster.encrypted');
    case 'xls':
      throw new RosterFileError('roster.old-xls');
    case 'broken-zip':
      throw new RosterFileError('roster.broken-zip');
    case 'other':
      throw new RosterFileError('roster.not-a-spreadsheet');
  }
}

type FileKind = 'zip' | 'csv' | 'xls' | 'encrypted' | 'broken-zip' | 'other';

const compoundFileStart = 'd0cf11e0a1b11ae1';
/** PDF, PNG, JPEG, GIF, gzip, RAR, 7z. */
const foreignStarts = [
  '25504446',
  '89504e47',
  'ffd8ff',
  '47494638',
  '1f8b',
  '52617221',
  '377abcaf',
];

function fileKind(bytes: Uint8Array, fileName: string): FileKind {
  const start = Buffer.from(bytes.subarray(0, 8)).toString('hex');
  if (start.startsWith('504b')) return 'zip';
  if (start === compoundFileStart) {
    // Excel wraps a workbook with a password into the container of the old format.
    const marker = Buffer.from('EncryptedPackage', 'utf16le');
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(marker)
      ? 'encrypted'
      : 'xls';
  }
  if (foreignStarts.some((foreign) => start.startsWith(foreign))) return 'other';
  const text = Buffer.from(bytes.subarray(0, 200))
    .toString('latin1')
    .replace(/^ï»¿/, '')
    .trimStart();
  // Some school systems export a web page and call it .xls.
  if (/^<(?:!doctype|html|head|meta|table|\?xml)/i.test(text)) return 'other';
  if (/\.xlsx$/i.test(fileName)) return 'broken-zip';
  return 'csv';
}

const sheetsNamed = 5;
/** Excel allows no longer one. */
const longestSheetName = 31;

/** A workbook may hold instructions beside the roster; two rosters in it would lose one silently. */
function chooseSheet(sheets: Sheet[]): Table {
  for (const sheet of sheets) requireBoundedText(sheet.rows);
  const filled = sheets.filter((sheet) =>
    sheet.rows.some((cells) => cells.some((cell) => cell !== '')),
  );
  const rosters = filled.filter((sheet) => hasRosterHeader(tableOf(sheet, []).rows));
  if (rosters.length > 1) {
    throw new RosterFileError('roster.several-sheets', {
      count: rosters.length,
      sheets: rosters
        .slice(0, sheetsNamed)
        .map((sheet) => sheet.name.slice(0, longestSheetName))
        .join('、'),
    });
  }
  const chosen = rosters[0] ?? filled[0];
  if (chosen === undefined) throw new RosterFileError('roster.empty-file');
  const others = filled.filter((sheet) => sheet !== chosen);
  return tableOf(
    chosen,
    others.map((sheet) => sheet.name.slice(0, longestSheetName)),
  );
}

/** Many cells may share one long text; each gets a copy of its own once it leaves the worker. */
function requireBoundedText(rows: readonly string[][]): void {
  let characters = 0;
  for (const cells of rows) for (const cell of cells) characters += cell.length;
  if (characters > rosterLimits.unpackedBytes) {
    throw new RosterFileError('roster.unpacks-too-large', {
      limit: rosterLimits.unpackedBytes / bytesPerMb,
    });
  }
}

function tableOf(sheet: { name: string | null; rows: string[][] }, ignoredSheets: string[]): Table {
  return {
    rows: sheet.rows.map((cells, index) => ({ rowNumber: index + 1, cells })),
    sheet: sheet.name,
    ignoredSheets,
  };
}
