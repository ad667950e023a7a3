import { sql } from 'kysely';
import type { AuditAction, AuditArea, AuditKind } from '../audit/actions.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { refuse } from '../http/refusals.ts';
import type { Actor } from '../http/types.ts';
import type { AuditQuery } from './audit-log.schemas.ts';

const pageOfReaders = 50;
const countedDays = 30;

const holds = async (trx: ActorTransaction, ...roles: string[]): Promise<boolean> => {
  const rows = await sql<{
    holds: boolean;
  }>`select sec.has_role(variadic ${roles}::text[]) as holds`.execute(trx);
  return rows.rows[0]?.holds ?? false;
};

/**
 * The entries the reader may see, newest first: row security gives the officer all, the lead counsellor what was read, the administrator the
 * system's, and everybody what they did themselves. Reading those of others is itself recorded, once for each list that is opened.
 */
export function listAudit(deps: Pick<Deps, 'db' | 'master'>, actor: Actor, query: AuditQuery) {
  return deps.db.asActor(actor, async (trx) => {
    const hidden = await listHiddenSubjects(deps, trx, actor);
    let select = trx
      .selectFrom('audit_entries as e')
      .leftJoin('staff as s', (on) =>
        on.onRef('s.school_id', '=', 'e.school_id').onRef('s.id', '=', 'e.person_id'),
      )
      .selectAll('e')
      .select('s.name')
      .where('e.school_id', '=', actor.schoolId)
      .orderBy('e.seq', 'desc')
      .limit(query.limit + 1);
    if (query.kind) select = select.where('e.kind', '=', query.kind);
    if (query.area) select = select.where('e.area', '=', query.area);
    if (query.mine) select = select.where(isOwn(actor));
    // What others did about a pupil the reader is kept away from would say that there is something.
    if (hidden.length > 0)
      select = select.where(sql<boolean>`(${isOwn(actor)} or not e.subjects && ${hidden}::text[])`);
    if (query.cursor)
      select = select.where('e.seq', '<', decodeCursor(query.cursor, ['number'])[0] ?? '0');
    const rows = await select.execute();
    const items = rows.slice(0, query.limit);
    const last = items.at(-1);
    const ofOthers = items.some(
      (row) => row.person_id !== actor.personId && row.mark !== actor.mark,
    );
    if (ofOthers && !query.cursor) recordAct(trx, { action: 'audit.read' });
    return {
      items: items.map((row) => entryOf(row, actor)),
      nextCursor: rows.length > items.length && last ? encodeCursor([Number(last.seq)]) : null,
    };
  });
}

const isOwn = (actor: Actor) =>
  sql<boolean>`(e.person_id = ${actor.personId} or e.mark = ${actor.mark})`;

/** The pseudonyms of the pupils whom the reader is kept away from. */
async function listHiddenSubjects(
  deps: Pick<Deps, 'master'>,
  trx: ActorTransaction,
  actor: Actor,
): Promise<string[]> {
  const { rows } = await sql<{ pupils: string[] }>`
    select sec.excluded_pupils() as pupils`.execute(trx);
  const pupils = rows[0]?.pupils ?? [];
  return pupils.map((pupil) => deps.master.markOf(actor.schoolId, 'audit-subject', pupil));
}

interface Row {
  readonly seq: string;
  readonly at: Date;
  readonly person_id: string | null;
  readonly mark: string | null;
  readonly name: string | null;
  readonly action: string;
  readonly kind: string;
  readonly area: string;
  readonly code: string;
  readonly why: string;
  readonly purpose: string;
  readonly resource: string;
  readonly subjects: readonly string[];
}

const entryOf = (row: Row, actor: Actor) => ({
  seq: Number(row.seq),
  at: row.at.toISOString(),
  by: {
    kind: row.person_id ? ('staff' as const) : row.mark ? ('pupil' as const) : ('system' as const),
    name: row.name,
    me: row.person_id === actor.personId || row.mark === actor.mark,
  },
  action: row.action as AuditAction,
  kind: row.kind as AuditKind,
  area: row.area as AuditArea,
  code: row.code,
  why: row.why,
  purpose: row.purpose,
  resource: row.resource,
  pupils: row.subjects.length,
});

