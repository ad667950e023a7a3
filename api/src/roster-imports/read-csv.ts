import { CsvError, parse } from 'csv-parse/sync';
import { decodeText } from './decode-text.ts';
import { rosterLimits } from './limits.ts';
import { RosterFileError } from './roster-errors.ts';

const delimiters = [',', ';', '\t', '，'] as const;
const linesToJudgeBy = 50;

/**
 * Reads a CSV file into rows of text; the first row is row 1, blank rows keep their number.
 * @throws RosterFileError `roster.unreadable-encoding`, `roster.broken-quotes`, too many rows or columns
 */
export function readCsv(bytes: Uint8Array): string[][] {
  const text = decodeText(bytes);
  const delimiter = findDelimiter(text);
  const rows = parseRows(withoutBlankEnd(text, delimiter), delimiter);
  // What comes after the last row that may be has something in it: a blank end was cut off.
  if (rows.length > rosterLimits.rows) {
    const row = rows.length;
    throw new RosterFileError('roster.too-many-rows', { row, limit: rosterLimits.rows });
  }
  const wide = rows.findIndex((cells) => cells.length > rosterLimits.columns);
  if (wide !== -1) {
    throw new RosterFileError('roster.too-many-columns', {
      row: wide + 1,
      limit: rosterLimits.columns,
    });
  }
  return rows;
}

function parseRows(text: string, delimiter: string): string[][] {
  try {
    return parse(text, {
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: false,
      // Millions of rows would fill the memory before they could be counted.
      to: rosterLimits.rows + 1,
      max_record_size: rosterLimits.columns * rosterLimits.cellCharacters,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const records = typeof error.records === 'number' ? error.records : 0;
    throw new RosterFileError('roster.broken-quotes', { row: records + 1 });
  }
}

/** The text up to the last row that holds something. */
function withoutBlankEnd(text: string, delimiter: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === delimiter || text[end - 1]?.trim() === '')) end -= 1;
  const lineEnd = text.indexOf('\n', end);
  return lineEnd === -1 ? text : text.slice(0, lineEnd + 1);
}

/** The separator that occurs most often outside quotation marks at the top of the file. */
function findDelimiter(text: string): string {
  const declared = /^sep=([,;\t，])\r?\n/.exec(text)?.[1];
  if (declared !== undefined) return declared;
  const counts = new Map<string, number>(delimiters.map((delimiter) => [delimiter, 0]));
  let quoted = false;
  let lines = 0;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    if (quoted) continue;
    if (character === '\n') lines += 1;
    if (lines === linesToJudgeBy) break;
    const count = counts.get(character);
    if (count !== undefined) counts.set(character, count + 1);
  }
  return delimiters.reduce((best, next) =>
    (counts.get(next) ?? 0) > (counts.get(best) ?? 0) ? next : best,
  );
}
