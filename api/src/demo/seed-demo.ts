import { readFile } from 'node:fs/promises';
import { connectForSetUp } from '@shaodian/migrations';
import { localDate } from '@shaodian/rules';
import type { DemoNames, Deps } from '../deps.ts';
import { applyImport } from '../roster-imports/apply-import.ts';
import { previewImport } from '../roster-imports/preview-import.ts';
import { cast, demoPassword } from './cast.ts';
import { appoint, approveAll, forSchool } from './appoint.ts';
import { demoActor, once } from './demo-actor.ts';
import {
  forSeats,
  gradeHeads,
  pickSeats,
  planDuty,
  pupilsFile,
  writeAccounts,
  writePasswords,
  writeDemoSchools,
} from './demo-school.ts';
import type { DemoSchool, Seat } from './demo-school.ts';
import { playDrill } from './drill-story.ts';
import { playGlassStories } from './glass-stories.ts';
import { playStories } from './stories.ts';

/** The database holds real people, or may not be written to; the message says what to do. */
export class DemoRefusedError extends Error {
  override name = 'DemoRefusedError';
}

type SeedDeps = Pick<Deps, 'db' | 'master' | 'passwords' | 'newId' | 'log' | 'now'>;

const staffRoles = [
  ['T119', 'counsellor'],
  ['T120', 'counsellor'],
  ['T123', 'school_leader'],
  ['T122', 'data_protection_officer'],
] as const;
const heads = [
  ['T001', 7],
  ['T010', 8],
  ['T019', 9],
] as const;

/** Two invented schools with their stories, written once. @throws DemoRefusedError on a database with real people */
export async function seedDemo(deps: SeedDeps, adminUrl: string): Promise<DemoNames> {
  const sql = connectForSetUp(adminUrl);
  try {
    const schools = await sql<{ is_demo: boolean }[]>`select is_demo from app.schools`;
    if (schools.some((school) => !school.is_demo))
      throw new DemoRefusedError(
        'This database holds a real school. The demo runs on an empty database only; nothing was changed.',
      );
    const complete = await sql`select from app.account_secrets limit 1`;
    if (schools.length > 0 && complete.length > 0) return await readNames(sql);
    if (schools.length > 0)
      throw new DemoRefusedError(
        'An earlier start was cut off while it wrote the demo. Run: npm run demo -- --fresh',
      );
    await assertPassesRowSecurity(sql);
    const now = deps.now();
    const { jiangpan, qinghe } = await writeDemoSchools(sql, now);
    // The first school leader is approved by the lead counsellor, who stands in while there is none.
    const leader = { jiangpan: 'T121', qinghe: 'Q004' };
    await appoint(deps, jiangpan, 'T118', forSchool(jiangpan, [['T121', 'school_leader']]));
    await appoint(deps, qinghe, 'Q002', forSchool(qinghe, [['Q004', 'school_leader']]));
    await appoint(deps, jiangpan, leader.jiangpan, forSchool(jiangpan, staffRoles));
    await importPupils(deps, jiangpan, 'pupils.xlsx', new Uint8Array(await readFile(pupilsFile)));
    await importPupils(deps, qinghe, 'qinghe.csv', new TextEncoder().encode(qinghePupils()));
    await approveAll(deps, jiangpan, leader.jiangpan);
    await approveAll(deps, qinghe, leader.qinghe);
    await appoint(deps, jiangpan, leader.jiangpan, await gradeHeads(sql, jiangpan, heads));
    const today = localDate(now.toISOString(), 'Asia/Shanghai');
    const jiangpanSeats = await pickSeats(sql, jiangpan);
    const qingheSeats = await pickSeats(sql, qinghe);
    await appoint(deps, jiangpan, 'T118', forSeats(jiangpanSeats, today));
    await appoint(deps, qinghe, 'Q002', forSeats(qingheSeats, today));
    // What was agreed on before the demo begins is no news to anybody.
    await sql`delete from app.outbox where topic in ('grant.proposed', 'grant.decided')`;
    await writeAccounts(sql, qinghe, accountsOf(qinghe, qingheSeats));
    await writeAccounts(sql, jiangpan, [
      ...accountsOf(jiangpan, jiangpanSeats),
      ...(await holdersWithout(sql, jiangpan)),
    ]);
    await playStories(deps, jiangpan, jiangpanSeats, now);
    await playGlassStories(deps, sql, jiangpan, now);
    await planDuty(sql, jiangpan, now);
    await playDrill(deps, sql, jiangpan, now);
    // Last: that there are passwords says that the seeding was finished.
    await writePasswords(sql, await deps.passwords.hash(demoPassword));
    return await readNames(sql);
  } finally {
    await sql.end();
  }
}

