import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { parse } from 'csv-parse/sync';
import { addDays, instantOf, localDate, weekOf } from '@shaodian/rules';
import type { Role } from '@shaodian/rules';
import type { NewProposal } from '../grants/insert-proposals.ts';

export interface DemoSchool {
  readonly id: number;
  readonly code: string;
  /** Person ids by staff number. */
  readonly staff: ReadonlyMap<string, string>;
  readonly administratorId: string;
}

interface StaffRow {
  readonly no: string;
  readonly name: string;
  readonly sex: 'female' | 'male';
  readonly title: string;
}

const fixtures = new URL('../../fixtures/roster/', import.meta.url);
export const pupilsFile = new URL('pupils.xlsx', fixtures);

async function jiangpanStaff(): Promise<StaffRow[]> {
  const rows = parse(await readFile(new URL('staff.csv', fixtures), 'utf8'), {
    columns: true,
    bom: true,
  }) as Record<string, string>[];
  const staff = rows.map((row) => ({
    no: row['工号'] ?? '',
    name: row['姓名'] ?? '',
    sex: row['性别'] === '男' ? ('male' as const) : ('female' as const),
    title: row['职务'] ?? '',
  }));
  return [...staff, { no: 'T124', name: '陈立', sex: 'male', title: '信息中心' }];
}

const qingheStaff: readonly StaffRow[] = [
  { no: 'Q001', name: '罗嘉宁', sex: 'female', title: '班主任' },
  { no: 'Q002', name: '白若水', sex: 'female', title: '心理教师' },
  { no: 'Q003', name: '顾长风', sex: 'male', title: '信息中心' },
  { no: 'Q004', name: '贺青山', sex: 'male', title: '校长' },
];

/** Writes two invented schools without pupils. Needs a role that passes row security: there is nobody yet who could ask. */
export async function writeDemoSchools(
  sql: Sql,
  now: Date,
): Promise<{ jiangpan: DemoSchool; qinghe: DemoSchool }> {
  const jiangpan = await writeSchool(
    sql,
    now,
    { code: 'jiangpan', name: '江畔示范中学（演示）', dutyPhone: '8000-1200' },
    await jiangpanStaff(),
  );
  const qinghe = await writeSchool(
    sql,
    now,
    { code: 'qinghe', name: '青禾中学（演示）', dutyPhone: '8000-3400' },
    qingheStaff,
  );
  const ids = (school: DemoSchool, no: string) => school.staff.get(no) ?? '';
  // The founding people, as of the first set-up; everybody else is proposed by one of them and approved by another.
  await found(sql, jiangpan, [
    [ids(jiangpan, 'T124'), 'administrator'],
    [ids(jiangpan, 'T118'), 'lead_counsellor'],
    [ids(jiangpan, 'T118'), 'counsellor'],
  ]);
  await found(sql, qinghe, [
    [ids(qinghe, 'Q003'), 'administrator'],
    [ids(qinghe, 'Q002'), 'lead_counsellor'],
    [ids(qinghe, 'Q002'), 'counsellor'],
  ]);
  await putOnDuty(sql, jiangpan, [
    ['red', ids(jiangpan, 'T118'), '8000-1201'],
    ['red', ids(jiangpan, 'T123'), '8000-1202'],
    ['red', ids(jiangpan, 'T119'), '8000-1203'],
    ['counsellor', ids(jiangpan, 'T118'), '8000-1201'],
  ]);
  await putOnDuty(sql, qinghe, [
    ['red', ids(qinghe, 'Q002'), '8000-3401'],
    ['red', ids(qinghe, 'Q004'), '8000-3402'],
    ['red', ids(qinghe, 'Q001'), '8000-3403'],
    ['counsellor', ids(qinghe, 'Q002'), '8000-3401'],
  ]);
  await nameOutside(sql, jiangpan, ids(jiangpan, 'T124'), [
    ['江畔区教育局学生安全值班（虚构）', '8000-9100', 'duty@jiangpan-edu.example'],
    ['区未成年人保护中心（虚构）', '8000-9200', null],
  ]);
  await nameOutside(sql, qinghe, ids(qinghe, 'Q003'), [
    ['青禾镇教育办值班（虚构）', '8000-9300', 'duty@qinghe-edu.example'],
    ['镇派出所校园联络（虚构）', '8000-9400', null],
  ]);
  return {
    jiangpan: { ...jiangpan, administratorId: ids(jiangpan, 'T124') },
    qinghe: { ...qinghe, administratorId: ids(qinghe, 'Q003') },
  };
}

