import { randomBytes, randomInt } from 'node:crypto';
import type { Sql } from 'postgres';
import { observationInput } from '../observation-input.ts';
import type { Canaries } from './canaries.ts';
import { enrol } from './enrol.ts';
import { Visitor } from './visitor.ts';
import type { Exchange } from './visitor.ts';

const staff = {
  counsellor: ['counsellor', 'school'],
  teacher: ['homeroom_teacher', 'class'],
  head: ['grade_head', 'grade'],
  leader: ['school_leader', 'school'],
  officer: ['data_protection_officer', 'school'],
} as const;
type StaffName = keyof typeof staff;
const everybody = ['admin', 'lead', ...Object.keys(staff), 'seatA', 'seatB'] as const;
export type PersonName = 'admin' | 'lead' | StaffName | 'seatA' | 'seatB';

interface Pupil {
  readonly id: string;
  readonly name: string;
}

/** A school that was founded, filled and staffed through the API, with a canary wherever a person writes something. */
export interface CanarySchool {
  readonly code: string;
  readonly people: Readonly<Record<PersonName, Visitor>>;
  readonly personIds: Readonly<Record<PersonName, string>>;
  readonly passwords: Readonly<Record<PersonName, string>>;
  /** Of the first class; the first has a canary for a name. */
  readonly pupils: readonly Pupil[];
  /** What a register number looks like, of the first pupil. */
  readonly nationalId: string;
}

export interface World {
  readonly admin: Sql;
  readonly canaries: Canaries;
  readonly exchanges: Exchange[];
  readonly url: () => string;
}

export async function foundCanarySchool(world: World): Promise<CanarySchool> {
  const { canaries } = world;
  const people = {} as Record<PersonName, Visitor>;
  const passwords = {} as Record<PersonName, string>;
  for (const name of everybody as readonly PersonName[]) {
    people[name] = new Visitor(name, world.url, world.exchanges);
    people[name].account = canaries.latin('name', `account of ${name}`);
    passwords[name] = canaries.text('password', `password of ${name}`);
  }
  const named = (name: PersonName) => ({
    name: canaries.text('name', `name of ${name}`),
    account: people[name].account,
    password: passwords[name],
  });
  const code = `c${canaries.latin('open', 'code of the school')}`;
  await people.admin.post('/setup', {
    school: { code, name: canaries.text('name', 'name of the school') },
    administrator: named('admin'),
    lead: named('lead'),
  });
  const signIn = async (name: PersonName): Promise<string> => {
    const who = people[name];
    const account = { school: code, account: who.account, password: passwords[name] };
    const { needs } = await who.post<{ needs?: string }>('/session', account);
    if (needs === 'enrolment') await enrol(who, canaries, {});
    const session = await who.get<{ person: { id: string } }>('/session');
    return session.person.id;
  };
  const personIds = {} as Record<PersonName, string>;
  personIds.admin = await signIn('admin');
  personIds.lead = await signIn('lead');
  const nationalId = await importRoster(people.admin, canaries);
  const { items } = await people.lead.get<{ items: (Pupil & { className: string })[] }>(
    '/pupils?limit=200',
  );
  const [first] = await world.admin<{ class_id: number; grade_id: number }[]>`
    select class_id, grade_id from app.pupils where name like '金丝雀%'`;
  const inFirst = await world.admin<{ id: string }[]>`
    select id from app.pupils where class_id = ${first?.class_id ?? 0} order by name not like '金丝雀%', id`;
  const pupils = inFirst.map(({ id }) => items.find((one) => one.id === id) as Pupil);
  for (const [name, [role, scope]] of Object.entries(staff) as [
    StaffName,
    (typeof staff)[StaffName],
  ][]) {
    await people.admin.post('/accounts', {
      kind: 'staff',
      title: canaries.text('name', `title of ${name}`).slice(0, 40),
      grants: [],
      ...named(name),
    });
    personIds[name] = await signIn(name);
    // How a role is given, and by how many people, is told elsewhere.
    await world.admin`insert into app.grants (school_id, id, person_id, role, scope, grade_id, class_id, starts_at, reason)
      select s.id, gen_random_uuid(), ${personIds[name]}, ${role}, ${scope}, ${scope === 'grade' ? (first?.grade_id ?? 0) : null},
        ${scope === 'class' ? (first?.class_id ?? 0) : null}, now(), 'account' from app.schools s`;
  }
  for (const [name, seat, pupil] of [
    ['seatA', 'A', pupils.at(-1)],
    ['seatB', 'B', pupils.at(-2)],
  ] as const) {
    const { account, password } = named(name);
    await people.admin.post('/accounts', {
      kind: 'committee_seat',
      pupilId: pupil?.id,
      seat,
      account,
      password,
    });
    await giveSeat(world.admin, pupil?.id ?? '', seat);
    personIds[name] = await signIn(name);
  }
  return { code, people, personIds, passwords, pupils: pupils.slice(0, -2), nationalId };
}

