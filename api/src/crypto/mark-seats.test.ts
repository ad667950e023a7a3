import { setTimeout as sleep } from 'node:timers/promises';
import { connectForSetUp } from '@shaodian/migrations';
import type { Sql } from 'postgres';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { copyDatabase, testMaster } from '../testing/test-deps.ts';
import { markSeats } from './mark-seats.ts';

let adminUrl: string;
let admin: Sql;
let marks: Map<string, string>;
const stored = () => admin<{ report_id: string; seat: string | null; seat_mark: string | null }[]>`
  select report_id, seat, seat_mark from app.monthly_report_bodies`;

beforeAll(async () => {
  adminUrl = await copyDatabase(inject('seededUrl'));
  admin = connectForSetUp(adminUrl);
  marks = new Map((await stored()).map((row) => [row.report_id, row.seat_mark ?? '']));
  // As an installation stood before the migration: who held a seat is who handed in.
  await admin.unsafe(`
    alter table app.monthly_report_bodies drop constraint monthly_report_bodies_seat_not_kept;
    update app.monthly_report_bodies b set seat_mark = null, seat = case when n.first = n.report_id then 'A' else 'B' end
      from (select report_id, first_value(report_id) over (partition by school_id, class_id, month order by submitted_at) as first from app.monthly_report_bodies) n
      where n.report_id = b.report_id;
    alter table app.monthly_report_bodies add constraint monthly_report_bodies_seat_not_kept check (seat is null) not valid;`);
});
afterAll(() => admin.end());

test('seats that were stored before are replaced by marks though killed again and again', async () => {
  expect(marks.size).toBeGreaterThan(30);
  for (let kills = 0; kills < 5;) {
    const run = markSeats(adminUrl, testMaster, 7).catch(() => -1);
    await sleep(15 + kills * 10);
    const [{ n } = { n: 0 }] = await admin<{ n: number }[]>`
      select count(pg_terminate_backend(pid))::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
    kills += Math.max(n, 1);
    await run;
    // Each seat is in the clear or a mark, never gone.
    const rows = await stored();
    expect(rows.filter((row) => (row.seat === null) === (row.seat_mark === null))).toEqual([]);
  }
  await markSeats(adminUrl, testMaster, 7);
  const rows = await stored();
  expect(rows.filter((row) => row.seat !== null)).toEqual([]);
  // A class's reports of a month have the two marks of its two seats, whichever is whose here.
  expect(new Set(rows.map((row) => row.seat_mark)).size).toBe(rows.length);
  const known = new Set(marks.values());
  const same = rows.filter((row) => known.has(row.seat_mark ?? ''));
  expect(same.length).toBeGreaterThan(rows.length / 2);
  expect(await markSeats(adminUrl, testMaster, 7)).toBe(0);
});
