/** A way in which a text or some bytes can lie in a file, a log or an answer. */
export interface Form {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Every form in which a text would be found again. Forms that are the same bytes are one. */
export function formsOfText(text: string): Form[] {
  const utf8 = Buffer.from(text, 'utf8');
  const utf16 = Buffer.from(text, 'utf16le');
  return distinct([
    { name: 'utf-8', bytes: utf8 },
    { name: 'utf-16le', bytes: utf16 },
    { name: 'utf-16be', bytes: Buffer.from(utf16).swap16() },
    { name: 'gb18030', bytes: inGb18030(text) },
    ...inBothCases(
      'json',
      escaped(text, (unit) => `\\u${hexOf(unit, 4)}`),
    ),
    ...inBothCases(
      'html',
      escapedPoints(text, (point) => `&#x${point.toString(16)};`),
    ),
    { name: 'html', bytes: Buffer.from(escapedPoints(text, (point) => `&#${point};`)) },
    ...inBothCases('percent', encodeURIComponent(text)),
    { name: 'octal', bytes: Buffer.from(asOctal(utf8)) },
    ...formsOfBytes(utf8),
  ]);
}

/** Every form of a key: as it is, and as the texts that are made of bytes. */
export function formsOfBytes(bytes: Buffer): Form[] {
  return distinct([
    { name: 'bytes', bytes },
    ...inBothCases('hex', bytes.toString('hex')),
    { name: 'percent of bytes', bytes: Buffer.from(asPercent(bytes)) },
    ...[0, 1, 2].flatMap((offset) => base64At(bytes, offset)),
  ]);
}

function distinct(forms: readonly Form[]): Form[] {
  const seen = new Set<string>();
  return forms.filter(({ bytes }) => {
    const key = bytes.toString('latin1');
    return seen.has(key) ? false : seen.add(key);
  });
}

const hexOf = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

function inBothCases(name: string, text: string): Form[] {
  const upper = text
    .replaceAll(/%[0-9a-f]{2}|\\u[0-9a-f]{4}|&#x[0-9a-f]+;/gi, (code) =>
      code.toUpperCase().replace('\\U', '\\u').replace('&#X', '&#x'),
    )
    .replace(/^[0-9a-f]{16,}$/, (hex) => hex.toUpperCase());
  const lower = text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  return [upper, lower].map((one) => ({ name, bytes: Buffer.from(one) }));
}

const escaped = (text: string, write: (unit: number) => string): string =>
  [...Array(text.length).keys()]
    .map((at) => (text.charCodeAt(at) > 126 ? write(text.charCodeAt(at)) : text.charAt(at)))
    .join('');

const escapedPoints = (text: string, write: (point: number) => string): string =>
  [...text].map((one) => (one > '~' ? write(one.codePointAt(0) ?? 0) : one)).join('');

const asOctal = (bytes: Buffer): string =>
  [...bytes]
    .map((byte) =>
      byte > 126 ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte),
    )
    .join('');

const asPercent = (bytes: Buffer): string =>
  [...bytes].map((byte) => `%${hexOf(byte, 2).toUpperCase()}`).join('');

/**
 * What stands in base64 wherever the bytes lie in what was encoded: they begin at one of three offsets, and the characters that
 * neighbours share are left out.
 */
function base64At(bytes: Buffer, offset: number): Form[] {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const own = text.slice([0, 2, 3][offset], Math.floor(((offset + bytes.length) * 8) / 6));
  return [
    { name: 'base64', bytes: Buffer.from(own) },
    {
      name: 'base64url',
      bytes: Buffer.from(own.replaceAll('+', '-').replaceAll('/', '_')),
    },
  ];
}

const gbDecoder = new TextDecoder('gb18030');
let gbTable: Map<string, Buffer> | undefined;

/** Of ASCII and the two-byte characters, which is all that canaries are made of. */
function inGb18030(text: string): Buffer {
  if (!gbTable) {
    gbTable = new Map();
    for (let high = 0x81; high <= 0xfe; high += 1)
      for (let low = 0x40; low <= 0xfe; low += 1) {
        const bytes = Buffer.of(high, low);
        gbTable.set(gbDecoder.decode(bytes), bytes);
      }
  }
  const table = gbTable;
  return Buffer.concat([...text].map((one) => table.get(one) ?? Buffer.from(one)));
}

/** A character that both UTF-8 and GB18030 can write: one of the 3,755 most common. */
export const commonHan = (high: number, low: number): string =>
  gbDecoder.decode(Buffer.of(0xb0 + (high % 39), 0xa1 + (low % 94)));
