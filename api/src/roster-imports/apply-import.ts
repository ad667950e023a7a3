import { sql } from 'kysely';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import { insertProposals } from '../grants/insert-proposals.ts';
import type { NewProposal } from '../grants/insert-proposals.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { ImportPlan } from './plan-import.ts';
import { getImport, planFor, planSha256 } from './preview-import.ts';
import type { ImportDeps } from './preview-import.ts';
import {
  findStaffByName,
  insertClass,
  insertGrade,
  insertPupils,
  insertStaff,
  updatePupil,
} from './roster.queries.ts';
import type { PlacedPupil } from './roster.queries.ts';

/**
 * Does what the preview showed, in one transaction, or nothing.
 * @throws Refusal resource.not-found, roster-import.already-applied, roster-import.not-applicable, roster-import.stale
 */
export function applyImport(deps: ImportDeps, actor: Actor, id: string, request: OnceRequest) {
  return once(deps.db, actor, request, async (trx) => {
    await lockImports(trx, actor);
    const { stored, read } = await getImport(deps, trx, actor, id);
    if (stored.state === 'applied') refuse('roster-import.already-applied');
    const plan = await planFor(deps, trx, actor, read.rows);
    if (!plan.applicable) refuse('roster-import.not-applicable');
    if (planSha256(plan) !== read.planSha256) refuse('roster-import.stale');
    await applyPlan(deps, trx, actor, plan);
    await trx
      .updateTable('roster_imports')
      .set({ state: 'applied', applied_at: deps.now() })
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', id)
      .execute();
    recordAct(trx, { action: 'roster-import.applied', resource: `roster-import:${id}` });
    return { id };
  });
}

// Two imports at once would each plan against a roster the other is changing.
async function lockImports(trx: ActorTransaction, actor: Actor): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`roster/${actor.schoolId}`}, 0))`.execute(
    trx,
  );
}

async function applyPlan(
  deps: ImportDeps,
  trx: ActorTransaction,
  actor: Actor,
  plan: ImportPlan,
): Promise<void> {
  const placeOf = await createClasses(trx, actor, plan);
  const created: PlacedPupil[] = [];
  for (const row of plan.rows) {
    if (row.action === 'create')
      created.push({
        id: deps.newId(),
        pupil: row.pupil,
        ...placeOf(row.pupil.gradeLabel, row.pupil.className),
      });
    if (row.action === 'update')
      await updatePupil(trx, actor, {
        id: row.pupilId,
        pupil: row.pupil,
        ...placeOf(row.pupil.gradeLabel, row.pupil.className),
      });
  }
  await insertPupils(trx, actor, created);
  await proposeHomeroomTeachers(deps, trx, actor, plan, placeOf);
}

/** Whoever the file names leads the class once another person approves, all of them in one act; until then whoever led it does. */
async function proposeHomeroomTeachers(
  deps: ImportDeps,
  trx: ActorTransaction,
  actor: Actor,
  plan: ImportPlan,
  placeOf: PlaceOf,
): Promise<void> {
  const proposals: NewProposal[] = [];
  for (const one of plan.homeroomTeachers) {
    const personId =
      (await findStaffByName(trx, actor, one.to)) ?? (await hire(deps, trx, actor, one.to));
    const { classId } = placeOf(one.gradeLabel, one.className);
    // Nobody proposes themselves: another administrator must.
    if (personId !== actor.personId)
      proposals.push({ personId, role: 'homeroom_teacher', classId, replaces: true });
  }
  await insertProposals(deps, trx, actor, proposals, 'roster_import');
}

async function hire(
  deps: ImportDeps,
  trx: ActorTransaction,
  actor: Actor,
  name: string,
): Promise<string> {
  const id = deps.newId();
  await insertStaff(trx, actor, { id, name, title: '班主任' });
  return id;
}

type PlaceOf = (gradeLabel: string, className: string) => { classId: number; gradeId: number };

async function createClasses(
  trx: ActorTransaction,
  actor: Actor,
  plan: ImportPlan,
): Promise<PlaceOf> {
  const grades = await trx
    .selectFrom('grades')
    .select(['id', 'name'])
    .where('school_id', '=', actor.schoolId)
    .execute();
  const gradeIds = new Map(grades.map((grade) => [grade.name, grade.id]));
  for (const grade of plan.newGrades)
    gradeIds.set(grade.label, await insertGrade(trx, actor, grade));
  const classes = await trx
    .selectFrom('classes')
    .select(['id', 'grade_id', 'name'])
    .where('school_id', '=', actor.schoolId)
    .execute();
  const places = new Map(classes.map((one) => [`${one.grade_id}/${one.name}`, one.id]));
  for (const one of plan.newClasses) {
    const gradeId = gradeIds.get(one.gradeLabel);
    if (gradeId === undefined)
      throw new Error('the plan names a grade that is neither there nor new');
    places.set(
      `${gradeId}/${one.name}`,
      await insertClass(trx, actor, { gradeId, number: one.classNumber, name: one.name }),
    );
  }
  return (gradeLabel, className) => {
    const gradeId = gradeIds.get(gradeLabel);
    const classId = places.get(`${gradeId}/${className}`);
    if (gradeId === undefined || classId === undefined)
      throw new Error('the plan names a class that is neither there nor new');
    return { classId, gradeId };
  };
}
