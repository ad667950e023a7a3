import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { sql } from 'kysely';
import { localDate } from '@shaodian/rules';
import { findDataKeys, getDataKey } from '../crypto/data-keys.ts';
import { seal, unseal } from '../crypto/seal.ts';
import type { NamedKey, Place } from '../crypto/seal.ts';
import { recordAct } from '../db/database.ts';
import type { ActorTransaction } from '../db/database.ts';
import type { Deps } from '../deps.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { once } from '../http/once.ts';
import type { OnceRequest } from '../http/once.ts';
import { refuse } from '../http/refusals.ts';
import type { Locale } from '../http/refusals.ts';
import { sha256 } from '../http/session.ts';
import type { Actor } from '../http/types.ts';
import type { NormalisedRow } from './normalise-row.ts';
import { normaliseTable } from './normalise-table.ts';
import { planImport } from './plan-import.ts';
import type { ImportPlan, PlannedRow } from './plan-import.ts';
import type { SchoolYear } from './read-class-label.ts';
import { readTableApart } from './read-table-apart.ts';
import { columnWords, RosterFileError } from './roster-errors.ts';
import type { PreviewQuery } from './roster-imports.schemas.ts';
import { readExistingRoster } from './roster.queries.ts';

export type ImportDeps = Pick<Deps, 'db' | 'master' | 'now' | 'newId'>;

/** What is kept between the preview and its application. */
interface ReadFile {
  readonly rows: readonly NormalisedRow[];
  readonly ignoredColumns: readonly string[];
}

/** The same, with what the preview showed: applying does that, or nothing. */
interface KeptFile extends ReadFile {
  readonly planSha256: string;
}

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/**
 * Reads a file and says what importing it would do. Nothing of the roster changes.
 * @throws Refusal roster-import.unreadable with the row and the reason
 */
export async function previewImport(
  deps: ImportDeps,
  actor: Actor,
  file: { name: string; bytes: Uint8Array; locale: Locale },
  request: OnceRequest,
): Promise<{ id: string }> {
  const read = await readFile(deps, actor, file);
  return once(deps.db, actor, request, async (trx) => {
    const plan = await planFor(deps, trx, actor, read.rows);
    const id = deps.newId();
    const key = await getDataKey(trx, deps.master, {
      schoolId: actor.schoolId,
      kind: 'roster_import',
      id,
    });
    await trx
      .insertInto('roster_imports')
      .values({
        school_id: actor.schoolId,
        id,
        file_name: file.name,
        state: 'previewed',
        counts: JSON.parse(JSON.stringify(plan.counts)) as never,
        applicable: plan.applicable,
        sealed_rows: await sealRead({ ...read, planSha256: planSha256(plan) }, key, id, actor),
        created_by: actor.personId,
        created_at: deps.now(),
      })
      .execute();
    recordAct(trx, { action: 'roster-import.previewed', resource: `roster-import:${id}` });
    return { id };
  });
}

async function readFile(
  deps: ImportDeps,
  actor: Actor,
  file: { name: string; bytes: Uint8Array; locale: Locale },
): Promise<ReadFile> {
  const year = await deps.db.asActor(actor, async (trx) => {
    await assertAdministrator(trx);
    return readSchoolYear(deps, trx, actor);
  });
  try {
    const table = normaliseTable(await readTableApart(file.bytes, file.name), year);
    // What schools write into 备注 (left-behind, single parent …) is no part of a roster: it is not taken in.
    const note = table.columns.positions.note === undefined ? [] : [columnWords.note[file.locale]];
    return {
      rows: table.rows.map((row) => ({ ...row, note: null })),
      ignoredColumns: [...table.columns.ignored.map((column) => column.title), ...note],
    };
  } catch (error) {
    if (!(error instanceof RosterFileError)) throw error;
    const path = error.row === null ? 'file' : `row.${error.row}`;
    return refuse('roster-import.unreadable', {
      errors: [{ path, code: error.code, message: error.words()[file.locale] }],
    });
  }
}

async function assertAdministrator(trx: ActorTransaction): Promise<void> {
  const rows = await sql<{ may: boolean }>`select sec.has_role('administrator') as may`.execute(
    trx,
  );
  if (!rows.rows[0]?.may) refuse('action.not-allowed');
}

// A school year begins in August; a new school without grades is taken for a junior middle school.
async function readSchoolYear(
  deps: ImportDeps,
  trx: ActorTransaction,
  actor: Actor,
): Promise<SchoolYear> {
  const school = await trx
    .selectFrom('schools')
    .select('time_zone')
    .where('id', '=', actor.schoolId)
    .executeTakeFirstOrThrow();
  const today = localDate(deps.now().toISOString(), school.time_zone);
  const grades = await trx
    .selectFrom('grades')
    .select('ordinal')
    .where('school_id', '=', actor.schoolId)
    .execute();
  const ordinals = grades.map((grade) => grade.ordinal);
  return {
    startsIn: Number(today.slice(0, 4)) - (today.slice(5, 7) >= '08' ? 0 : 1),
    firstGrade: ordinals.length > 0 ? Math.min(...ordinals) : 7,
    lastGrade: ordinals.length > 0 ? Math.max(...ordinals) : 9,
  };
}