/** A real school never starts on a database of the demo: its passwords are public. @throws DemoRefusedError */
export async function refuseDemoSchools(adminUrl: string): Promise<null> {
  const sql = connectForSetUp(adminUrl);
  const rows = await sql`select from app.schools where is_demo`.finally(() => sql.end());
  if (rows.length > 0)
    throw new DemoRefusedError(
      'This database holds the demo, whose passwords are public. Choose another database for a real school.',
    );
  return null;
}

async function readNames(sql: ReturnType<typeof connectForSetUp>): Promise<DemoNames> {
  const rows = await sql<{ code: string; school_name: string; account: string; name: string }[]>`
    select s.code, s.name as school_name, a.name as account, coalesce(t.name, p.name) as name
    from app.accounts a join app.schools s on s.id = a.school_id
    left join app.staff t on t.school_id = a.school_id and t.id = a.person_id
    left join app.pupils p on p.school_id = a.school_id and p.id = a.person_id`;
  const known = new Map(
    rows.map((row) => [
      `${row.code}/${row.account}`,
      { name: row.name, schoolName: row.school_name },
    ]),
  );
  return {
    namesOf: (school, account) =>
      known.get(`${school}/${account}`) ?? { name: account, schoolName: school },
  };
}

async function assertPassesRowSecurity(sql: ReturnType<typeof connectForSetUp>): Promise<void> {
  const rows = await sql<
    { passes: boolean }[]
  >`select rolsuper or rolbypassrls as passes from pg_roles where rolname = current_user`;
  if (!rows[0]?.passes)
    throw new DemoRefusedError(
      'DATABASE_URL: the demo needs a role that is superuser or has BYPASSRLS.',
    );
}

async function importPupils(
  deps: SeedDeps,
  school: DemoSchool,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const actor = demoActor(deps, school.id, school.administratorId);
  const { id } = await previewImport(deps, actor, { name, bytes, locale: 'zh-CN' }, once());
  await applyImport(deps, actor, id, once());
}

/** A small school as a CSV file: three classes of twelve. */
function qinghePupils(): string {
  const surnames = ['赵', '钱', '孙', '李', '周', '吴', '郑', '王', '冯', '陈', '褚', '卫'];
  const given = [
    '安然',
    '一鸣',
    '子衿',
    '知远',
    '若谷',
    '思齐',
    '明朗',
    '书意',
    '清和',
    '望舒',
    '景行',
    '嘉树',
  ];
  const rows = [7, 8, 9].flatMap((grade, gradeIndex) =>
    surnames.map((surname, index) =>
      [
        `QH${grade}${String(index + 1).padStart(3, '0')}`,
        `${surname}${given[(index + gradeIndex * 5) % given.length]}`,
        index % 2 === 0 ? '女' : '男',
        `${'七八九'[gradeIndex]}年级`,
        `${'七八九'[gradeIndex]}(1)班`,
        ['罗嘉宁', '温如言', '邵一帆'][gradeIndex],
      ].join(','),
    ),
  );
  return ['学号,姓名,性别,年级,班级,班主任', ...rows].join('\n');
}

function accountsOf(
  school: DemoSchool,
  seats: readonly Seat[],
): { name: string; personId: string }[] {
  return cast
    .filter((member) => member.school === school.code)
    .map(({ account, person }) => {
      const personId =
        'staffNo' in person
          ? school.staff.get(person.staffNo)
          : seats.find((seat) => seat.className === person.className && seat.seat === person.seat)
              ?.personId;
      if (!personId) throw new Error(`nobody plays ${account}`);
      return { name: account, personId };
    });
}

/** Homeroom teachers and heads whom nobody plays: they can sign in, or no alert could be theirs. */
async function holdersWithout(
  sql: ReturnType<typeof connectForSetUp>,
  school: DemoSchool,
): Promise<{ name: string; personId: string }[]> {
  const played = cast.flatMap(({ school: code, person }) =>
    code === school.code && 'staffNo' in person ? [person.staffNo] : [],
  );
  return sql<{ name: string; personId: string }[]>`
    select distinct lower(s.staff_no) as name, s.id as "personId" from app.staff s join app.grants g on g.school_id = s.school_id and g.person_id = s.id
    where s.school_id = ${school.id} and g.role in ('homeroom_teacher', 'grade_head', 'counsellor', 'school_leader') and s.staff_no <> all (${played})`;
}