async function writeSchool(
  sql: Sql,
  now: Date,
  school: { code: string; name: string; dutyPhone: string },
  staff: readonly StaffRow[],
): Promise<DemoSchool> {
  const rows = await sql<{ id: number }[]>`
    insert into app.schools (code, name, duty_phone, is_demo, created_at)
    values (${school.code}, ${school.name}, ${school.dutyPhone}, true, ${now}) returning id`;
  const id = rows[0]?.id ?? 0;
  await writeCalendar(sql, id, now);
  const people = staff.map((one) => ({ ...one, id: randomUUID() }));
  await sql`insert into app.people ${sql(people.map((one) => ({ school_id: id, id: one.id, kind: 'staff' })))}`;
  await sql`insert into app.staff ${sql(
    people.map((one) => ({
      school_id: id,
      id: one.id,
      staff_no: one.no,
      name: one.name,
      sex: one.sex,
      title: one.title,
    })),
  )}`;
  return {
    id,
    code: school.code,
    staff: new Map(people.map((one) => [one.no, one.id])),
    administratorId: '',
  };
}

/** A term around today, with one holiday behind it; today is an ordinary school day even on a Sunday. */
async function writeCalendar(sql: Sql, schoolId: number, now: Date): Promise<void> {
  const today = localDate(now.toISOString(), 'Asia/Shanghai');
  await sql`insert into app.terms (school_id, name, starts_on, ends_on)
    values (${schoolId}, ${'演示学期'}, ${addDays(today, -110)}, ${addDays(today, 60)})`;
  const holidays = Array.from({ length: 5 }, (_, index) => addDays(today, -54 + index));
  const exceptions = [
    ...holidays.map((day) => ({ day, kind: 'holiday' })),
    { day: today, kind: 'school_day' },
  ];
  await sql`insert into app.calendar_days ${sql(exceptions.map((one) => ({ school_id: schoolId, label: '演示', ...one })))}`;
}

async function found(
  sql: Sql,
  school: DemoSchool,
  grants: readonly (readonly [string, Role])[],
): Promise<void> {
  await sql`insert into app.grants ${sql(
    grants.map(([personId, role]) => ({
      school_id: school.id,
      id: randomUUID(),
      person_id: personId,
      role,
      scope: 'school',
      starts_at: longAgo,
      reason: 'first set-up',
    })),
  )}`;
}

async function putOnDuty(
  sql: Sql,
  school: DemoSchool,
  slots: readonly (readonly ['red' | 'counsellor', string, string])[],
): Promise<void> {
  const positions = { red: 0, counsellor: 0 };
  await sql`insert into app.duty_slots ${sql(
    slots.map(([duty, personId, phone]) => ({
      school_id: school.id,
      id: randomUUID(),
      duty,
      position: (positions[duty] += 1),
      person_id: personId,
      phone,
      starts_at: longAgo,
    })),
  )}`;
}

/** Whom an alert reaches when nobody at school answers: name, telephone, e-mail. */
async function nameOutside(
  sql: Sql,
  school: DemoSchool,
  addedBy: string,
  contacts: readonly (readonly [string, string, string | null])[],
): Promise<void> {
  await sql`insert into app.outside_contacts ${sql(
    contacts.map(([name, phone, email], index) => ({
      school_id: school.id,
      id: randomUUID(),
      position: index + 1,
      name,
      phone,
      email,
      added_by: addedBy,
    })),
  )}`;
}