/** What two people would have approved. */
async function giveSeat(admin: Sql, pupilId: string, seat: 'A' | 'B'): Promise<void> {
  await admin`insert into app.grants (school_id, id, person_id, role, scope, class_id, starts_at, reason)
    select school_id, gen_random_uuid(), id, 'committee_member', 'class', class_id, now(), 'account' from app.pupils where id = ${pupilId}`;
  await admin`insert into app.committee_seats (school_id, id, class_id, grade_id, seat, person_id, starts_on)
    select school_id, gen_random_uuid(), class_id, grade_id, ${seat}, id, current_date from app.pupils where id = ${pupilId}`;
}

/** One file that is applied, and one that is only looked at: its rows stay sealed. */
async function importRoster(admin: Visitor, canaries: Canaries): Promise<string> {
  const nationalId = canaries.given('words', 'national student number', registerNumber());
  const studentNo = canaries.given(
    'words',
    'student number',
    `S1${randomBytes(10).toString('hex').toUpperCase()}`,
  );
  const title = '学籍号,学号,姓名,性别,出生日期,班级,住宿,家庭情况,备注';
  const rows = Array.from({ length: 14 }, (_, at) =>
    [
      at === 0 ? nationalId : '',
      at === 0 ? studentNo : `S${1000 + at}`,
      at === 0
        ? canaries.han('name', 'name of a pupil')
        : `学生${'一二三四五六七八九十'.charAt(at % 10)}${at}`,
      at % 2 === 0 ? '女' : '男',
      '2013-05-04',
      at < 10 ? '七(1)班' : '七(2)班',
      '否',
      canaries.han('words', `column that is not read, row ${at}`),
      canaries.text('words', `remark of the roster, row ${at}`),
    ].join(','),
  );
  const upload = (lines: readonly string[], name: string) =>
    admin.ask<{ id: string }>(
      'POST',
      `/roster-imports?fileName=${encodeURIComponent(`${canaries.latin('name', name)}.csv`)}`,
      Buffer.from(`${[title, ...lines].join('\n')}\n`),
      { 'content-type': 'application/octet-stream' },
    );
  const { id } = await upload(rows, 'file that is applied');
  await admin.post(`/roster-imports/${id}/application`, {});
  const previewed = `,S2000,${canaries.han('words', 'name in a file that is only looked at')},女,2013-05-04,七(1)班,否,,`;
  await upload([previewed], 'file that is only looked at');
  return nationalId;
}

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** G and an identity number that nobody has, with the check digit of GB 11643. */
function registerNumber(): string {
  const digits = `9${randomInt(10_000, 99_999)}20130504${randomInt(100, 999)}`;
  const sum = weights.reduce((total, weight, at) => total + weight * Number(digits[at]), 0);
  return `G${digits}${'10X98765432'.charAt(sum % 11)}`;
}

/** An observation with a canary for its words. */
export const observe = (
  canaries: Canaries,
  name: string,
  pupilId: string | undefined,
  changes: Parameters<typeof observationInput>[1] = {},
) =>
  observationInput(pupilId ?? '', {
    words: `${canaries.text('words', name)}，昨天放学以后`,
    indicators: ['SUI02'],
    ...changes,
  });
