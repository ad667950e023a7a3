import { constants, crc32, deflateRawSync } from 'node:zlib';
import { strToU8, unzipSync } from 'fflate';
import writeExcelFile from 'write-excel-file/node';

/** A file made to hurt whoever reads it, and what it must be answered with. */
export interface EvilFile {
  readonly name: string;
  readonly fileName: string;
  readonly bytes: () => Promise<Uint8Array>;
  /** Codes of `roster-errors.ts`; `read` when what it holds is plain text after all. */
  readonly codes: readonly string[];
}

const mb = 1024 * 1024;
const sheetPath = 'xl/worksheets/sheet1.xml';
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const fullHeader = '学号,姓名,性别,年级,班级\n';

const parts = async (): Promise<Record<string, Uint8Array>> => {
  const book = await writeExcelFile([{ data: [['x']], sheet: '表1' }]).toBuffer();
  return unzipSync(new Uint8Array(book));
};
/** A workbook with these parts put in or replaced. */
const withParts = async (changes: Record<string, Uint8Array>): Promise<Uint8Array> =>
  rawArchive(
    Object.entries({ ...(await parts()), ...changes }).map(([name, data]) => packed(name, data)),
  );
const sheet = (data: string, before = '') =>
  strToU8(
    `<?xml version="1.0" encoding="UTF-8"?>${before}<worksheet xmlns="${main}"><sheetData>${data}</sheetData></worksheet>`,
  );
const text = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
const withSheet = (data: string, before = '') => withParts({ [sheetPath]: sheet(data, before) });