const longAgo = new Date(0);

/** A second counsellor on weekday afternoons of these weeks; and a deputy who will be away for two days, so that the red list has a gap. */
export async function planDuty(sql: Sql, school: DemoSchool, now: Date): Promise<void> {
  const zone = 'Asia/Shanghai';
  const today = localDate(now.toISOString(), zone);
  const monday = weekOf(today);
  const afternoons = [0, 7, 14].flatMap((week) =>
    Array.from({ length: 5 }, (_, index) => ({
      day: addDays(monday, week + index),
      staffNo: index % 2 === 0 ? 'T119' : 'T120',
    })),
  );
  await sql`insert into app.duty_slots ${sql(
    afternoons.map(({ day, staffNo }) => ({
      school_id: school.id,
      id: randomUUID(),
      duty: 'counsellor',
      position: 2,
      person_id: school.staff.get(staffNo) ?? '',
      starts_at: instantOf(day, 13 * 60, zone),
      ends_at: instantOf(day, 17 * 60 + 30, zone),
    })),
  )}`;
  await sql`insert into app.absences ${sql({
    school_id: school.id,
    id: randomUUID(),
    person_id: school.staff.get('T123') ?? '',
    starts_at: instantOf(addDays(today, 9), 0, zone),
    ends_at: instantOf(addDays(today, 11), 0, zone),
  })}`;
}

/** Who heads the grades, to be proposed after the import. */
export async function gradeHeads(
  sql: Sql,
  school: DemoSchool,
  heads: readonly (readonly [string, number])[],
): Promise<NewProposal[]> {
  const grades = await sql<{ id: number; ordinal: number }[]>`
    select id, ordinal from app.grades where school_id = ${school.id}`;
  return heads.map(([staffNo, ordinal]) => ({
    personId: school.staff.get(staffNo) ?? '',
    role: 'grade_head',
    gradeId: grades.find((grade) => grade.ordinal === ordinal)?.id ?? 0,
  }));
}

export interface Seat {
  readonly classId: number;
  readonly className: string;
  readonly gradeId: number;
  readonly seat: 'A' | 'B';
  readonly personId: string;
}

/** The first girl and the first boy of each class, in the order of their student numbers. */
export const pickSeats = (sql: Sql, school: DemoSchool): Promise<Seat[]> =>
  sql<Seat[]>`
    select distinct on (p.class_id, p.sex) p.class_id as "classId", c.name as "className", p.grade_id as "gradeId",
      case p.sex when 'female' then 'A' else 'B' end as seat, p.id as "personId"
    from app.pupils p join app.classes c on c.school_id = p.school_id and c.id = p.class_id
    join app.pupil_records r on r.school_id = p.school_id and r.pupil_id = p.id
    where p.school_id = ${school.id} and p.sex in ('female', 'male') order by p.class_id, p.sex, r.student_no_last4`;

/** Their proposals, from before this term's reports. */
export const forSeats = (seats: readonly Seat[], today: string): NewProposal[] =>
  seats.map((one) => ({
    personId: one.personId,
    role: 'committee_member',
    classId: one.classId,
    seat: { seat: one.seat, from: addDays(today, -100) },
  }));

export async function writeAccounts(
  sql: Sql,
  school: DemoSchool,
  accounts: readonly { name: string; personId: string }[],
): Promise<void> {
  const rows = accounts.map(({ personId, name }) => ({
    school_id: school.id,
    id: randomUUID(),
    person_id: personId,
    name,
  }));
  await sql`insert into app.accounts ${sql(rows)}`;
}

/** One hash for all: the password is public. */
export async function writePasswords(sql: Sql, hash: string): Promise<void> {
  await sql`insert into app.account_secrets (school_id, account_id, password_hash) select school_id, id, ${hash} from app.accounts`;
}
