import { sql } from 'kysely';
import type { ActorTransaction } from '../db/database.ts';
import type { Actor } from '../http/types.ts';
import type { ExistingRoster } from './existing-roster.ts';
import type { Sex } from './normalise-row.ts';
import type { PlannedPupil } from './plan-import.ts';

const inForce = sql<boolean>`g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp())`;

// Whom an import named last and nobody has decided about: naming them again is no news.
const proposedTeacher = sql`select t.name from app.grant_proposals q
  join app.staff t on t.school_id = q.school_id and t.id = q.person_id
  where q.school_id = c.school_id and q.class_id = c.id and q.role = 'homeroom_teacher' and q.replaces and q.decision is null
  order by q.proposed_at desc, q.id limit 1`;

/** The whole roster of the school, in the shape the plan compares with. */
export async function readExistingRoster(
  trx: ActorTransaction,
  actor: Actor,
): Promise<ExistingRoster> {
  const grades = await trx
    .selectFrom('grades')
    .select(['id', 'name as label'])
    .where('school_id', '=', actor.schoolId)
    .execute();
  const classes = await trx
    .selectFrom('classes as c')
    .innerJoin('grades as r', (on) =>
      on.onRef('r.school_id', '=', 'c.school_id').onRef('r.id', '=', 'c.grade_id'),
    )
    .leftJoin('grants as g', (on) =>
      on
        .onRef('g.school_id', '=', 'c.school_id')
        .onRef('g.class_id', '=', 'c.id')
        .on('g.role', '=', 'homeroom_teacher')
        .on(inForce),
    )
    .leftJoin('staff as s', (on) =>
      on.onRef('s.school_id', '=', 'g.school_id').onRef('s.id', '=', 'g.person_id'),
    )
    .select([
      'c.id',
      'r.name as gradeLabel',
      'c.name',
      sql<string | null>`coalesce((${proposedTeacher}), min(s.name))`.as('homeroomTeacher'),
    ])
    .where('c.school_id', '=', actor.schoolId)
    .groupBy(['c.school_id', 'c.id', 'r.name', 'c.name'])
    .execute();
  const pupils = await trx
    .selectFrom('pupils as p')
    .innerJoin('pupil_records as r', (on) =>
      on.onRef('r.school_id', '=', 'p.school_id').onRef('r.pupil_id', '=', 'p.id'),
    )
    .select([
      'p.id',
      'r.national_id_mark',
      'r.student_no_mark',
      'p.name',
      'p.sex',
      'r.birth_date',
      'p.class_id',
      'r.boards',
    ])
    .where('p.school_id', '=', actor.schoolId)
    .execute();
  return {
    grades,
    classes,
    pupils: pupils.map((row) => ({
      id: row.id,
      nationalIdMark: row.national_id_mark,
      studentNoMark: row.student_no_mark,
      name: row.name,
      sex: row.sex as Sex,
      birthDate: row.birth_date,
      classId: row.class_id,
      boards: row.boards,
      note: null,
    })),
  };
}

export async function insertGrade(
  trx: ActorTransaction,
  actor: Actor,
  grade: { label: string; ordinal: number },
): Promise<number> {
  const row = await trx
    .insertInto('grades')
    .values({ school_id: actor.schoolId, name: grade.label, ordinal: grade.ordinal })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

export async function insertClass(
  trx: ActorTransaction,
  actor: Actor,
  one: { gradeId: number; number: number; name: string },
): Promise<number> {
  const row = await trx
    .insertInto('classes')
    .values({
      school_id: actor.schoolId,
      grade_id: one.gradeId,
      number: one.number,
      name: one.name,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

export interface PlacedPupil {
  readonly id: string;
  readonly classId: number;
  readonly gradeId: number;
  readonly pupil: PlannedPupil;
}

// PostgreSQL takes 65,535 parameters a statement.
const rowsAtOnce = 2_000;

const recordOf = (actor: Actor, one: PlacedPupil) => ({
  school_id: actor.schoolId,
  pupil_id: one.id,
  grade_id: one.gradeId,
  class_id: one.classId,
  student_no_mark: one.pupil.studentNoMark,
  student_no_last4: one.pupil.studentNo?.slice(-4) ?? null,
  national_id_mark: one.pupil.nationalIdMark,
  national_id_last4: one.pupil.nationalId?.slice(-4) ?? null,
  birth_date: one.pupil.birthDate,
  boards: one.pupil.boards,
});

export async function insertPupils(
  trx: ActorTransaction,
  actor: Actor,
  pupils: readonly PlacedPupil[],
): Promise<void> {
  for (let at = 0; at < pupils.length; at += rowsAtOnce) {
    const chunk = pupils.slice(at, at + rowsAtOnce);
    await trx
      .insertInto('people')
      .values(chunk.map((one) => ({ school_id: actor.schoolId, id: one.id, kind: 'pupil' })))
      .execute();
    await trx
      .insertInto('pupils')
      .values(
        chunk.map((one) => ({
          school_id: actor.schoolId,
          id: one.id,
          name: one.pupil.name,
          sex: one.pupil.sex,
          grade_id: one.gradeId,
          class_id: one.classId,
        })),
      )
      .execute();
    await trx
      .insertInto('pupil_records')
      .values(chunk.map((one) => recordOf(actor, one)))
      .execute();
  }
}

/** A number that the plan does not have means: keep what is stored. */
export async function updatePupil(
  trx: ActorTransaction,
  actor: Actor,
  one: PlacedPupil,
): Promise<void> {
  await trx
    .updateTable('pupils')
    .set({ name: one.pupil.name, sex: one.pupil.sex, grade_id: one.gradeId, class_id: one.classId })
    .where('school_id', '=', actor.schoolId)
    .where('id', '=', one.id)
    .execute();
  const {
    school_id: _school,
    pupil_id: _pupil,
    national_id_mark,
    national_id_last4,
    student_no_mark,
    student_no_last4,
    ...record
  } = recordOf(actor, one);
  await trx
    .updateTable('pupil_records')
    .set({
      ...record,
      ...(one.pupil.nationalId ? { national_id_mark, national_id_last4 } : {}),
      ...(one.pupil.studentNo ? { student_no_mark, student_no_last4 } : {}),
    })
    .where('school_id', '=', actor.schoolId)
    .where('pupil_id', '=', one.id)
    .execute();
}

/** The member of staff of that name; where two share it, the one whose title says homeroom teacher. */
export async function findStaffByName(
  trx: ActorTransaction,
  actor: Actor,
  name: string,
): Promise<string | undefined> {
  const rows = await trx
    .selectFrom('staff')
    .select(['id', 'title'])
    .where('school_id', '=', actor.schoolId)
    .where('name', '=', name)
    .orderBy('id')
    .execute();
  return (rows.find((row) => row.title.includes('班主任')) ?? rows[0])?.id;
}

export async function insertStaff(
  trx: ActorTransaction,
  actor: Actor,
  one: { id: string; name: string; title: string },
): Promise<void> {
  await trx
    .insertInto('people')
    .values({ school_id: actor.schoolId, id: one.id, kind: 'staff' })
    .execute();
  await trx
    .insertInto('staff')
    .values({
      school_id: actor.schoolId,
      id: one.id,
      name: one.name,
      sex: 'unknown',
      title: one.title,
    })
    .execute();
}