/** An entry that inflates to gigabytes: the same deflated block again and again, and an end. */
function endlessStream(megabytes: number): Uint8Array {
  const block = deflateRawSync(Buffer.alloc(16 * mb, '<c/>'), {
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  return Buffer.concat([...Array<Buffer>(megabytes / 16).fill(block), Uint8Array.of(3, 0)]);
}

interface RawEntry {
  readonly name: Uint8Array;
  readonly data: Uint8Array;
  readonly method?: number;
  readonly claimed?: number;
  readonly checksum?: number;
  /** Where the local header is said to be, instead of where it is. */
  readonly at?: number;
}

const packed = (name: string, data: Uint8Array): RawEntry => ({
  name: strToU8(name),
  data: deflateRawSync(data, { level: 9 }),
  method: 8,
  claimed: data.length,
  checksum: crc32(data),
});

/** An archive written byte by byte, in which every header may lie. */
function rawArchive(entries: readonly RawEntry[], claimedCount = entries.length): Uint8Array {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const method = entry.method ?? 0;
    const size = entry.claimed ?? entry.data.length;
    const sum = entry.checksum ?? crc32(entry.data);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(sum, 14);
    local.writeUInt32LE(entry.data.length, 18);
    local.writeUInt32LE(size, 22);
    local.writeUInt16LE(entry.name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(sum, 16);
    central.writeUInt32LE(entry.data.length, 20);
    central.writeUInt32LE(size, 24);
    central.writeUInt16LE(entry.name.length, 28);
    central.writeUInt32LE(entry.at ?? offset, 42);
    centrals.push(central, Buffer.from(entry.name));
    if (entry.at === undefined) {
      locals.push(local, Buffer.from(entry.name), Buffer.from(entry.data));
      offset += 30 + entry.name.length + entry.data.length;
    }
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(claimedCount, 8);
  end.writeUInt16LE(claimedCount, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

const entriesOf = async (): Promise<RawEntry[]> =>
  Object.entries(await parts()).map(([name, data]) => ({ name: strToU8(name), data }));
const rows = (count: number, row: string) => `<row>${row}</row>`.repeat(count);
const nestedZip = (depth: number): Uint8Array =>
  depth === 0
    ? new Uint8Array(20 * mb)
    : rawArchive([packed('xl/workbook.xml', nestedZip(depth - 1))]);

const laughs = `<!DOCTYPE lolz [<!ENTITY a "哈">${'bcdefghij'
  .split('')
  .map((name, at) => `<!ENTITY ${name} "${`&${'abcdefghi'[at]};`.repeat(10)}">`)
  .join('')}]>`;
const external = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>';
const xxeOnline = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/evil.dtd">';

const broken = ['roster.broken-zip'];
const book = ['roster.broken-workbook'];
const bomb = ['roster.unpacks-too-large'];
/** Two tests ask for each. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
const xlsx = (name: string, codes: readonly string[], bytes: EvilFile['bytes']): EvilFile => ({
  name,
  fileName: 'a.xlsx',
  codes,
  bytes: once(bytes),
});
const csv = (
  name: string,
  codes: readonly string[],
  make: () => string | Uint8Array,
): EvilFile => ({
  name,
  fileName: 'a.csv',
  codes,
  bytes: once(() => {
    const made = make();
    return Promise.resolve(typeof made === 'string' ? strToU8(made) : made);
  }),
});

export const evilFiles: readonly EvilFile[] = [
  xlsx('zip bomb, 4 GB in one entry', bomb, async () =>
    rawArchive([
      ...(await entriesOf()),
      { name: strToU8('xl/bomb.xml'), data: endlessStream(4096), method: 8, claimed: 10 },
    ]),
  ),
  xlsx('zip bomb, 51 MB of one sheet', bomb, () =>
    withParts({ [sheetPath]: new Uint8Array(51 * mb) }),
  ),
  xlsx('zip bomb, 900 entries of 1 MB', bomb, async () => {
    const one = packed('', new Uint8Array(mb));
    return rawArchive([
      ...(await entriesOf()),
      ...Array.from({ length: 900 }, (_, at) => ({ ...one, name: strToU8(`xl/a${at}.xml`) })),
    ]);
  }),
  xlsx('zip in a zip in a zip', ['roster.broken-workbook', 'roster.not-a-spreadsheet'], () =>
    Promise.resolve(nestedZip(3)),
  ),
  xlsx('30,000 entries', broken, () =>
    Promise.resolve(
      rawArchive(
        Array.from({ length: 30_000 }, (_, at) => ({
          name: strToU8(`${at}.xml`),
          data: new Uint8Array(),
        })),
      ),
    ),
  ),
  xlsx('entries that overlap: one kernel, 900 names', bomb, async () => {
    const kernel = new Uint8Array(mb);
    const packed = deflateRawSync(kernel);
    const first: RawEntry = {
      name: strToU8('xl/a.xml'),
      data: packed,
      method: 8,
      claimed: mb,
      checksum: crc32(kernel),
    };
    const others = Array.from({ length: 900 }, (_, at) => ({
      ...first,
      name: strToU8(`xl/a${at}.xml`),
      at: 0,
    }));
    return rawArchive([first, ...others, ...(await entriesOf()).slice(0, 0)]);
  }),
  xlsx('sizes that lie low', bomb, async () =>
    rawArchive([
      ...(await entriesOf()),
      {
        name: strToU8('xl/b.xml'),
        data: deflateRawSync(new Uint8Array(60 * mb)),
        method: 8,
        claimed: 1,
      },
    ]),
  ),
  xlsx('sizes that lie high', broken, async () =>
    rawArchive([
      ...(await entriesOf()),
      { name: strToU8('xl/b.xml'), data: strToU8('<a/>'), claimed: 0xffff_fff0 },
    ]),
  ),
  xlsx('a wrong checksum', broken, async () =>
    rawArchive([
      ...(await entriesOf()),
      { name: strToU8('xl/b.xml'), data: strToU8('<a/>'), checksum: 1 },
    ]),
  ),
  xlsx('more entries in the directory than there are', broken, async () =>
    rawArchive(await entriesOf(), 999),
  ),
  xlsx('names that climb out of the folder', ['read', ...broken, ...book], async () =>
    rawArchive([
      ...(await entriesOf()),
      { name: strToU8('../../../../tmp/evil.xml'), data: strToU8('<a/>') },
      { name: strToU8('/etc/cron.d/evil.xml'), data: strToU8('<a/>') },
      { name: strToU8('xl/..\\..\\evil.xml'), data: strToU8('<a/>') },
    ]),
  ),
  xlsx('names with NUL and with bytes that are no text', ['read', ...broken, ...book], async () =>
    rawArchive([
      ...(await entriesOf()),
      { name: strToU8('xl/a\0.xml'), data: strToU8('<a/>') },
      { name: Uint8Array.of(0xff, 0xfe, 0x2e, 0x78, 0x6d, 0x6c), data: strToU8('<a/>') },
      { name: strToU8('__proto__/x.xml'), data: strToU8('<a/>') },
      { name: strToU8('xl/__proto__'), data: strToU8('<a/>') },
    ]),
  ),
  xlsx('a name of 60,000 characters', ['read', ...broken, ...book], async () =>
    rawArchive([
      ...(await entriesOf()),
      { name: strToU8(`xl/${'a'.repeat(60_000)}.xml`), data: strToU8('<a/>') },
    ]),
  ),
  xlsx('billion laughs', book, () => withSheet(`<row>${text('&j;')}</row>`, laughs)),
  xlsx('billion laughs in the shared strings', book, () =>
    withParts({
      'xl/sharedStrings.xml': strToU8(
        `<?xml version="1.0"?>${laughs}<sst xmlns="${main}"><si><t>&j;</t></si></sst>`,
      ),
    }),
  ),
  xlsx('an external entity', book, () => withSheet(`<row>${text('&e;')}</row>`, external)),
  xlsx('an external document type', book, () => withSheet(`<row>${text('x')}</row>`, xxeOnline)),
  xlsx('an external entity in UTF-16', book, () =>
    withParts({
      [sheetPath]: Buffer.from(
        `\ufeff<?xml version="1.0" encoding="UTF-16"?>${external}<worksheet><sheetData/></worksheet>`,
        'utf16le',
      ),
    }),
  ),
  xlsx('an external entity in the workbook part', book, async () => {
    const { 'xl/workbook.xml': workbook = new Uint8Array() } = await parts();
    return withParts({
      'xl/workbook.xml': strToU8(
        Buffer.from(workbook).toString().replace('<workbook', `${external}<workbook`),
      ),
    });
  }),
  xlsx(
    'a million cells in 5,000 rows',
    ['read', 'roster.too-complex', 'roster.unpacks-too-large'],
    () => withSheet(rows(5_000, '<c><v>1</v></c>'.repeat(200))),
  ),
  xlsx('1.6 million cells in 29 MB', ['roster.too-complex'], () =>
    withSheet(rows(8_000, '<c><v>1</v></c>'.repeat(200))),
  ),
  xlsx('a text of 29 MB in one cell', ['roster.too-complex'], () =>
    withSheet(`<row>${text('a'.repeat(29 * mb))}</row>`),
  ),
  xlsx('a shared text of 29 MB, in Chinese', ['roster.too-complex'], () =>
    withParts({
      [sheetPath]: sheet('<row><c t="s"><v>0</v></c></row>'),
      'xl/sharedStrings.xml': strToU8(
        `<sst xmlns="${main}"><si><t>${'长'.repeat(9.5 * mb)}</t></si></sst>`,
      ),
    }),
  ),
  xlsx('three million cells', ['roster.too-complex', ...bomb], () =>
    withSheet(rows(15_000, '<c><v>1</v></c>'.repeat(200))),
  ),
  xlsx('a million cells of one shared text', ['roster.too-complex', ...bomb], () =>
    withParts({
      [sheetPath]: sheet(rows(5_000, '<c t="s"><v>0</v></c>'.repeat(200))),
      'xl/sharedStrings.xml': strToU8(
        `<sst xmlns="${main}"><si><t>${'长'.repeat(4_000)}</t></si></sst>`,
      ),
    }),
  ),
  xlsx('a cell in the last row a sheet can have', ['roster.too-many-rows'], () =>
    withSheet(`<row r="1048576"><c r="A1048576"><v>1</v></c></row>`),
  ),
  xlsx('a row numbered beyond all numbers', [...book, 'roster.too-many-rows'], () =>
    withSheet('<row r="9e99"><c><v>1</v></c></row>'),
  ),
  xlsx('10,000 columns', ['roster.too-many-columns'], () =>
    withSheet(`<row>${'<c><v>1</v></c>'.repeat(10_000)}</row>`),
  ),
  xlsx(
    'a text of 40 MB in one cell',
    ['read', 'roster.too-complex', 'roster.too-slow', ...book, ...bomb],
    () => withSheet(`<row>${text('a'.repeat(40 * mb))}</row>`),
  ),
  xlsx('tags that never close', ['read', 'roster.too-slow', ...book], () =>
    withSheet('<c r="A1">'.repeat(1_000_000)),
  ),
  xlsx(
    'elements in elements, 200,000 deep',
    ['roster.empty-file', ...book, 'roster.too-complex', 'roster.too-slow'],
    () =>
      withSheet(
        `<row><c t="inlineStr"><is>${'<r>'.repeat(200_000)}${'</r>'.repeat(200_000)}</is></c></row>`,
      ),
  ),
  xlsx('100,000 merged ranges', ['read', ...book], () =>
    withParts({
      [sheetPath]: strToU8(
        `<worksheet xmlns="${main}"><sheetData><row>${text('x')}</row></sheetData><mergeCells>${'<mergeCell ref="A1:A1048576"/>'.repeat(100_000)}</mergeCells></worksheet>`,
      ),
    }),
  ),
  xlsx('formulas that call out', ['read'], () =>
    withSheet(
      `<row><c t="str"><f>WEBSERVICE("http://127.0.0.1:9/")</f><v>=HYPERLINK("http://127.0.0.1:9")</v></c><c><f>cmd|'/c calc'!A1</f></c></row>`,
    ),
  ),
  xlsx('a workbook cut in the middle', broken, async () => {
    const whole = await withSheet(rows(100, text('名')));
    return whole.subarray(0, Math.floor(whole.length / 2));
  }),
  xlsx('a workbook with an unknown packing method', broken, async () =>
    rawArchive([...(await entriesOf()).map((one) => ({ ...one, method: 93 }))]),
  ),
  xlsx('5 MB of noise that begins like a zip', broken, () => {
    const noise = Buffer.alloc(5 * mb, 'PK\u0003\u0004');
    return Promise.resolve(noise);
  }),
  xlsx('5 MB of ends of archives', broken, () => {
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(1_000, 10);
    return Promise.resolve(
      Buffer.concat([strToU8('PK\u0003\u0004'), ...Array<Buffer>(200_000).fill(end)]).subarray(
        0,
        5 * mb,
      ),
    );
  }),
  csv(
    '5 MB of commas',
    ['roster.too-many-columns', 'roster.too-complex', 'roster.broken-quotes'],
    () => ','.repeat(5 * mb),
  ),
  csv(
    '5 MB of line ends',
    ['read', 'roster.no-header', 'roster.too-many-rows', 'roster.too-complex', 'roster.empty-file'],
    () => '\n'.repeat(5 * mb),
  ),
  csv('two and a half million rows', ['roster.too-many-rows', 'roster.too-complex'], () =>
    'a\n'.repeat(2.5 * mb),
  ),
  csv('5 MB of quotation marks', ['roster.broken-quotes'], () => '"'.repeat(5 * mb - 1)),
  csv(
    'a quotation mark that never closes',
    ['roster.broken-quotes'],
    () => `${fullHeader}"${'a'.repeat(4 * mb)}`,
  ),
  csv('one line of 5 MB', ['roster.broken-quotes', 'read'], () => 'a'.repeat(5 * mb)),
  csv('10,000 columns', ['roster.too-many-columns'], () => `${'a,'.repeat(10_000)}\n`),
  csv(
    'formulas in every cell',
    ['read'],
    () => `${fullHeader}=1+1,@SUM(A1),+1,-1,=cmd|'/c calc'!A1\n`,
  ),
  csv('bytes of no encoding', ['roster.unreadable-encoding'], () =>
    Buffer.concat([strToU8(fullHeader), Buffer.alloc(200_000, 0xff)]),
  ),
  csv('UTF-16 cut in the middle of a character', ['read', 'roster.unreadable-encoding'], () =>
    Buffer.from(`\ufeff${fullHeader}`, 'utf16le').subarray(0, 31),
  ),
  csv('NUL in every place', ['read', 'roster.unreadable-encoding'], () =>
    `学号,\0姓名\n\0,\0\n`.repeat(10_000),
  ),
  csv('5 MB and one byte', ['roster.too-large'], () => new Uint8Array(5 * mb + 1)),
  csv('nothing', ['roster.empty-file'], () => ''),
];
