import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startTestApi } from '../testing/index.ts';
import { observationInput } from '../testing/observation-input.ts';
import type { Requester, TestApi } from '../testing/index.ts';

let api: TestApi;
let girl: Requester;
let boy: Requester;
let own: readonly string[];
let reported: readonly string[];

beforeAll(async () => {
  api = await startTestApi(inject('seededUrl'));
  [girl, boy] = [await api.as('weiyuan-a'), await api.as('weiyuan-b')];
  const { items } = (await (await girl.get('/pupils')).json()) as { items: { id: string }[] };
  const [pupil] = items.filter((one) => one.id !== girl.personId && one.id !== boy.personId);
  const { months } = (await (await girl.get('/monthly-reports/mine')).json()) as {
    months: { month: string; state: string }[];
  };
  const month = months.find((one) => one.state !== 'submitted')?.month;
  const sent = await girl.post('/monthly-reports', {
    month,
    kindness: '她把伞让给了同学。',
    zeroReport: false,
    observations: [observationInput(pupil?.id ?? '')],
  });
  expect(sent.status).toBe(201);
  const report = (await sent.json()) as { id: string; observationIds: string[] };
  reported = [report.id, ...report.observationIds];
  const [person] = await api.admin<Record<string, string>[]>`
    select p.id as person, a.id as account, k.id as seat, array_to_string(array(select s.id from app.sessions s where s.person_id = p.id), ',') as sessions
    from app.pupils p left join app.accounts a on a.person_id = p.id join app.committee_seats k on k.person_id = p.id where p.id = ${girl.personId}`;
  own = Object.values(person ?? {})
    .flatMap((ids) => ids.split(','))
    .filter((id) => id !== '');
});
afterAll(() => api.stop());

interface Row {
  readonly table: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The whole of the database, as somebody has it who has a copy and not the key. */
async function dump(): Promise<Row[]> {
  const tables = await api.admin<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('app', 'sec')`;
  const rows = [];
  for (const { name } of tables)
    for (const { row } of await api.admin<{ row: Record<string, unknown> }[]>`
      select to_jsonb(t) as row from ${api.admin.unsafe(name)} t`)
      rows.push({ table: name, values: row });
  return rows;
}

const holds = (row: Row, ids: ReadonlySet<string>): boolean => {
  const text = JSON.stringify(row.values);
  return [...ids].some((id) => text.includes(id));
};

describe('in a copy of the database without the key', () => {
  test('no row leads from what was reported to who reported it', async () => {
    const rows = await dump();
    // What stands beside the report or one of its observations: ids and marks that are nowhere else but in a few rows.
    const known = new Set(reported);
    const beside = rows.filter((row) => holds(row, known));
    expect(new Set(beside.map((row) => row.table)).size).toBeGreaterThan(4);
    const marks = new Set(
      beside.flatMap((row) =>
        Object.entries(row.values).flatMap(([column, value]) =>
          /mark$/.test(column) && typeof value === 'string' ? [value] : [],
        ),
      ),
    );
    expect(marks.size).toBeGreaterThan(0);
    const linked = rows.filter((row) => holds(row, new Set([...known, ...marks])));
    const naming = linked.filter((row) => holds(row, new Set(own)));
    expect(naming.map((row) => row.table)).toEqual([]);
  });

  test('nor does a seat stand beside it: the list of seats says whose it is', async () => {
    const rows = (await dump()).filter((row) => holds(row, new Set(reported)));
    const seats = rows.filter((row) =>
      Object.values(row.values).some((value) => value === 'A' || value === 'B'),
    );
    expect(seats.map((row) => row.table)).toEqual([]);
  });
});

test('the same seat hands in once a month, and another seat is another report', async () => {
  const [counts] = await api.admin`
    select count(*)::int as rows, count(distinct (school_id, class_id, month, seat_mark))::int as seats, count(seat)::int as plain from app.monthly_report_bodies`;
  expect(counts).toMatchObject({ seats: counts?.['rows'], plain: 0 });
});
