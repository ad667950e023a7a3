import { RosterFileError } from './roster-errors.ts';

/** Words that only a roster read in its own encoding contains. */
const headerWords = /姓名|学号|学籍|班级|年级/;
const lineFeed = 0x0a;
const quote = 0x22;
const lastAsciiByte = 0x7f;

/**
 * The text of a CSV file: UTF-8 (with or without a byte order mark), else GB18030. Both are read
 * strictly, because a wrong guess turns names into other names without any error.
 * @throws RosterFileError `roster.unreadable-encoding` with the row of the first bad byte
 */
export function decodeText(bytes: Uint8Array): string {
  if (isUtf16(bytes)) throw unreadable(1);
  const utf8 = tryDecode(bytes, 'utf-8');
  if (utf8 !== null) return utf8;
  // A UTF-8 file with one damaged byte may well be valid GB18030, and nonsense.
  const isUtf8 = headerWords.test(new TextDecoder('utf-8').decode(bytes));
  if (isUtf8) throw unreadable(rowOfFirstBadByte(bytes, 'utf-8'));
  const gb18030 = tryDecode(bytes, 'gb18030');
  if (gb18030 !== null) return gb18030;
  throw unreadable(rowOfFirstBadByte(bytes, 'gb18030'));
}

function unreadable(row: number): RosterFileError {
  return new RosterFileError('roster.unreadable-encoding', { row });
}

function tryDecode(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  const start = bytes.subarray(0, 1_000);
  const zeros = start.reduce((count, byte) => (byte === 0 ? count + 1 : count), 0);
  return zeros > start.length / 10;
}

/**
 * Neither encoding uses a line feed or a quotation mark inside a longer character, so lines can be
 * told apart before they are decoded; a line feed between quotation marks belongs to its row.
 */
function rowOfFirstBadByte(bytes: Uint8Array, encoding: string): number {
  let row = 1;
  let lineStart = 0;
  let quoted = false;
  let ascii = true;
  for (let at = 0; at <= bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) quoted = !quoted;
    if (byte !== undefined && byte > lastAsciiByte) ascii = false;
    if (byte !== lineFeed && at < bytes.length) continue;
    if (!ascii && tryDecode(bytes.subarray(lineStart, at), encoding) === null) return row;
    lineStart = at + 1;
    ascii = true;
    if (!quoted) row += 1;
  }
  return row;
}
