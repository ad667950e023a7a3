import { setTimeout as sleep } from 'node:timers/promises';
import { connectForSetUp } from '@shaodian/migrations';
import type { Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { copyDatabase, testMaster } from '../testing/test-deps.ts';
import { markStudentNumbers } from './mark-student-numbers.ts';

let adminUrl: string;
let admin: Sql;
let before: Kept[];

interface Kept {
  readonly pupil_id: string;
  readonly school_id: number;
  readonly student_no_mark: string;
  readonly student_no_last4: string;
}

/** As an installation stood before the migration: numbers of an identity card in the clear, which no school should write there. */
async function asBefore(): Promise<void> {
  await admin.unsafe(`
    alter table app.pupil_records drop constraint pupil_records_number_not_kept;
    update app.pupil_records r set student_no = 'G32041120130' || lpad(n.at::text, 7, '0'), student_no_mark = null, student_no_last4 = null
      from (select pupil_id, row_number() over (order by pupil_id) as at from app.pupil_records) n where n.pupil_id = r.pupil_id;
    alter table app.pupil_records add constraint pupil_records_number_not_kept check (student_no is null) not valid;`);
}
const left = async (): Promise<number> =>
  Number((await admin`select count(student_no) as n from app.pupil_records`)[0]?.['n']);
const kept = async (): Promise<Kept[]> => [
  ...(await admin<Kept[]>`
    select pupil_id, school_id, student_no_mark, student_no_last4 from app.pupil_records order by pupil_id`),
];
/** The file of the table, as somebody reads it who has the disk. */
async function onDisk(): Promise<string> {
  await admin`checkpoint`;
  const [file] = await admin<{ bytes: Buffer }[]>`
    select pg_read_binary_file(pg_relation_filepath('app.pupil_records')) as bytes`;
  return file?.bytes.toString('latin1') ?? '';
}

beforeAll(async () => {
  adminUrl = await copyDatabase(inject('seededUrl'));
  admin = connectForSetUp(adminUrl);
  await asBefore();
  before = await kept();
});
afterAll(() => admin.end());

describe('student numbers that were stored before', () => {
  test('are replaced by marks though killed again and again, and leave the disk', async () => {
    expect(before.length).toBeGreaterThan(1_000);
    expect(await onDisk()).toContain('G32041120130');
    const numbers = new Map(
      (
        await admin<
          { pupil_id: string; student_no: string }[]
        >`select pupil_id, student_no from app.pupil_records`
      ).map((row) => [row.pupil_id, row.student_no]),
    );
    let kills = 0;
    for (let nth = 0; kills < 6; nth += 1) {
      const run = markStudentNumbers(adminUrl, testMaster, 40).catch(() => -1);
      await sleep(10 + (nth % 12) * 5);
      kills += await killOthers();
      await run;
      // Each number is in the clear or replaced, never gone.
      const [row] = await admin`
        select count(*)::int as n from app.pupil_records where (student_no is null) = (student_no_mark is null)`;
      expect(row?.['n']).toBe(0);
      if ((await left()) === 0) await asBefore();
    }
    await markStudentNumbers(adminUrl, testMaster, 40);
    expect(await left()).toBe(0);
    for (const row of await kept()) {
      const number = numbers.get(row.pupil_id) ?? '';
      const mark = testMaster.markOf(row.school_id, 'student-no', number);
      expect([row.student_no_mark, row.student_no_last4]).toEqual([mark, number.slice(-4)]);
    }
    expect(await onDisk()).not.toContain('G32041120130');
  });

  test('are looked for once: afterwards the database takes no number, and the next start does nothing', async () => {
    expect(await markStudentNumbers(adminUrl, testMaster)).toBe(0);
    await expect(admin`update app.pupil_records set student_no = '1'`).rejects.toMatchObject({
      code: '23514',
    });
    const [table] = await admin`
      select relforcerowsecurity as forced from pg_class where oid = 'app.pupil_records'::regclass`;
    expect(table).toEqual({ forced: true });
  });
});

async function killOthers(): Promise<number> {
  const killed = await admin`
    select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
  return killed.length;
}
