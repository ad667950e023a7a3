import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExistingPupil, ExistingRoster } from './existing-roster.ts';
import { normaliseTable } from './normalise-table.ts';
import { planImport, type ImportPlan } from './plan-import.ts';
import { readTable } from './read-table.ts';
import { fixture, utf8, year2026 } from './testing-files.ts';

const mark = (nationalId: string) => createHash('sha256').update(nationalId).digest('hex');
const empty: ExistingRoster = { grades: [], classes: [], pupils: [] };

/** What the database does with a plan, without a database. */
function applied(plan: ImportPlan, before: ExistingRoster): ExistingRoster {
  if (!plan.applicable) throw new Error('the plan is not applicable');
  const grades = [
    ...before.grades,
    ...plan.newGrades.map(({ label }, at) => ({ id: before.grades.length + at + 1, label })),
  ];
  const classes = [
    ...before.classes,
    ...plan.newClasses.map(({ gradeLabel, name }, at) => ({
      id: before.classes.length + at + 1,
      gradeLabel,
      name,
      homeroomTeacher: null,
    })),
  ].map((one) => {
    const set = plan.homeroomTeachers.find((to) => to.className === one.name);
    return set === undefined ? one : { ...one, homeroomTeacher: set.to };
  });
  const pupils = new Map(before.pupils.map((pupil) => [pupil.id, pupil]));
  for (const row of plan.rows) {
    if (row.action !== 'create' && row.action !== 'update') continue;
    const { gradeLabel: _label, className, nationalId: _id, ...values } = row.pupil;
    const classId = classes.find((one) => one.name === className)?.id ?? 0;
    const id = row.action === 'update' ? row.pupilId : `pupil-${pupils.size + 1}`;
    pupils.set(id, { ...values, id, classId });
  }
  return { grades, classes, pupils: [...pupils.values()] };
}

async function rowsOf(bytes: Uint8Array, name = 'a.csv') {
  return normaliseTable(await readTable(bytes, name), year2026).rows;
}

async function planOf(lines: string[], existing = empty, titles = '学籍号,学号,姓名,班级,班主任') {
  return planImport(await rowsOf(utf8([titles, ...lines].join('\n'))), existing, mark);
}

/** `row: column code` of every error of a plan. */
function errorsOf(plan: ImportPlan): string[] {
  return plan.rows.flatMap((row) =>
    row.action === 'error'
      ? row.errors.map(({ column, code }) => `${row.rowNumber}: ${column} ${code.slice(7)}`)
      : [],
  );
}

const first = 'G320411201312246453';
const second = 'G320411201401274296';
const third = 'G320411201406087297';
const pupil = (id: string, values: Partial<ExistingPupil>): ExistingPupil => ({
  id,
  nationalIdMark: null,
  studentNoMark: null,
  name: '程静',
  sex: 'unknown',
  birthDate: null,
  classId: 1,
  boards: null,
  ...values,
});
const roster = (...pupils: ExistingPupil[]): ExistingRoster => ({
  grades: [{ id: 1, label: '七年级' }],
  classes: [
    { id: 1, gradeLabel: '七年级', name: '七(1)班', homeroomTeacher: '韦欣杰' },
    { id: 2, gradeLabel: '初一', name: '七（2）班', homeroomTeacher: null },
  ],
  pupils,
});

describe('the invented school', () => {
  it('is created whole, and a second run changes nothing', async () => {
    for (const name of ['pupils.xlsx', 'pupils-gb18030.csv']) {
      const rows = await rowsOf(await fixture(name), name);
      const plan = planImport(rows, empty, mark);
      expect(plan.counts).toEqual({ create: 1080, update: 0, unchanged: 0, error: 0 });
      expect(plan.newGrades.map(({ label }) => label)).toEqual(['七年级', '八年级', '九年级']);
      expect([plan.newClasses.length, plan.homeroomTeachers.length]).toEqual([24, 24]);
      const again = planImport(rows, applied(plan, empty), mark);
      expect(again.counts).toEqual({ create: 0, update: 0, unchanged: 1080, error: 0 });
      expect([again.changesNothing, again.pupilsNotInFile]).toEqual([true, []]);
    }
  });

  it('learns only who boards from the second file', async () => {
    const xlsx = await rowsOf(await fixture('pupils.xlsx'), 'pupils.xlsx');
    const csv = await rowsOf(await fixture('pupils-gb18030.csv'));
    const after = applied(planImport(xlsx, empty, mark), empty);
    const plan = planImport(csv, after, mark);
    expect(plan.counts).toEqual({ create: 0, update: 1080, unchanged: 0, error: 0 });
    const changed = new Set(
      plan.rows.map((row) => (row.action === 'update' ? row.changed.join() : row.action)),
    );
    expect([...changed]).toEqual(['boards']);
    const both = applied(plan, after);
    expect(planImport(xlsx, both, mark).changesNothing).toBe(true);
  });
});