/** Where the chain ends and what was signed last. For the data-protection officer. @throws Refusal action.not-allowed */
export function readAuditChain(deps: Pick<Deps, 'db'>, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    if (!(await holds(trx, 'data_protection_officer'))) refuse('action.not-allowed');
    const head = await trx
      .selectFrom('audit_heads')
      .select('seq')
      .where('school_id', '=', actor.schoolId)
      .executeTakeFirst();
    const newest = await trx
      .selectFrom('audit_checkpoints')
      .select(['seq', 'at', 'filed', 'witnessed'])
      .where('school_id', '=', actor.schoolId)
      .orderBy('seq', 'desc')
      .executeTakeFirst();
    return {
      entries: Number(head?.seq ?? 0),
      checkpoint: newest
        ? {
            seq: Number(newest.seq),
            at: newest.at.toISOString(),
            filed: newest.filed,
            witnessed: newest.witnessed,
          }
        : null,
    };
  });
}

/** How much was read, done and refused in 30 days; figures only. For school leaders and the officer. @throws Refusal action.not-allowed */
export function readAuditCounts(deps: Pick<Deps, 'db'>, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    if (!(await holds(trx, 'school_leader', 'data_protection_officer')))
      refuse('action.not-allowed');
    // Security time, as in the chain.
    const since = new Date(Date.now() - countedDays * 86_400_000);
    const rows = await sql<{ kind: AuditKind; area: AuditArea; n: string }>`
      select kind, area, n from sec.audit_counts(${since}) order by kind, area`.execute(trx);
    return {
      days: countedDays,
      items: rows.rows.map(({ kind, area, n }) => ({ kind, area, count: Number(n) })),
    };
  });
}

/**
 * Who opened a pupil's pages. For the lead counsellor; to everybody else the pupil is not there. One who is kept away from the pupil
 * reads what a pupil has whom nobody else looked at.
 * @throws Refusal resource.not-found
 */
export function listReaders(
  deps: Pick<Deps, 'db' | 'master'>,
  actor: Actor,
  pupilId: string,
  cursor: string | undefined,
) {
  const before = cursor ? (decodeCursor(cursor, ['number'])[0] ?? '0') : String(2 ** 31 - 1);
  return deps.db.asActor(actor, async (trx) => {
    const pupil = await trx
      .selectFrom('pupils')
      .select('id')
      .where('school_id', '=', actor.schoolId)
      .where('id', '=', pupilId)
      .executeTakeFirst();
    if (!pupil || !(await holds(trx, 'lead_counsellor'))) return refuse('resource.not-found');
    const pseudonym = deps.master.markOf(actor.schoolId, 'audit-subject', pupilId);
    const isKeptAway = (await listHiddenSubjects(deps, trx, actor)).includes(pseudonym);
    const page = { pseudonym, before, most: pageOfReaders + 1 };
    const rows = await (isKeptAway ? listOwnReads : listReads)(trx, actor, page);
    const items = rows.slice(0, pageOfReaders);
    const last = items.at(-1);
    recordAct(trx, { action: 'readers.read', pupils: [pupilId], why: 'lead_counsellor' });
    return {
      items: items.map((row) => ({
        seq: Number(row.seq),
        at: row.at.toISOString(),
        name: row.name,
        action: row.action as AuditAction,
        why: row.why,
        purpose: row.purpose,
      })),
      nextCursor: rows.length > items.length && last ? encodeCursor([Number(last.seq)]) : null,
    };
  });
}

interface ReadsPage {
  readonly pseudonym: string;
  readonly before: string;
  readonly most: number;
}

async function listReads(
  trx: ActorTransaction,
  actor: Actor,
  { pseudonym, before, most }: ReadsPage,
): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`
    select a.seq, a.at, a.action, a.why, a.purpose, s.name
    from sec.audit_of_subject(${pseudonym}, ${before}::bigint, ${most}) a
    left join app.staff s on s.school_id = ${actor.schoolId} and s.id = a.person_id
    order by a.seq desc`.execute(trx);
  return rows;
}

async function listOwnReads(
  trx: ActorTransaction,
  actor: Actor,
  { pseudonym, before, most }: ReadsPage,
): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`
    select e.seq, e.at, e.action, e.why, e.purpose, s.name from app.audit_entries e
    left join app.staff s on s.school_id = e.school_id and s.id = e.person_id
    where e.school_id = ${actor.schoolId} and e.kind = 'read' and e.person_id = ${actor.personId}
      and ${pseudonym} = any (e.subjects) and e.seq < ${before}::bigint
    order by e.seq desc limit ${most}`.execute(trx);
  return rows;
}
