import { sql } from 'kysely';
import { whyMaySeePupil } from '../access/why-may-see-pupil.ts';
import { shownWhy } from '../access/why.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { PupilQuery } from './roster.schemas.ts';

/** The classes whose pupils the reader may list. */
export function listClasses(deps: Pick<Deps, 'db'>, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    const rows = await trx
      .selectFrom('classes as c')
      .innerJoin('grades as g', (on) =>
        on.onRef('g.school_id', '=', 'c.school_id').onRef('g.id', '=', 'c.grade_id'),
      )
      .innerJoin('pupils as p', (on) =>
        on.onRef('p.school_id', '=', 'c.school_id').onRef('p.class_id', '=', 'c.id'),
      )
      .select((eb) => [
        'c.id',
        'c.name',
        'g.id as grade_id',
        'g.name as grade_name',
        eb.fn.countAll<string>().as('pupils'),
      ])
      .where('c.school_id', '=', actor.schoolId)
      .groupBy(['c.id', 'c.name', 'c.number', 'g.id', 'g.name', 'g.ordinal'])
      .orderBy('g.ordinal')
      .orderBy('c.number')
      .execute();
    return {
      items: rows.map((row) => ({
        id: row.id,
        name: row.name,
        grade: { id: row.grade_id, name: row.grade_name },
        pupils: Number(row.pupils),
      })),
    };
  });
}

const pupilsWithClass = (trx: ActorTransaction, actor: Actor) =>
  trx
    .selectFrom('pupils as p')
    .innerJoin('classes as c', (on) =>
      on.onRef('c.school_id', '=', 'p.school_id').onRef('c.id', '=', 'p.class_id'),
    )
    .leftJoin('pupil_records as r', (on) =>
      on.onRef('r.school_id', '=', 'p.school_id').onRef('r.pupil_id', '=', 'p.id'),
    )
    .select([
      'p.id',
      'p.name',
      'p.sex',
      'p.class_id',
      'p.grade_id',
      'c.name as class_name',
      'r.student_no_last4',
    ])
    .where('p.school_id', '=', actor.schoolId);

type Row = Awaited<ReturnType<ReturnType<typeof pupilsWithClass>['execute']>>[number];

const pupilOf = (row: Row) => ({
  id: row.id,
  name: row.name,
  sex: row.sex as 'female' | 'male' | 'unknown',
  studentNoLast4: row.student_no_last4,
  class: { id: row.class_id, name: row.class_name },
});

/** Pupils the reader may list, by class and then by name in pinyin order. */
export function listPupils(deps: Pick<Deps, 'db'>, actor: Actor, query: PupilQuery) {
  return deps.db.asActor(actor, async (trx) => {
    let select = pupilsWithClass(trx, actor)
      .orderBy('p.class_id')
      .orderBy('p.name')
      .orderBy('p.id')
      .limit(query.limit + 1);
    if (query.class !== undefined) select = select.where('p.class_id', '=', query.class);
    if (query.q) select = select.where(sql<boolean>`strpos(p.name, ${query.q}) > 0`);
    if (query.cursor) {
      const [classId = '', name = '', id = ''] = decodeCursor(query.cursor, [
        'number',
        'text',
        'uuid',
      ]);
      select = select.where((eb) =>
        eb(eb.refTuple('p.class_id', 'p.name', 'p.id'), '>', eb.tuple(Number(classId), name, id)),
      );
    }
    const rows = await select.execute();
    const items = rows.slice(0, query.limit);
    const last = items.at(-1);
    return {
      items: items.map(pupilOf),
      nextCursor:
        rows.length > items.length && last
          ? encodeCursor([last.class_id, last.name, last.id])
          : null,
    };
  });
}

/** One pupil the reader may list, and why they may. @throws Refusal resource.not-found */
export function readPupil(deps: Pick<Deps, 'db'>, actor: Actor, pupilId: string) {
  return deps.db.asActor(actor, async (trx) => {
    const row = await pupilsWithClass(trx, actor).where('p.id', '=', pupilId).executeTakeFirst();
    if (!row) return refuse('resource.not-found');
    const place = { id: row.id, classId: row.class_id, gradeId: row.grade_id };
    const why = (await whyMaySeePupil(trx, actor, place)) ?? refuse('resource.not-found');
    return { ...pupilOf(row), why: shownWhy(why) };
  });
}