describe('planning', () => {
  it('says for each row what would happen, and which fields change', async () => {
    const existing = roster(
      pupil('a', { nationalIdMark: mark(first), studentNoMark: mark('1') }),
      pupil('b', { nationalIdMark: mark(second), studentNoMark: mark('2'), name: '顾泽' }),
      pupil('c', { studentNoMark: mark('9') }),
    );
    const plan = await planOf(
      [
        `${first},1,程　静,七（1）班,韦欣杰`,
        `${second},22,顾择,七(2)班,`,
        `,3,魏佳,八(1)班,任轩凡`,
      ],
      existing,
    );
    expect(plan.rows.map((row) => row.action)).toEqual(['unchanged', 'update', 'create']);
    expect(plan.rows[1]).toMatchObject({ pupilId: 'b', changed: ['studentNo', 'name', 'class'] });
    expect(plan.newGrades).toEqual([{ label: '八年级', ordinal: 8 }]);
    expect(plan.newClasses).toEqual([{ gradeLabel: '八年级', classNumber: 1, name: '八(1)班' }]);
    expect(plan.homeroomTeachers).toEqual([
      { gradeLabel: '八年级', className: '八(1)班', from: null, to: '任轩凡' },
    ]);
    expect(plan.pupilsNotInFile).toEqual(['c']);
    expect([plan.applicable, plan.changesNothing]).toEqual([true, false]);
  });

  it('a new homeroom teacher is a change although every pupil is unchanged', async () => {
    const existing = roster(pupil('a', { studentNoMark: mark('1') }));
    const plan = await planOf([',1,程静,七(1)班,任轩凡'], existing);
    expect(plan.counts.unchanged).toBe(1);
    expect(plan.changesNothing).toBe(false);
    expect(plan.homeroomTeachers).toEqual([
      { gradeLabel: '七年级', className: '七(1)班', from: '韦欣杰', to: '任轩凡' },
    ]);
  });

  it('what the file leaves empty changes nothing', async () => {
    const known = pupil('a', {
      nationalIdMark: mark(first),
      studentNoMark: mark('1'),
      sex: 'female',
      birthDate: '2013-12-24',
      boards: true,
      note: '转入',
    });
    const titles = '学号,姓名,班级,性别,出生日期,住宿,备注,班主任';
    const plan = await planOf(['1,程静,七(1)班,,,,,'], roster(known), titles);
    expect(plan.changesNothing).toBe(true);
  });

  it('adds a national student number to a pupil known by student number', async () => {
    const plan = await planOf(
      [`${first},1,程静,七(1)班,`],
      roster(pupil('a', { studentNoMark: mark('1') })),
    );
    expect(plan.rows[0]).toMatchObject({
      action: 'update',
      changed: ['nationalId'],
      pupil: { nationalId: first, nationalIdMark: mark(first) },
    });
  });

  it('corrects a national student number where the name agrees', async () => {
    const known = pupil('a', { studentNoMark: mark('1'), nationalIdMark: mark(first) });
    const plan = await planOf([`${second},1,程静,七(1)班,`], roster(known));
    expect(plan.rows[0]).toMatchObject({ action: 'update', changed: ['nationalId'] });
  });
});

describe('what stops an import', () => {
  it('two rows with one number: both rows name each other', async () => {
    const plan = await planOf([
      `${first},1,程静,七(1)班,`,
      `${second},2,顾泽,七(1)班,`,
      `${first},3,魏佳,七(1)班,`,
      `${third},2,夏依,七(1)班,`,
    ]);
    expect(errorsOf(plan)).toEqual([
      '2: nationalId double-national-id',
      '3: studentNo double-student-number',
      '4: nationalId double-national-id',
      '5: studentNo double-student-number',
    ]);
    const messages = plan.rows.map((row) =>
      row.action === 'error' ? row.errors[0]?.message['zh-CN'] : '',
    );
    expect(messages).toEqual([
      '学籍号与第 4 行相同。',
      '学号“2”与第 5 行相同。',
      '学籍号与第 2 行相同。',
      '学号“2”与第 3 行相同。',
    ]);
    expect(plan.applicable).toBe(false);
  });

  it('two rows for one pupil, each by another number', async () => {
    const known = pupil('a', { studentNoMark: mark('1'), nationalIdMark: mark(first) });
    const plan = await planOf([`${first},,程静,七(1)班,`, ',1,程静,七(1)班,'], roster(known));
    expect(errorsOf(plan)).toEqual(['2: null double-pupil', '3: null double-pupil']);
  });

  it('numbers of two different pupils in one row', async () => {
    const existing = roster(
      pupil('a', { nationalIdMark: mark(first), studentNoMark: mark('1') }),
      pupil('b', { studentNoMark: mark('2') }),
    );
    expect(errorsOf(await planOf([`${first},2,程静,七(1)班,`], existing))).toEqual([
      '2: studentNo numbers-of-two-pupils',
    ]);
  });

  it('a student number that was given to another person', async () => {
    const known = pupil('a', { studentNoMark: mark('1'), nationalIdMark: mark(first) });
    const plan = await planOf([`${second},1,顾泽,七(1)班,`], roster(known));
    expect(errorsOf(plan)).toEqual(['2: studentNo student-number-taken']);
  });

  it('a class that is missing or unreadable, and it creates nothing', async () => {
    const plan = await planOf([
      ',1,程静,,',
      ',2,顾泽,实验班,',
      ',3,魏佳,七(1)班,',
      ',4,,七(9)班,任轩凡',
    ]);
    expect(errorsOf(plan)).toEqual([
      '2: class missing-class',
      '3: class bad-class',
      '5: name missing-name',
    ]);
    expect(plan.homeroomTeachers).toEqual([]);
    expect(plan.newClasses.map(({ name }) => name)).toEqual(['七(1)班']);
    expect([plan.applicable, plan.counts.error, plan.counts.create]).toEqual([false, 3, 1]);
  });

  it('two homeroom teachers for one class: the rows that differ, and the first of the others', async () => {
    const plan = await planOf([
      ',1,程静,七(1)班,韦欣杰',
      ',2,顾泽,七（1）班,韦欣杰',
      ',3,魏佳,七年级1班,任轩凡',
      ',4,夏依,七(2)班,任轩凡',
    ]);
    expect(errorsOf(plan)).toEqual([
      '2: homeroomTeacher two-homeroom-teachers',
      '4: homeroomTeacher two-homeroom-teachers',
    ]);
    const wrong = plan.rows[2];
    expect(wrong?.action === 'error' ? wrong.errors[0]?.message['zh-CN'] : '').toBe(
      '七(1)班 有不止一位班主任：这里是“任轩凡”，第 2 行是“韦欣杰”。',
    );
  });
});