export async function planFor(
  deps: ImportDeps,
  trx: ActorTransaction,
  actor: Actor,
  rows: readonly NormalisedRow[],
): Promise<ImportPlan> {
  const existing = await readExistingRoster(trx, actor);
  return planImport(rows, existing, (number, purpose) =>
    deps.master.markOf(actor.schoolId, purpose, number),
  );
}

/** What a plan would do, in one value. Pupils the file does not mention are left as they are, and are no part of it. */
export const planSha256 = ({ pupilsNotInFile: _, ...done }: ImportPlan): string =>
  sha256(JSON.stringify(done)).toString('base64url');

const placeOf = (id: string, actor: Actor): Place => ({
  table: 'roster_imports',
  column: 'sealed_rows',
  row: id,
  schoolId: actor.schoolId,
});

const sealRead = async (read: KeptFile, key: NamedKey, id: string, actor: Actor): Promise<Buffer> =>
  seal(await pack(JSON.stringify(read)), key, placeOf(id, actor));

export interface StoredImport {
  readonly id: string;
  readonly state: 'previewed' | 'applied';
  readonly fileName: string;
  readonly createdAt: string;
  readonly appliedAt: string | null;
  readonly counts: ImportPlan['counts'];
  readonly applicable: boolean;
}

/** @throws Refusal resource.not-found */
export async function getImport(
  deps: ImportDeps,
  trx: ActorTransaction,
  actor: Actor,
  id: string,
): Promise<{ stored: StoredImport; read: KeptFile }> {
  const row = await trx
    .selectFrom('roster_imports')
    .selectAll()
    .where('school_id', '=', actor.schoolId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) return refuse('resource.not-found');
  return { stored: storedOf(row), read: await openRead(deps, trx, actor, row) };
}

// When a pupil is erased, so are the files of the school that may name them: such a preview can no longer be applied.
async function openRead(
  deps: ImportDeps,
  trx: ActorTransaction,
  actor: Actor,
  { id, sealed_rows }: { id: string; sealed_rows: Buffer | null },
): Promise<KeptFile> {
  if (sealed_rows === null) return { rows: [], ignoredColumns: [], planSha256: '' };
  const keys = await findDataKeys(trx, deps.master, {
    schoolId: actor.schoolId,
    kind: 'roster_import',
    id,
  });
  const packed = unseal(sealed_rows, keys ?? [], placeOf(id, actor));
  return JSON.parse((await unpack(packed)).toString('utf8')) as KeptFile;
}

interface ImportRow {
  id: string;
  state: string;
  file_name: string;
  created_at: Date;
  applied_at: Date | null;
  counts: unknown;
  applicable: boolean;
}

const storedOf = (row: ImportRow): StoredImport => ({
  id: row.id,
  state: row.state as StoredImport['state'],
  fileName: row.file_name,
  createdAt: row.created_at.toISOString(),
  appliedAt: row.applied_at?.toISOString() ?? null,
  counts: row.counts as ImportPlan['counts'],
  applicable: row.applicable,
});

/** The latest imports, newest first. */
export function listImports(deps: ImportDeps, actor: Actor) {
  return deps.db.asActor(actor, async (trx) => {
    await assertAdministrator(trx);
    const rows = await trx
      .selectFrom('roster_imports')
      .select(['id', 'state', 'file_name', 'created_at', 'applied_at', 'counts', 'applicable'])
      .where('school_id', '=', actor.schoolId)
      .orderBy('created_at', 'desc')
      .limit(50)
      .execute();
    return { items: rows.map(storedOf) };
  });
}

/** A page of the preview. After the application the rows are as they are: the list is empty, the counts stay. */
export function readPreview(
  deps: ImportDeps,
  actor: Actor,
  id: string,
  query: PreviewQuery,
  locale: Locale,
) {
  return deps.db.asActor(actor, async (trx) => {
    const { stored, read } = await getImport(deps, trx, actor, id);
    const plan = stored.state === 'applied' ? null : await planFor(deps, trx, actor, read.rows);
    const after = query.cursor ? Number(decodeCursor(query.cursor, ['number'])[0]) : 0;
    const matching = (plan?.rows ?? []).filter(
      (row) => row.rowNumber > after && (!query.action || row.action === query.action),
    );
    const items = matching.slice(0, query.limit);
    const last = items.at(-1);
    return {
      ...stored,
      ...(plan ? { counts: plan.counts, applicable: plan.applicable } : {}),
      ignoredColumns: [...read.ignoredColumns],
      newClasses: plan?.newClasses.map((one) => one.name) ?? [],
      homeroomTeachers:
        plan?.homeroomTeachers.map(({ className, from, to }) => ({ className, from, to })) ?? [],
      items: items.map((row) => previewRow(row, locale)),
      nextCursor: matching.length > items.length && last ? encodeCursor([last.rowNumber]) : null,
    };
  });
}

function previewRow(row: PlannedRow, locale: Locale) {
  const errors = row.action === 'error' ? row.errors : [];
  const issue =
    (severity: 'error' | 'warning') =>
    (one: (typeof row.warnings)[number] | (typeof errors)[number]) => ({
      column: one.column === null ? null : columnWords[one.column][locale],
      code: one.code,
      message: one.message[locale],
      severity,
    });
  return {
    row: row.rowNumber,
    action: row.action,
    name: row.name,
    className: row.className,
    changed: row.action === 'update' ? [...row.changed] : [],
    issues: [...errors.map(issue('error')), ...row.warnings.map(issue('warning'))],
  };
}
