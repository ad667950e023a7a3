/**
 * Arrays on the wire, for the element types the schema uses. The driver can look these up itself, but its look-up runs in a promise
 * nobody holds: a backend that ends in those milliseconds would end the process with it. It also costs each connection a query.
 */
export const arrayTypes = {
  textArray: arrayType(1009, String),
  integerArray: arrayType(1007, Number),
  uuidArray: arrayType(2951, String),
  dateArray: arrayType(1182, String),
  /** Read only: of an array of buffers the driver takes the type of the first for that of the whole. */
  byteaArray: arrayType(1001, (text) => Buffer.from(text.slice(String.raw`\x`.length), 'hex')),
} as const;

type Element = string | number | Buffer | null;

function arrayType(oid: number, element: (text: string) => NonNullable<Element>) {
  return {
    to: oid,
    from: [oid],
    serialize: (value: unknown): string =>
      Array.isArray(value) ? `{${value.map(quoted).join(',')}}` : String(value),
    parse: (text: string): Element[] => parseArray(text, element),
  };
}

const quoted = (item: unknown): string =>
  item === null ? 'NULL' : `"${String(item).replaceAll(/[\\"]/g, String.raw`\$&`)}"`;

// PostgreSQL quotes an element whenever it holds a comma, brace, quote, backslash or blank, or spells NULL.
function parseArray(text: string, element: (text: string) => NonNullable<Element>): Element[] {
  if (text.startsWith('{{')) throw new Error('arrays of arrays are not read here');
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|([^{},"]+)/gs)].map(([, inQuotes, bare]) => {
    if (inQuotes !== undefined) return element(inQuotes.replaceAll(/\\(.)/gs, '$1'));
    return bare === undefined || bare === 'NULL' ? null : element(bare);
  });
}