describe('any roster', () => {
  const person = fc.record({
    name: fc.constantFrom('程静', '欧阳若汐', '买买提·吐尔逊', 'Anna Maria'),
    sex: fc.constantFrom('男', '女', ''),
    grade: fc.constantFrom(7, 8, 9),
    number: fc.integer({ min: 1, max: 12 }),
    boards: fc.constantFrom('是', '否', ''),
    birthDate: fc.constantFrom('2013-12-24', '20130108', '2012年2月29日', '41632', ''),
    hasNationalId: fc.boolean(),
    classForm: fc.nat(4),
  });
  const titles = [
    '学籍号',
    '学号',
    '姓名',
    '性别',
    '出生日期',
    '年级',
    '班级',
    '班主任',
    '是否住宿',
    '民族',
  ];
  type Person = typeof person extends fc.Arbitrary<infer Value> ? Value : never;

  function cellsOf(one: Person, at: number): string[] {
    const chinese = '零一二三四五六七八九'[one.grade] ?? '';
    const forms = [
      `${chinese}（${one.number}）班`,
      `${chinese}年级${one.number}班`,
      `${one.number}班`,
      `${one.grade}.${one.number}班`,
      `初${'一二三'[one.grade - 7]}(${one.number})班`,
    ];
    const nationalId = one.hasNationalId ? `G32041120130101${String(1000 + at)}` : '';
    const teacher = `班主任${chinese}${'甲乙丙丁戊己庚辛壬癸子丑'[one.number - 1]}`;
    return [
      nationalId,
      `2026${at}`,
      one.name,
      one.sex,
      one.birthDate,
      `${chinese}年级`,
      forms[one.classForm] ?? '',
      teacher,
      one.boards,
      '汉',
    ];
  }

  const shuffledFile = fc.array(person, { minLength: 1, maxLength: 30 }).chain((people) =>
    fc.record({
      lines: fc.constant(people.map(cellsOf)),
      columns: fc.shuffledSubarray([...titles.keys()], { minLength: titles.length }),
      order: fc.shuffledSubarray([...people.keys()], { minLength: people.length }),
    }),
  );

  it('is unchanged in the second run, in whatever order columns and rows stand', async () => {
    await fc.assert(
      fc.asyncProperty(shuffledFile, async ({ lines, columns, order }) => {
        const plan = await planOf(
          lines.map((cells) => cells.join()),
          empty,
          titles.join(),
        );
        expect(errorsOf(plan)).toEqual([]);
        const after = applied(plan, empty);
        const shuffled = order.map((at) => columns.map((column) => lines[at]?.[column]).join());
        const again = await planOf(shuffled, after, columns.map((column) => titles[column]).join());
        expect(again.counts).toEqual({ create: 0, update: 0, unchanged: lines.length, error: 0 });
        expect(again.changesNothing).toBe(true);
        const fromShuffled = await planOf(shuffled, empty, columns.map((at) => titles[at]).join());
        expect(fromShuffled.newClasses).toEqual(plan.newClasses);
        expect(fromShuffled.homeroomTeachers).toEqual(plan.homeroomTeachers);
      }),
      { numRuns: 60 },
    );
  });
});
