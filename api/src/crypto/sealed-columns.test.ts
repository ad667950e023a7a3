import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startTestApi } from '../testing/index.ts';
import type { TestApi } from '../testing/index.ts';
import { listSealedValues, openSealedValue, writeSealedValues } from '../testing/sealed-values.ts';
import type { SealedValue } from '../testing/sealed-values.ts';
import { UnsealError } from './seal.ts';
import { schoolSealedColumns, sealedColumns } from './sealed-columns.ts';

let api: TestApi;
let values: SealedValue[];
let subjectWithTwo: SealedValue[];

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  const pupilId = await writeSealedValues(api);
  values = await listSealedValues(api.admin);
  subjectWithTwo = values.filter((value) => value.subject === pupilId);
});
afterAll(() => api.stop());

const open = (value: SealedValue) => openSealedValue(api.deps.db, api.deps.master, value);
const valueOf = (at: number): SealedValue => values[at % values.length] as SealedValue;

describe('the list of sealed columns', () => {
  test('names every column of bytes in the database that is no fingerprint', async () => {
    const columns = await api.admin<{ name: string }[]>`
      select c.relname || '.' || a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') and a.atttypid = 'bytea'::regtype and not a.attisdropped
        and a.attname !~ '_sha256$' order by 1`;
    const listed = [
      ...sealedColumns.map(({ table, column }) => `${table}.${column}`),
      ...schoolSealedColumns,
    ];
    expect(columns.map(({ name }) => name)).toEqual(listed.sort());
  });

  test('has rows of each column here', () => {
    const found = new Set(values.map(({ column }) => `${column.table}.${column.column}`));
    expect([...found].sort()).toEqual(
      sealedColumns.map(({ table, column }) => `${table}.${column}`).sort(),
    );
    expect(subjectWithTwo.length).toBeGreaterThanOrEqual(4);
  });
});

describe('what lies in the rows', () => {
  test('opens where it is', async () => {
    for (const value of values) expect((await open(value)).length).toBeGreaterThan(0);
  });

  test('does not open with any bit changed, cut off or lengthened, in any column', async () => {
    let tried = 0;
    const damage = fc.oneof(
      fc.record({ kind: fc.constant('flip'), at: fc.nat(), bit: fc.nat(7) }),
      fc.record({ kind: fc.constant('cut'), at: fc.nat(), bit: fc.constant(0) }),
      fc.record({ kind: fc.constant('lengthen'), at: fc.nat(), bit: fc.constant(0) }),
    );
    for (const column of sealedColumns) {
      const own = values.filter((value) => value.column === column);
      await fc.assert(
        fc.asyncProperty(fc.nat(), damage, async (row, { kind, at, bit }) => {
          const value = own[row % own.length] as SealedValue;
          let sealed = Buffer.from(value.sealed);
          const index = at % sealed.length;
          if (kind === 'flip') sealed[index] = (sealed[index] ?? 0) ^ (1 << bit);
          if (kind === 'cut') sealed = sealed.subarray(0, index);
          if (kind === 'lengthen') sealed = Buffer.concat([sealed, Buffer.of(at % 256)]);
          await expect(open({ ...value, sealed })).rejects.toThrow(UnsealError);
          tried += 1;
        }),
        { numRuns: 200 },
      );
    }
    process.stdout.write(
      `damaged values: ${tried} tried over ${sealedColumns.length} columns, 0 opened\n`,
    );
  });

  test('does not open in the place of any other value, were it the same pupil and column', async () => {
    let tried = 0;
    const move = async (from: SealedValue, to: SealedValue) => {
      if (from.sealed.equals(to.sealed)) return;
      await expect(open({ ...to, sealed: from.sealed })).rejects.toThrow(UnsealError);
      tried += 1;
    };
    for (const from of subjectWithTwo) for (const to of subjectWithTwo) await move(from, to);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), (from, to) => move(valueOf(from), valueOf(to))),
      { numRuns: 500 },
    );
    process.stdout.write(`moved values: ${tried} tried, 0 opened\n`);
    expect(tried).toBeGreaterThan(400);
  });

  test('gives an error through the API, never wrong text, when it was altered in the database', async () => {
    const counsellor = await api.as('xinli');
    const words = subjectWithTwo.filter((value) => value.column.table === 'observation_details');
    const [one, other] = words as [SealedValue, SealedValue];
    const store = (sealed: Buffer) =>
      api.admin`update app.observation_details set words = ${sealed} where observation_id = ${one.row}`;
    const read = async () => (await counsellor.get(`/observations?pupil=${one.subject}`)).status;
    expect(await read()).toBe(200);
    const flipped = Buffer.from(one.sealed);
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    for (const sealed of [flipped, one.sealed.subarray(0, 20), other.sealed, Buffer.of()]) {
      await store(sealed);
      expect(await read()).toBe(500);
    }
    await store(one.sealed);
    expect(await read()).toBe(200);
  });
});
