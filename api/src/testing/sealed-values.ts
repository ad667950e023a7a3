import { sql } from 'kysely';
import type { Sql } from 'postgres';
import { findDataKeys } from '../crypto/data-keys.ts';
import type { MasterKey } from '../crypto/master-key.ts';
import { unseal } from '../crypto/seal.ts';
import { sealedColumns } from '../crypto/sealed-columns.ts';
import type { SealedColumn } from '../crypto/sealed-columns.ts';
import type { Database } from '../db/database.ts';
import { observationInput } from './observation-input.ts';
import type { Requester, TestApi } from './test-api.ts';

export interface SealedValue {
  readonly column: SealedColumn;
  readonly schoolId: number;
  readonly row: string;
  readonly subject: string;
  readonly sealed: Buffer;
}

/**
 * Sealed rows of every kind, two of them of one pupil and column, through the API.
 * @returns that pupil
 */
export async function writeSealedValues(api: TestApi): Promise<string> {
  const counsellor = await api.as('xinli');
  const [pupil] = await api.admin<{ id: string }[]>`
    select p.id from app.pupils p where p.school_id = ${counsellor.schoolId}
      and not exists (select from app.alerts a where a.school_id = p.school_id and a.pupil_id = p.id) order by p.id limit 1`;
  const pupilId = pupil?.id ?? '';
  for (const words of ['他说不想上学', '今天好一些了'])
    await send(
      counsellor,
      '/observations',
      observationInput(pupilId, { words, indicators: ['SUI02'] }),
    );
  await lookWhoReported(api, counsellor, pupilId);
  await breakGlass(api, pupilId);
  const [alert] = await api.admin<
    { id: string }[]
  >`select id from app.alerts where pupil_id = ${pupilId} and status = 'open'`;
  const note = { nextStep: 'talk_today', note: '下午已经谈过' };
  await send(counsellor, `/alerts/${alert?.id}/acknowledgement`, note);
  await send(counsellor, `/alerts/${alert?.id}/proposals`, {
    act: 'close',
    outcome: 'supported',
    reason: '谈过两次，睡眠和上课都好了。',
    raiseAgain: '再说起不想活，或者不吃饭。',
  });
  for (const seat of ['weiyuan-a', 'weiyuan-b']) await reportKindness(await api.as(seat));
  return pupilId;
}

async function lookWhoReported(api: TestApi, who: Requester, pupilId: string): Promise<void> {
  await api.admin`update app.sessions set stepped_up_until = now() + interval '1 minute', step_up_purpose = 'verify_report'
    where person_id = ${who.personId}`;
  const [own] = await api.admin<
    { id: string }[]
  >`select id from app.observations where pupil_id = ${pupilId} limit 1`;
  await send(who, `/observations/${own?.id}/reporter`, { reason: '核实这两份上报是谁写的' });
}

/** Twice, each of them reviewed. */
async function breakGlass(api: TestApi, pupilId: string): Promise<void> {
  const [leader, officer] = [await api.as('deyu'), await api.as('baohu')];
  await api.admin`update app.sessions set stepped_up_until = now() + interval '1 minute', step_up_purpose = 'break_glass'
    where person_id = ${leader.personId}`;
  const body = { category: 'outside_help', reason: '医院来电说学生在急诊，要马上知道最近的情况' };
  for (const note of ['情况属实，已经核对', '再核对一次']) {
    const glass = await send(leader, `/pupils/${pupilId}/break-glass`, body);
    await send(leader, `/break-glass/${glass}/end`, {});
    await send(officer, `/break-glass/${glass}/reviews`, { verdict: 'justified', note });
  }
}

async function reportKindness(seat: Requester): Promise<void> {
  const { months } = (await (await seat.get('/monthly-reports/mine')).json()) as {
    months: { month: string; state: string }[];
  };
  const open = months.find((one) => one.state !== 'submitted');
  if (!open) return;
  const report = { month: open.month, kindness: '帮同学讲题', zeroReport: true, observations: [] };
  await send(seat, '/monthly-reports', report);
}

async function send(who: Requester, path: string, body: unknown): Promise<string> {
  const answer = await who.post(path, body);
  if (answer.status >= 300)
    throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { id: string }).id;
}

const nameOf = ({ column: { table, column }, row }: SealedValue) => `${table}.${column}/${row}`;

/** Every sealed value of the database as it lies there, whoever may see it. */
export async function listSealedValues(admin: Sql): Promise<SealedValue[]> {
  const lists = sealedColumns.map(async (column) => {
    const { table, subject } = column;
    const owner =
      typeof subject === 'string'
        ? `t.${subject}`
        : `(select o.${subject.column} from app.${subject.table} o where o.school_id = t.school_id and o.id = t.${subject.via})`;
    const rows = await admin.unsafe<Omit<SealedValue, 'column'>[]>(
      `select t.school_id as "schoolId", t.${column.row}::text as row, ${owner}::text as subject, t.${column.column} as sealed
       from app.${table} t where t.${column.column} is not null order by 1, 2`,
    );
    return rows.map((row) => ({ ...row, column }));
  });
  return (await Promise.all(lists)).flat();
}

/** Opens one the way the program does: with the keys of its subject, as they are stored. @throws UnsealError */
export function openSealedValue(
  db: Pick<Database, 'asSystem'>,
  master: MasterKey,
  value: SealedValue,
): Promise<Buffer> {
  const { schoolId, row, subject, column, sealed } = value;
  return db.asSystem(schoolId, async (trx) => {
    const keys = await findDataKeys(trx, master, { schoolId, kind: column.kind, id: subject });
    return unseal(sealed, keys ?? [], {
      table: column.table,
      column: column.column,
      row,
      schoolId,
    });
  });
}

/** What every sealed value says, and who every reporter seal names. @throws when any of them does not open */
export async function readAllSealed(
  admin: Sql,
  db: Pick<Database, 'asSystem'>,
  master: MasterKey,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const value of await listSealedValues(admin))
    found.set(nameOf(value), (await openSealedValue(db, master, value)).toString('base64'));
  const seals = await admin<
    { school_id: number; mark: string; kek_id: string; sealed_person: Buffer }[]
  >`select * from app.reporter_seals`;
  for (const { school_id: schoolId, mark, kek_id, sealed_person } of seals) {
    const place = { table: 'reporter_seals', column: 'sealed_person', row: mark, schoolId };
    const person = unseal(sealed_person, master.kekById(schoolId, kek_id), place);
    found.set(`reporter_seals/${mark}`, person.toString('utf8'));
  }
  const factors = await admin<
    { school_id: number; id: string; kek_id: string; secret: Buffer }[]
  >`select * from app.second_factors`;
  for (const { school_id: schoolId, id, kek_id, secret } of factors) {
    const place = { table: 'second_factors', column: 'secret', row: id, schoolId };
    const opened = unseal(secret, master.kekById(schoolId, kek_id), place);
    found.set(`second_factors/${id}`, opened.toString('base64'));
  }
  return found;
}

/** How many keys a school has, and the generations that wrap them. */
export const countKeys = (db: Pick<Database, 'asSystem'>, schoolId: number) =>
  db.asSystem(schoolId, async (trx) => {
    const { rows } = await sql<{ current: number; retired: number; generations: string[] }>`
      select count(*) filter (where retired_at is null)::int as current, count(*) filter (where retired_at is not null)::int as retired,
        array_agg(distinct split_part(kek_id, '/', 2)) as generations from app.data_keys where school_id = ${schoolId}`.execute(
      trx,
    );
    return rows[0];
  });
